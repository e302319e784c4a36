"""The verdict says what was measured, and warns where nothing was gained."""

import math

import pytest

from engine.metrics.quality import PhotoQuality, judge, mean_psnr_y_db, mean_ssim_y


def photos(*rows):
    return [
        PhotoQuality(
            name=str(index),
            psnr_y_db=dict(zip(("bicubic", "backbone", "adapted"), row, strict=True)),
            ssim_y={"bicubic": 0.7, "backbone": 0.8, "adapted": 0.9},
        )
        for index, row in enumerate(rows)
    ]


def test_a_gain_is_told_with_its_size_and_the_number_of_photos():
    verdict = judge(photos((25, 26, 27.5), (25, 26, 26.5)))
    assert verdict.better
    assert verdict.gain_db == pytest.approx(1.0)
    assert verdict.photos == 2
    assert verdict.sentence.startswith(
        "Better by 1.00 dB on 2 photos it never saw (2 of 2 improved)"
    )


def test_a_verdict_on_few_photos_says_how_little_it_says_of_others():
    two = judge(photos((25, 26, 27.5), (25, 26, 26.5)))
    # Student's t with one degree of freedom: 12.706 * 0.7071 / sqrt(2)
    assert two.interval_db == pytest.approx((1 - 6.353, 1 + 6.353), abs=1e-3)
    assert two.sentence.endswith(
        "Two photos are few: over many the mean may lie between -5.4 and +7.4 dB."
    )
    one = judge(photos((25, 26, 27)))
    assert one.interval_db is None
    assert one.sentence.endswith("One photo says little of others: they may gain more or less.")
    assert "says little" in judge(photos((25, 26, 26))).sentence
    assert "says little" in judge(photos((30, 26, 29))).sentence


def test_a_verdict_on_many_photos_has_an_interval_and_no_warning():
    verdict = judge(photos(*[(25, 26, 27 + index / 10) for index in range(10)]))
    assert verdict.sentence == "Better by 1.45 dB on 10 photos it never saw (10 of 10 improved)."
    assert verdict.interval_db == pytest.approx((1.2334, 1.6666), abs=1e-4)


@pytest.mark.parametrize("adapted", [25.0, 26.0, 26.04])
def test_no_noticeable_gain_is_told_as_none(adapted):
    verdict = judge(photos((25, 26, adapted)))
    assert not verdict.better
    assert verdict.sentence.startswith("Not better")
    assert "Don't install it" in verdict.sentence


def test_beating_the_backbone_but_not_bicubic_is_not_enough():
    verdict = judge(photos((30, 26, 29)))
    assert not verdict.better
    assert "plain enlarging" in verdict.sentence


def test_means_are_per_contender():
    measured = photos((25, 26, 27), (27, 28, 29))
    assert mean_psnr_y_db(measured) == {"bicubic": 26, "backbone": 27, "adapted": 28}
    assert mean_ssim_y(measured)["adapted"] == pytest.approx(0.9)


def test_a_verdict_on_nothing_is_a_bug():
    with pytest.raises(ValueError, match="at least one photo"):
        judge([])


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize(
    ("row", "is_better"),
    [
        ((25, math.inf, math.inf), False),
        ((math.inf, math.inf, math.inf), False),
        ((25, 30, math.inf), True),
        ((25, math.inf, 30), False),
        ((25, 30, math.nan), False),
    ],
)
def test_a_verdict_is_made_of_numbers_where_a_photo_is_met_exactly_or_not_at_all(
    row, is_better, count
):
    verdict = judge(photos(row, *[(25, 26, 26)] * (count - 1)))
    assert verdict.better is is_better
    assert math.isfinite(verdict.gain_db)
    assert all(math.isfinite(end) for end in verdict.interval_db or ())

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.errors import ConfigError
from engine.upscaling.photo.target_size import BandResampler, TargetSize


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4000px", (4000, 3000)),
        ("3MP", (2000, 1500)),
        ("150%", (1800, 1350)),
        ("0.1 %", (1, 1)),
        ("12 px", (12, 9)),
    ],
)
def test_sizes_are_read_as_people_write_them(text, size):
    assert TargetSize.parse(text).of(1200, 900) == size


@pytest.mark.parametrize("text", ["", "4000", "0px", "-3mp", "px", "1e3px", "24 m"])
def test_what_is_no_size_is_refused_with_examples(text):
    with pytest.raises(ConfigError, match="4000px"):
        TargetSize.parse(text)


@settings(max_examples=40)
@given(
    height=st.integers(1, 400),
    target=st.tuples(st.integers(1, 60), st.integers(1, 500)),
    cuts=st.sets(st.integers(1, 399)),
    channels=st.sampled_from([1, 3, 4]),
)
def test_bands_are_resampled_as_the_whole_would_be(height, target, cuts, channels):
    image = np.random.default_rng(0).random((height, 40, channels), np.float32)
    bounds = sorted({0, height, *(cut for cut in cuts if cut < height)})
    resampler = BandResampler(40, height, target)
    found = [
        rows
        for start, stop in itertools.pairwise(bounds)
        for rows in resampler.add(image[start:stop])
    ]
    whole = [
        np.asarray(Image.fromarray(image[..., c]).resize(target, Image.Resampling.LANCZOS))
        for c in range(channels)
    ]
    # Pillow keeps the edges of what it resamples in float32: two steps of 16 bits.
    assert np.allclose(np.concatenate(found), np.stack(whole, axis=-1), atol=2 / 65535)


def test_a_tall_image_is_not_kept_while_it_is_resampled():
    resampler = BandResampler(10, 20_000, (5, 10_000))
    kept = []
    for _ in range(200):
        list(resampler.add(np.zeros((100, 10, 3), np.float32)))
        kept.append(sum(len(rows) for rows in resampler._kept))
    assert max(kept) < 600

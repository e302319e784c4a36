import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.errors import StorageError
from engine.events import RankedSite
from engine.figures.before_after import BeforeAfterRow, detailed_region, draw_before_after
from engine.figures.curve import draw_curve
from engine.figures.rank_map import draw_rank_map

BACKGROUND = (250, 250, 250)


def site(block: str, column: str, rank: int) -> RankedSite:
    name = f"{block}.{column}".strip(".")
    return RankedSite(name, "conv", block, column, float(rank), rank, 8, 100)


def inked(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        pixels = np.array(image.convert("RGB"))
    return (np.abs(pixels.astype(int) - BACKGROUND) > 6).any(axis=2)


def assert_nothing_is_cut_off(path: Path) -> None:
    ink = inked(path)
    assert ink.any()
    assert not ink[0].any()
    assert not ink[-1].any()
    assert not ink[:, 0].any()
    assert not ink[:, -1].any()


@pytest.mark.parametrize(
    "curve", [[(5, 30.0)], [(100, 20.0), (200, 20.0)], [(s, 25 + s / 1e4) for s in range(1, 900)]]
)
def test_any_curve_is_drawn_inside_the_picture(
    tmp_path: Path, curve: list[tuple[int, float]]
) -> None:
    path = tmp_path / "curve.png"
    draw_curve(path, curve, bicubic_psnr_y_db=25.0, backbone_psnr_y_db=25.001, note="Simulated.")
    assert_nothing_is_cut_off(path)


def test_a_better_curve_is_another_picture(tmp_path: Path) -> None:
    for name, gain_db in (("a", 0.1), ("b", 2.0)):
        curve = [(100, 25 + gain_db)]
        draw_curve(tmp_path / name, curve, bicubic_psnr_y_db=24, backbone_psnr_y_db=25)
    assert not np.array_equal(inked(tmp_path / "a"), inked(tmp_path / "b"))


@pytest.mark.parametrize(
    "sites",
    [
        [site("only", "", 0)],
        [site("head", "", 3), site("tail", "", 8)],
        [site(f"feats.{b}", c, (b + len(c)) % 9) for b in range(8) for c in ("a", "bb", "ccc")],
        [site("layers.0.residual_group.blocks.11", "a.very.long.column.name.of.a.layer", 1)] * 2,
    ],
)
def test_any_rank_map_is_drawn_inside_the_picture(tmp_path: Path, sites: list[RankedSite]) -> None:
    path = tmp_path / "ranks.png"
    draw_rank_map(path, sites, note="Simulated.")
    assert_nothing_is_cut_off(path)


def test_ranks_are_told_apart_by_colour(tmp_path: Path) -> None:
    for name, rank in (("none", 0), ("low", 1), ("high", 8)):
        sites = [site("feats.0", "a", rank), site("feats.0", "b", 8)]
        draw_rank_map(tmp_path / name, sites)
    pictures = [np.array(Image.open(tmp_path / name)) for name in ("none", "low", "high")]
    darkness = [255 - picture.astype(float).mean() for picture in pictures]
    assert darkness[0] < darkness[1] < darkness[2]


def test_crops_are_shown_in_their_own_colours(tmp_path: Path) -> None:
    red, blue = (np.full((20, 20, 3), colour, np.uint8) for colour in ((200, 0, 0), (0, 0, 200)))
    rows = [BeforeAfterRow("x", {"bicubic": red, "adapted": blue}, {"adapted": "30.00 dB"})] * 2
    draw_before_after(tmp_path / "x.png", rows, note="Simulated.")
    assert_nothing_is_cut_off(tmp_path / "x.png")
    with Image.open(tmp_path / "x.png") as image:
        pixels = np.array(image.convert("RGB"))
    reds, blues = ((pixels == colour).all(axis=2) for colour in ((200, 0, 0), (0, 0, 200)))
    assert np.argwhere(reds)[:, 1].max() < np.argwhere(blues)[:, 1].min()
    assert abs(int(reds.sum()) - int(blues.sum())) < 0.05 * reds.sum()


@given(
    height=st.integers(1, 60),
    width=st.integers(1, 60),
    size=st.integers(1, 80),
)
def test_the_detailed_region_is_a_square_inside_the_photo(
    height: int, width: int, size: int
) -> None:
    photo = np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    rows, columns = detailed_region(photo, size)
    crop = photo[rows, columns]
    assert crop.shape[0] == crop.shape[1] == min(size, height, width)


def test_the_detailed_region_has_the_edges() -> None:
    photo = np.full((100, 140, 3), 128, np.uint8)
    photo[60:90, 95:100] = 255
    rows, columns = detailed_region(photo, 40)
    assert rows.start <= 60
    assert rows.stop >= 90
    assert columns.start <= 95
    assert columns.stop >= 100


def test_nothing_to_draw_is_a_programming_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="curve"):
        draw_curve(tmp_path / "x", [], bicubic_psnr_y_db=1, backbone_psnr_y_db=1)
    with pytest.raises(ValueError, match="rank map"):
        draw_rank_map(tmp_path / "x", [])
    with pytest.raises(ValueError, match="compare"):
        draw_before_after(tmp_path / "x", [])


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises((StorageError, OSError)):
        draw_rank_map(tmp_path / "file" / "x.png", [site("a", "", 1)])


def test_pictures_need_no_screen_and_no_global_state() -> None:
    script = (
        "import sys, engine.figures.curve, engine.figures.rank_map, engine.figures.before_after;"
        "sys.exit(bool({'matplotlib.pyplot', 'torch', 'tkinter'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("name", ["$", "IMG_$1$.jpg", r"$\frac{$", "a$b^c_d$", "$$"])
def test_a_name_that_looks_like_a_formula_is_a_name(tmp_path: Path, name: str) -> None:
    crop = np.zeros((8, 8, 3), np.uint8)
    row = BeforeAfterRow(name, {name: crop, "adapted": crop}, {name: name, "adapted": name})
    draw_before_after(tmp_path / "a.png", [row], note=name)
    draw_rank_map(tmp_path / "b.png", [site(name, name, 1), site("b", name, 2)], note=name)
    draw_curve(tmp_path / "c.png", [(1, 2.0)], bicubic_psnr_y_db=1, backbone_psnr_y_db=1, note=name)
    for letter in "abc":
        with Image.open(tmp_path / f"{letter}.png") as drawn:
            assert drawn.width > 100

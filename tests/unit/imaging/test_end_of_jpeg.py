"""A JPEG that lacks only its end is read, and how much is made up is said; more is refused."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from engine.cancellation import CancelToken
from engine.data.pair_set import load_hr_photos, load_pairs
from engine.errors import PhotoError
from engine.events import FileSkipped, ignore_events
from engine.imaging.decoding import decode_photo
from engine.imaging.reading import read_photo, read_rgb8
from engine.imaging.resampling import downsample_bicubic_uint8
from engine.jobs.check_data import check_data
from engine.jobs.compare import CompareSettings, Contender, compare
from tests.photo_samples import scene

HEIGHT, WIDTH = 400, 120
KINDS = {
    "plain": {},
    "all colours": {"subsampling": 0},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_rows": 1},
}


def jpeg(values, mode="RGB", **how):
    buffer = io.BytesIO()
    Image.fromarray(values).convert(mode).save(buffer, "JPEG", quality=92, **how)
    return buffer.getvalue()


def read(tmp_path, data):
    path = tmp_path / "p.jpg"
    path.write_bytes(data)
    return decode_photo(path, max_pixels=1_000_000, keep_16_bit=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("end", [b"", b"\xff", bytes(5000)], ids=["cut", "half", "zeros"])
def test_without_its_last_two_bytes_it_is_the_whole_photo(tmp_path, kind, mode, end):
    whole = jpeg(scene(HEIGHT, WIDTH), mode, **KINDS[kind])
    photo = read(tmp_path, whole[:-2] + end)
    np.testing.assert_array_equal(photo.pixels, read(tmp_path, whole).pixels)
    assert any("nothing of the picture" in notice for notice in photo.notices)


@pytest.mark.parametrize("kind", ["plain", "all colours", "restarts"])
@pytest.mark.parametrize("cut", [3, 30, 120])
def test_rows_that_are_not_all_there_are_counted(tmp_path, kind, cut):
    whole = jpeg(scene(HEIGHT, WIDTH), **KINDS[kind])
    photo = read(tmp_path, whole[:-cut])
    sound = read(tmp_path, whole).pixels
    (lost,) = (int(n) for n in re.findall(r"lowest (\d+) rows", "".join(photo.notices)))
    np.testing.assert_array_equal(photo.pixels[:-lost], sound[:-lost])
    assert 0 < lost <= 0.05 * HEIGHT


def test_a_bottom_of_one_colour_is_not_mistaken_for_missing(tmp_path):
    values = scene(HEIGHT, WIDTH)
    values[HEIGHT // 3 :] = 255
    photo = read(tmp_path, jpeg(values)[:-2])
    assert photo.pixels.shape == values.shape


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.85])
def test_a_photo_of_which_much_is_missing_is_refused(tmp_path, kind, share):
    whole = jpeg(scene(HEIGHT, WIDTH), **KINDS[kind])
    with pytest.raises(PhotoError, match="damaged or incomplete"):
        read(tmp_path, whole[: int(share * len(whole))])


def test_a_progressive_photo_without_its_last_scans_is_refused(tmp_path):
    whole = jpeg(scene(HEIGHT, WIDTH), progressive=True)
    last = whole.rindex(b"\xff\xda")
    with pytest.raises(PhotoError, match="damaged or incomplete"):
        read(tmp_path, whole[:last])


def test_half_a_photo_that_a_copy_filled_with_zeros_is_refused(tmp_path):
    whole = jpeg(scene(HEIGHT, WIDTH))
    half = len(whole) // 2
    with pytest.raises(PhotoError, match="damaged or incomplete"):
        read(tmp_path, whole[:half] + bytes(len(whole) - half))


@pytest.fixture
def pairs(tmp_path):
    """Four pairs; of one the LR and of another the HR lacks its end."""
    for index, name in enumerate(["whole1", "whole2", "cut_lr", "cut_hr"]):
        hr = np.ascontiguousarray(scene(HEIGHT, WIDTH)[:, :: 1 if index % 2 else -1])
        for side, pixels in (("LR", downsample_bicubic_uint8(hr, 2)), ("HR", hr)):
            path = tmp_path / "pairs" / side / f"{name}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            cut = 25 if name == f"cut_{side.lower()}" else 0
            data = jpeg(pixels, subsampling=0)
            path.write_bytes(data[: len(data) - cut])
    return tmp_path / "pairs"


def test_what_is_made_up_is_said_with_the_photo(pairs):
    photo = read_photo(pairs / "HR" / "cut_hr.jpg")
    assert 0 < photo.made_up_rows <= 0.05 * HEIGHT
    assert read_photo(pairs / "HR" / "whole1.jpg").made_up_rows == 0
    with pytest.raises(PhotoError, match="made up"):
        read_rgb8(pairs / "HR" / "cut_hr.jpg")


@pytest.mark.parametrize("load", [load_pairs, load_hr_photos])
def test_nothing_is_learnt_from_or_judged_by_made_up_rows(pairs, tmp_path, load):
    events = []
    folder = pairs if load is load_pairs else pairs / "HR"
    used = load(folder, scale=2, cache_dir=tmp_path / "cache", emit=events.append)
    cut = {"cut_lr", "cut_hr"} if load is load_pairs else {"cut_hr"}
    assert set(used.names) == {"whole1", "whole2", "cut_lr", "cut_hr"} - cut
    skipped = [event for event in events if isinstance(event, FileSkipped)]
    assert {event.path.stem for event in skipped} == cut
    assert all("made up" in event.reason for event in skipped)


def test_a_check_calls_such_photos_damaged(pairs):
    report = check_data(pairs, ignore_events, CancelToken(), scale=2)
    damaged = {(photo.name, photo.side) for photo in report.photos if photo.finding == "damaged"}
    assert damaged == {("cut_lr", "LR"), ("cut_hr", "HR")}


@pytest.mark.parametrize("cut", ["cut_lr", "cut_hr"])
def test_a_comparison_is_not_measured_by_made_up_rows(pairs, tmp_path, cut):
    settings = CompareSettings(
        photo=pairs / "LR" / f"{cut}.jpg",
        hr=pairs / "HR" / f"{cut}.jpg",
        contenders=(Contender(kind="bicubic", title="Bicubic"),),
        out=tmp_path / "out",
    )
    with pytest.raises(PhotoError, match="made up"):
        compare(settings, ignore_events, CancelToken())

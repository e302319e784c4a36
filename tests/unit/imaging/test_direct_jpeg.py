"""JPEGs are decoded past Pillow, to the same pixels and the same errors."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine.errors import PhotoError
from engine.imaging.decoders import pillow_formats
from engine.imaging.decoders.jpeg import decode_jpeg, is_whole
from engine.imaging.decoding import decode_photo
from tests.photo_samples import SRGB_ICC, exif_block, scene

KINDS = {
    "plain": {},
    "all colours": {"subsampling": 0, "quality": 95},
    "progressive": {"progressive": True},
    "restarts": {"restart_marker_blocks": 2},
    "metadata": {"exif": b"Exif\0\0" + exif_block(), "icc_profile": SRGB_ICC},
}


def jpeg(kind="plain", mode="RGB") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(scene(141, 203)).convert(mode).save(buffer, "JPEG", **KINDS[kind])
    return buffer.getvalue()


def shape_of(mode):
    return 141, 203, len(mode)


def by_pillow(data) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("kind", KINDS)
def test_pixels_are_those_that_pillow_gives(kind, mode):
    data = jpeg(kind, mode)
    assert np.array_equal(np.squeeze(decode_jpeg(data, shape_of(mode))), by_pillow(data))


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_cut_off_is_left_to_pillow_wherever_it_is_cut(kind):
    data = jpeg(kind)
    assert is_whole(data)
    assert is_whole(data + b"a second picture")
    for end in [*range(0, len(data), 97), len(data) - 1]:
        assert not is_whole(data[:end])
        assert decode_jpeg(data[:end], shape_of("RGB")) is None


def test_an_end_within_a_segment_is_not_the_end():
    data = jpeg()
    comment = b"\xff\xfe\x00\x06\xff\xd9\xff\xd9"
    assert is_whole(data[:2] + comment + data[2:])
    assert not is_whole(data[:2] + comment + data[2:-2])


def outcome(path):
    try:
        return decode_photo(path, max_pixels=10**6, keep_16_bit=True).pixels.tobytes()
    except PhotoError as error:
        return error.what


@settings(max_examples=60)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=4),
    kept=st.floats(0.5, 1.0) | st.just(1.0),
)
def test_damage_has_the_same_outcome_either_way(tmp_path_factory, kind, changes, kept):
    data = bytearray(jpeg(kind))
    for place, value in changes:
        data[20 + int(place * (len(data) - 21))] = value
    path = tmp_path_factory.mktemp("damaged") / "photo.jpg"
    path.write_bytes(data[: int(kept * len(data))])
    direct = outcome(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pillow_formats, "decode_jpeg", lambda *_: None)
        assert outcome(path) == direct


def test_a_sound_jpeg_takes_the_short_way_with_all_its_metadata(tmp_path, monkeypatch):
    monkeypatch.setattr(pillow_formats, "to_array", None)  # Pillow's own way ends there
    (tmp_path / "a.jpg").write_bytes(jpeg("metadata"))
    photo = decode_photo(tmp_path / "a.jpg", max_pixels=10**6, keep_16_bit=True)
    assert photo.metadata.icc == SRGB_ICC
    assert photo.metadata.exif

"""What a file holds besides its picture is named once, in one sentence; a plain photo has none."""

import io

import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image, PngImagePlugin

from engine.imaging.decoding import decode_photo
from tests.photo_samples import scene, xmp_packet

MP4 = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + bytes(64)
HDRGM = '<h:Version xmlns:h="http://ns.adobe.com/hdr-gain-map/1.0/">1.0</h:Version>'


def notices(path):
    return decode_photo(path, max_pixels=1_000_000, keep_16_bit=True).notices


def jpeg(path, *, comment=b"", xmp=None, pictures=1):
    images = [Image.fromarray(scene(16, 24, seed=seed)) for seed in range(pictures)]
    more = {"save_all": True, "append_images": images[1:]} if pictures > 1 else {}
    how = {"comment": comment} if comment else {}
    how |= {"xmp": xmp} if xmp else {}
    images[0].save(path, "MPO" if pictures > 1 else "JPEG", **how, **more)
    return path


def add_segment(path, marker, body):
    data = path.read_bytes()
    segment = bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2) + body
    path.write_bytes(data[:2] + segment + data[2:])


@pytest.mark.parametrize("name", ["p.jpg", "p.png", "p.tif", "p.webp"])
def test_a_plain_photo_has_nothing_to_say(tmp_path, name):
    Image.fromarray(scene(16, 24)).save(tmp_path / name, xmp=xmp_packet())
    assert notices(tmp_path / name) == ()


def test_the_comment_of_a_jpeg_is_named(tmp_path):
    (notice,) = notices(jpeg(tmp_path / "p.jpg", comment=b"Grandma's 80th"))
    assert "comment" in notice
    assert "Grandma" not in notice


def test_a_gain_map_is_named(tmp_path):
    path = jpeg(tmp_path / "p.jpg", pictures=2)
    add_segment(path, 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp_packet(extra=HDRGM))
    (notice,) = notices(path)
    assert "gain map" in notice


def test_further_pictures_are_named(tmp_path):
    (notice,) = notices(jpeg(tmp_path / "p.jpg", pictures=2))
    assert "further pictures" in notice


def test_the_video_of_a_motion_photo_and_all_else_is_one_sentence(tmp_path):
    path = jpeg(tmp_path / "p.jpg", comment=b"hello")
    path.write_bytes(path.read_bytes() + MP4)
    (notice,) = notices(path)
    assert "video" in notice
    assert "comment" in notice


def test_content_credentials_are_named(tmp_path):
    path = jpeg(tmp_path / "p.jpg")
    add_segment(path, 0xEB, b"JP\0\1\0\0\0\1\0\0\0\x20jumb" + bytes(20))
    (notice,) = notices(path)
    assert "C2PA" in notice


def test_texts_of_a_png_are_named_unless_programs_wrote_them(tmp_path):
    path, texts = tmp_path / "p.png", PngImagePlugin.PngInfo()
    for keyword in ("Author", "Software", "date:create", "Title"):
        texts.add_text(keyword, "x")
    Image.fromarray(scene(16, 24)).save(path, pnginfo=texts)
    (notice,) = notices(path)
    assert "(Author, Title)" in notice


def test_layers_in_a_tiff_are_named(tmp_path):
    path = tmp_path / "p.tif"
    layers = (37724, 7, 8, b"Adobe Ph", True)
    tifffile.imwrite(path, scene(16, 24), photometric="rgb", extratags=[layers])
    (notice,) = notices(path)
    assert "layers" in notice


def test_depth_and_alpha_of_a_heic_are_told_apart(tmp_path):
    path = tmp_path / "p.heic"
    pixels = np.concatenate([scene(64, 64), np.full((64, 64, 1), 255, np.uint8)], axis=2)
    buffer = io.BytesIO()
    pillow_heif.from_bytes("RGBA", (64, 64), pixels.tobytes()).save(buffer)
    path.write_bytes(buffer.getvalue())
    assert notices(path) == ()

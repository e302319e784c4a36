from pathlib import Path, PurePath

import numpy as np
import pytest
from PIL import Image

from engine.config.upscaling import UpscaleSettings
from engine.errors import PhotoError
from engine.upscaling.batch.networks import NetworkFacts
from engine.upscaling.batch.planning import plan_photos
from engine.upscaling.batch.result_log import ResultLog
from engine.upscaling.batch.sources import Source


def saved(folder: Path, name: str, mode: str = "RGB", size=(40, 30)) -> Source:
    path = folder / name
    if mode == "I;16":
        Image.fromarray(np.zeros(size[::-1], np.uint16)).save(path)
    else:
        Image.new(mode, size, 90).save(path)
    return Source(path, PurePath())


def plan(sources, *, scale=2, identity="a", **changes):
    settings = UpscaleSettings(sources=(Path("in"),), out=Path("out"), **changes)
    facts = NetworkFacts("net", scale, identity)
    return plan_photos(sources, settings, lambda _choice, _info: facts, ResultLog(Path("out")))


@pytest.mark.parametrize(
    ("name", "mode", "format_", "bit_depth"),
    [
        ("p.jpg", "RGB", "JPEG", 8),
        ("p.png", "RGBA", "PNG", 8),
        ("p.png", "I;16", "PNG", 16),
        ("p.tif", "RGB", "TIFF", 8),
        ("p.webp", "RGBA", "WebP", 8),
        ("p.bmp", "RGB", "PNG", 8),
        ("p.avif", "RGB", "JPEG", 8),
        ("p.avif", "RGBA", "PNG", 8),
    ],
)
def test_a_result_keeps_the_format_or_takes_the_nearest_that_loses_nothing(
    tmp_path, name, mode, format_, bit_depth
):
    (found,) = plan([saved(tmp_path, name, mode)]).plans
    assert (found.format, found.bit_depth) == (format_, bit_depth)
    assert (found.width_px, found.height_px) == (80, 60)
    assert found.path.suffix == {"JPEG": ".jpg", "PNG": ".png", "TIFF": ".tif"}.get(
        format_, ".webp"
    )


def test_a_result_too_large_for_its_format_takes_another(tmp_path):
    (found,) = plan([saved(tmp_path, "p.webp", size=(5000, 4))], scale=4).plans
    assert found.format == "PNG"


def test_a_format_that_was_asked_for_and_cannot_hold_the_result_is_an_error(tmp_path):
    wide = saved(tmp_path, "p.webp", size=(5000, 4))
    ((path, error),) = plan([wide], scale=4, format="WebP").errors
    assert path == wide.path
    assert isinstance(error, PhotoError)
    ((_, error),) = plan([saved(tmp_path, "q.png")], format="JPEG", bit_depth="16").errors
    assert "16 bits" in str(error)


def test_eight_bits_can_be_asked_for(tmp_path):
    (found,) = plan([saved(tmp_path, "p.png", "I;16")], bit_depth="8").plans
    assert found.bit_depth == 8


def test_too_many_pixels_are_refused_unless_the_limit_is_raised(tmp_path):
    source = saved(tmp_path, "p.png")
    assert "limit" in str(plan([source], max_pixels=1000).errors[0][1])
    assert plan([source], max_pixels=1200).plans


def test_the_key_changes_with_everything_that_changes_pixels(tmp_path):
    source = saved(tmp_path, "p.jpg")
    keys = {
        plan([source], **changes).plans[0].key
        for changes in (
            {},
            {"identity": "b"},
            {"quality": 90},
            {"target": "50px"},
            {"format": "PNG"},
            {"strip_gps": True},
            {"strip_place": True},
            {"precision": "fp32"},
            {"repair": False},
        )
    }
    assert len(keys) == 9
    assert plan([source], overwrite=True).plans[0].key in keys

"""Profiles chosen by the camera of each photo, and their strength, from photos to results."""

import shutil
from datetime import UTC, datetime

import numpy as np
import pytest
import torch
from PIL import Image

from engine.adapters.merge import merge_and_verify
from engine.backbones.loading import load_backbone, save_backbone
from engine.cancellation import CancelToken
from engine.config.adapter import AdapterSettings
from engine.config.upscaling import UpscaleSettings
from engine.errors import BackboneError, ConfigError, ProfileError
from engine.events import Notice, PhotoFailed, PhotoStarted, ignore_events
from engine.imaging.reading import read_photo
from engine.jobs.upscale import upscale
from engine.profiles.library import default_library
from engine.profiles.profile import load_profile, save_profile
from engine.profiles.provenance import Camera
from engine.profiles.strength import load_at_strength
from tests.cli_samples import run_json
from tests.profile_samples import adapted, provenance_of
from tests.tiny_backbones import tiny_backbone

DRONE, POCKET = ("DJI", "FC3582"), ("Sony", "DSC-RX100")


@pytest.fixture(scope="module")
def backbones(tmp_path_factory):
    """One file for each scale."""
    folder = tmp_path_factory.mktemp("backbones")
    for scale in (2, 3):
        save_backbone(tiny_backbone("Compact", scale=scale), folder / f"x{scale}.safetensors")
    return folder


def make_profile(folder, backbones, camera, *, scale=2, year=2026):
    backbone = load_backbone(backbones / f"x{scale}.safetensors")
    adaptation, rank_map = adapted(backbone, AdapterSettings(budget="60%"))
    with torch.no_grad():
        for parameter in adaptation.parameters.values():
            parameter.mul_(2)  # so that a strength shows in 8 bits
    merged, _ = merge_and_verify(adaptation, backbone)
    changes = {
        "camera": Camera(make=camera[0], model=camera[1]),
        "created_at": datetime(year, 1, 1, tzinfo=UTC),
    }
    save_profile(
        folder,
        name=folder.name,
        merged=merged,
        adapter=adaptation.state_dict(),
        rank_map=rank_map,
        provenance=provenance_of(backbone).model_copy(update=changes),
    )
    return folder


@pytest.fixture(scope="module")
def made_profiles(tmp_path_factory, backbones):
    folder = tmp_path_factory.mktemp("profiles")
    make_profile(folder / "drone", backbones, DRONE)
    make_profile(folder / "pocket", backbones, POCKET, scale=3)
    return folder


@pytest.fixture
def library(made_profiles):
    """The user's library with a profile of each camera."""
    folder = default_library()
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made_profiles, folder)
    yield folder
    shutil.rmtree(folder)


def photo(path, camera=None, size=(20, 14)):
    values = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    exif = Image.Exif()
    if camera is not None:
        exif[0x010F], exif[0x0110] = camera
    Image.fromarray(values).resize(size, Image.Resampling.BICUBIC).save(path, exif=exif)
    return path


def run(sources, out, emit=ignore_events, **changes):
    settings = UpscaleSettings(sources=tuple(sources), out=out, device="cpu", **changes)
    return upscale(settings, emit, CancelToken())


def notices(events):
    return [event.text for event in events if isinstance(event, Notice)]


def size_of(path):
    with Image.open(path) as image:
        return image.size


def test_each_photo_gets_the_profile_of_its_camera_or_the_shipped_network(tmp_path, library):
    photos = [
        photo(tmp_path / "a.jpg", DRONE),
        photo(tmp_path / "b.jpg", POCKET),
        photo(tmp_path / "c.jpg"),
        photo(tmp_path / "d.jpg", ("Maker", "Unknown")),
        photo(tmp_path / "e.jpg", ("dji", "DJI  FC3582")),
        photo(tmp_path / "f.jpg", POCKET),
    ]
    events = []
    report = run(photos, tmp_path / "out", events.append)
    assert not report.failed
    # The report is in the photos' order, the work in the networks'.
    assert [(source, output.name) for source, output in report.done] == [
        (photos[0], "a_drone_x2.jpg"),
        (photos[1], "b_pocket_x3.jpg"),
        (photos[2], "c_safmn-x2_x2.jpg"),
        (photos[3], "d_safmn-x2_x2.jpg"),
        (photos[4], "e_drone_x2.jpg"),
        (photos[5], "f_pocket_x3.jpg"),
    ]
    assert [result.path for result in report.results] == [output for _, output in report.done]
    sizes = [size_of(output) for _, output in report.done]
    assert sizes == [(40, 28), (60, 42), (40, 28), (40, 28), (40, 28), (60, 42)]
    started = [event.path.stem for event in events if isinstance(event, PhotoStarted)]
    assert started == ["a", "e", "b", "f", "c", "d"]
    assert notices(events) == [
        "2 photos: profile “drone”, made for DJI FC3582.",
        "2 photos: profile “pocket”, made for Sony DSC-RX100.",
        "1 photo: network safmn-x2, which comes with AdaptSR; EXIF names no camera.",
        "1 photo: network safmn-x2, which comes with AdaptSR; there is no profile of the camera.",
    ]


def test_the_chosen_profile_gives_what_the_named_one_gives_and_is_not_done_twice(tmp_path, library):
    source = photo(tmp_path / "a.png", DRONE)
    ((_, chosen),) = run([source], tmp_path / "one").done
    ((_, named),) = run([source], tmp_path / "two", profile=library / "drone").done
    assert np.array_equal(read_photo(chosen).pixels, read_photo(named).pixels)
    events = []
    again = run([source], tmp_path / "one", events.append, profile=library / "drone")
    assert again.skipped == ((source, chosen),)
    assert run([source], tmp_path / "one", events.append).skipped == ((source, chosen),)
    assert not notices(events)


def test_a_damaged_profile_is_left_out_and_named(tmp_path, library):
    (library / "drone" / "merged.safetensors").write_bytes(b"damaged")
    events = []
    photos = [photo(tmp_path / "a.jpg", DRONE), photo(tmp_path / "b.jpg", POCKET)]
    report = run(photos, tmp_path / "out", events.append)
    assert [output.name for _, output in report.done] == ["a_safmn-x2_x2.jpg", "b_pocket_x3.jpg"]
    assert "left out" in notices(events)[0]
    assert "drone" in notices(events)[0]


def test_only_networks_of_the_scale_asked_for_are_used(tmp_path, library):
    photos = [photo(tmp_path / "a.jpg", DRONE), photo(tmp_path / "b.jpg", POCKET)]
    events = []
    report = run(photos, tmp_path / "out", events.append, scale=2)
    assert [output.name for _, output in report.done] == ["a_drone_x2.jpg", "b_safmn-x2_x2.jpg"]
    assert "“pocket” of this camera is for x3" in notices(events)[1]
    report = run(photos, tmp_path / "three", scale=3)
    assert [output.name for _, output in report.done] == ["b_pocket_x3.jpg"]
    ((failed, why),) = report.failed
    assert failed == photos[0]
    assert "No network for x3" in why
    with pytest.raises(BackboneError, match="x7"):
        run(photos, tmp_path / "out", scale=7)
    with pytest.raises(ConfigError, match="x3, not x2"):
        run(photos, tmp_path / "out", profile=library / "pocket", scale=2)


def test_each_photo_is_checked_against_the_limits_of_its_own_scale(tmp_path, library):
    wide = {
        camera: photo(tmp_path / f"{camera[0]}.png", camera, (6000, 1))
        for camera in (DRONE, POCKET)
    }
    events = []
    report = run(wide.values(), tmp_path / "out", events.append, format="WebP")
    # x2 makes 12,000 pixels, x3 18,000, and a WebP holds 16,383.
    assert [source for source, _ in report.done] == [wide[DRONE]]
    assert [source for source, _ in report.failed] == [wide[POCKET]]
    kinds = [type(event) for event in events if isinstance(event, PhotoFailed | PhotoStarted)]
    assert kinds == [PhotoFailed, PhotoStarted]


def test_a_strength_is_in_the_pixels_the_name_and_what_counts_as_finished(
    tmp_path, library, backbones
):
    source = photo(tmp_path / "a.png", DRONE)
    backbone = str(backbones / "x2.safetensors")
    lr = torch.from_numpy(read_photo(source).pixels.transpose(2, 0, 1))[None].float() / 255

    def result(strength, template="{stem}_{profile}_x{scale}", **changes):
        changes = {"profile": library / "drone", "backbone": backbone, **changes}
        return run([source], tmp_path / "out", strength=strength, name_template=template, **changes)

    pixels = {}
    for strength, name in ((0, "-0pct"), (60, "-60pct"), (100, ""), (150, "-150pct")):
        ((_, output),) = result(strength).done
        assert output.name == f"a_drone{name}_x2.png"
        network = load_at_strength(load_profile(library / "drone"), strength, backbone=backbone)
        with torch.no_grad():
            expected = (network(lr).clamp(0, 1) * 255).round()[0].permute(1, 2, 0).numpy()
        pixels[strength] = read_photo(output).pixels.astype(int)
        assert np.abs(pixels[strength] - expected).max() <= 1
        assert result(strength).skipped
    plain = run([source], tmp_path / "plain", backbone=backbone)
    assert np.array_equal(pixels[0], read_photo(plain.done[0][1]).pixels)
    assert np.abs(pixels[100] - pixels[60]).max() > 4
    # By one name, a second strength is neither taken for finished nor written over the first.
    ((_, output),) = result(60, "{stem}").done
    before = output.read_bytes()
    assert "with other settings" in result(61, "{stem}").failed[0][1]
    assert output.read_bytes() == before
    assert result(61, "{stem}", overwrite=True).done


def test_a_strength_goes_to_chosen_profiles_and_means_nothing_to_a_plain_network(tmp_path, library):
    photos = [photo(tmp_path / "a.jpg", DRONE), photo(tmp_path / "b.jpg")]
    events = []
    report = run(photos, tmp_path / "out", events.append, strength=60)
    names = [output.name for _, output in report.done]
    assert names == ["a_drone-60pct_x2.jpg", "b_safmn-x2_x2.jpg"]
    assert "“drone” at 60 %" in notices(events)[0]
    assert "60 % means nothing here" in notices(events)[1]


def test_a_backbone_beside_a_profile_has_to_be_its_own(tmp_path, library, backbones):
    source = photo(tmp_path / "a.png")
    with pytest.raises(ProfileError, match="another network"):
        run(
            [source],
            tmp_path / "out",
            profile=library / "drone",
            backbone=str(backbones / "x3.safetensors"),
            strength=60,
        )


def test_the_command_chooses_by_camera_too(tmp_path, library, capsys):
    source = photo(tmp_path / "a.jpg", DRONE)
    words = ("upscale", source, "--out", tmp_path / "out", "--device", "cpu")
    code, result = run_json(capsys, *words, "--strength", 80, "--scale", 2)
    assert code == 0
    assert [done["output"] for done in result["done"]] == [
        str(tmp_path / "out" / "a_drone-80pct_x2.jpg")
    ]
    code, result = run_json(capsys, *words, "--strength", 160)
    assert code == 2

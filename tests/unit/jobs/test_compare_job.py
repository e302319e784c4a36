"""Comparing: the same view from every contender, measured against the truth, none stops another."""

import numpy as np
import pytest
import torch
from PIL import Image

from engine.backbones.loading import load_backbone, save_backbone
from engine.cancellation import Cancelled, CancelToken
from engine.errors import PhotoError
from engine.events import Progress, ignore_events
from engine.imaging.icc import profile_from_cicp
from engine.imaging.reading import read_photo, read_rgb8
from engine.imaging.resampling import downsample_bicubic_uint8, upsample_bicubic
from engine.jobs.compare import CompareSettings, Contender, Region, compare
from engine.metrics.luma import quantise
from engine.metrics.psnr import psnr_y
from engine.upscaling.photo.upscaler import upscale_tensor
from tests.photo_samples import scene
from tests.profile_samples import save_sample_profile
from tests.tiny_backbones import faithful_backbone

BICUBIC = Contender(kind="bicubic", title="Bicubic")


def tensor(pixels):
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255


def pixels_of(image):
    return (quantise(image)[0].permute(1, 2, 0) * 255).round().to(torch.uint8).numpy()


@pytest.fixture
def files(tmp_path):
    """A truth of 120 × 600 pixels, its LR, and a profile with its backbone."""
    hr = scene(600, 120)
    lr = downsample_bicubic_uint8(hr, 2)
    Image.fromarray(hr).save(tmp_path / "hr.png")
    Image.fromarray(lr).save(tmp_path / "lr.png")
    save_sample_profile(tmp_path / "profile")
    save_backbone(faithful_backbone(), tmp_path / "net.safetensors")
    return tmp_path


def settings(files, *contenders, **more):
    return CompareSettings(
        photo=files / "lr.png", contenders=contenders, out=files / "out", device="cpu", **more
    )


def run(asked, emit=ignore_events):
    return compare(asked, emit, CancelToken())


def test_every_kind_of_contender_gives_its_own_picture_of_the_whole_photo(files):
    profile = Contender(kind="profile", title="Mine", source=str(files / "profile"))
    backbone = Contender(kind="backbone", title="Net", source=str(files / "net.safetensors"))
    other = Contender(kind="picture", title="Other", source=str(files / "hr.png"))
    events = []
    found = run(
        settings(files, BICUBIC, profile, backbone, other, hr=files / "hr.png"), events.append
    )
    assert [picture.title for picture in found.pictures] == ["Bicubic", "Mine", "Net", "Other"]
    assert {(p.width_px, p.height_px) for p in found.pictures} == {(120, 600)}
    assert [picture.problem for picture in found.pictures] == [""] * 4
    lr = tensor(read_rgb8(files / "lr.png"))
    bicubic = pixels_of(upsample_bicubic(lr, 2))
    assert np.array_equal(read_rgb8(found.pictures[0].path), bicubic)
    truth = tensor(read_rgb8(files / "hr.png"))
    expected = float(psnr_y(tensor(bicubic), truth, border_px=2))
    assert found.pictures[0].psnr_y_db == pytest.approx(expected)
    assert found.pictures[3].psnr_y_db == float("inf")
    assert found.pictures[3].ssim_y == pytest.approx(1)
    mine, net = (read_rgb8(picture.path) for picture in found.pictures[1:3])
    assert not np.array_equal(mine, net)
    assert events[-1] == Progress("upscale", 4, 4)


def test_a_backbones_picture_is_what_the_backbone_computes(files):
    backbone = Contender(kind="backbone", title="Net", source=str(files / "net.safetensors"))
    picture = run(settings(files, backbone)).pictures[0]
    network = load_backbone(files / "net.safetensors")
    expected = pixels_of(upscale_tensor(network, tensor(read_rgb8(files / "lr.png"))))
    difference = np.abs(read_rgb8(picture.path).astype(int) - expected)
    assert difference.max() <= 1


def test_a_region_is_the_same_view_in_every_picture(files):
    region = Region(left=10, top=200, width=40, height=30)
    other = Contender(kind="picture", title="Other", source=str(files / "hr.png"))
    found = run(settings(files, BICUBIC, other, region=region, hr=files / "hr.png"))
    hr = read_rgb8(files / "hr.png")[400:460, 20:100]
    assert np.array_equal(read_rgb8(found.pictures[1].path), hr)
    assert np.array_equal(read_rgb8(found.hr), hr)
    small = read_rgb8(files / "lr.png")[200:230, 10:50]
    assert np.array_equal(
        read_rgb8(found.pictures[0].path), pixels_of(upsample_bicubic(tensor(small), 2))
    )


def test_a_region_beyond_the_edge_is_moved_inside(files):
    region = Region(left=50, top=290, width=4000, height=30)
    picture = run(settings(files, BICUBIC, region=region)).pictures[0]
    assert (picture.width_px, picture.height_px) == (120, 60)


def test_a_contender_that_fails_says_why_and_the_others_go_on(files):
    (files / "text.png").write_text("no photo")
    bad = Contender(kind="picture", title="Bad", source=str(files / "text.png"))
    found = run(settings(files, bad, BICUBIC))
    assert found.pictures[0].path is None
    assert "not a photo" in found.pictures[0].problem
    assert found.pictures[1].path is not None


def test_a_picture_of_another_size_is_shown_but_not_measured(files):
    other = Contender(kind="picture", title="Other", source=str(files / "lr.png"))
    picture = run(settings(files, other, hr=files / "hr.png")).pictures[0]
    assert picture.path is not None
    assert picture.psnr_y_db is None
    assert "120 × 600" in picture.problem


def test_results_keep_the_colour_profile_and_transparent_photos_lie_on_white(files):
    icc = profile_from_cicp(12, 13)
    pixels = np.zeros((20, 30, 4), np.uint8)
    Image.fromarray(pixels, "RGBA").save(files / "lr.png", icc_profile=icc)
    result = read_photo(run(settings(files, BICUBIC)).pictures[0].path)
    assert result.metadata.icc == icc
    assert result.alpha is None
    assert result.pixels.min() == 255


def test_a_photo_that_cannot_be_read_fails_the_job_and_cancelling_stops_it(files):
    (files / "lr.png").write_text("no photo")
    with pytest.raises(PhotoError):
        run(settings(files, BICUBIC))
    token = CancelToken()
    token.cancel()
    Image.fromarray(scene(20, 30)).save(files / "lr.png")
    with pytest.raises(Cancelled):
        compare(settings(files, BICUBIC), ignore_events, token)

"""Upscaling photos: right size, nothing lost, one bad photo stops nobody, nothing overwritten."""

import functools
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from engine.backbones.loading import load_backbone, save_backbone
from engine.cancellation import Cancelled, CancelToken
from engine.config.upscaling import UpscaleSettings
from engine.errors import ConfigError, StorageError
from engine.events import PhotoFailed, PhotoFinished, PhotoStarted, Progress, ignore_events
from engine.imaging.reading import read_photo
from engine.jobs.upscale import upscale
from engine.upscaling.inference.openvino_network import has_openvino
from tests.tiny_backbones import faithful_backbone, tiny_backbone


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    path = tmp_path_factory.mktemp("backbone") / "tiny.safetensors"
    save_backbone(faithful_backbone(), path)
    return path


def picture(size=(20, 14), mode="RGB", seed=0):
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, 256, (5, 7, len(Image.new(mode, (1, 1)).getbands())), np.uint8)
    return Image.fromarray(coarse.squeeze(), mode).resize(size, Image.Resampling.BICUBIC)


def run(sources, out, backbone, emit=ignore_events, token=None, **changes):
    settings = UpscaleSettings(
        sources=tuple(sources), out=out, backbone=str(backbone), device="cpu", **changes
    )
    return upscale(settings, emit, token or CancelToken())


def test_a_result_is_what_the_network_computes(tmp_path, backbone):
    photo = tmp_path / "p.png"
    picture().save(photo)
    report = run([photo], tmp_path / "out", backbone)
    ((_, output),) = report.done
    assert output == tmp_path / "out" / "p_tiny_x2.png"
    lr = torch.from_numpy(np.array(picture()).transpose(2, 0, 1))[None].float() / 255
    with torch.no_grad():
        expected = (load_backbone(backbone)(lr).clamp(0, 1) * 255).round()[0].permute(1, 2, 0)
    found = torch.from_numpy(read_photo(output).pixels).float()
    assert found.shape == (28, 40, 3)
    assert (found - expected).abs().max() <= 1  # channels_last rounds the last bit elsewhere


def test_orientation_profile_and_exif_survive(tmp_path, backbone):
    exif = Image.Exif()
    exif[0x0112], exif[0x0110] = 6, "A phone"
    photo = tmp_path / "p.jpg"
    picture((20, 14)).save(photo, exif=exif, icc_profile=_srgb(), quality=95)
    report = run([photo], tmp_path / "out", backbone)
    result = read_photo(report.done[0][1])
    assert (result.width_px, result.height_px) == (28, 40)  # turned upright
    with Image.open(report.done[0][1]) as image:
        assert image.format == "JPEG"
        assert image.getexif().get(0x0112, 1) == 1
        assert image.getexif()[0x0110] == "A phone"
        assert image.info["icc_profile"] == _srgb()


@functools.cache  # it names the second it was made in
def _srgb():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize(("mode", "bands"), [("L", 1), ("RGBA", 4), ("RGB", 3)])
def test_grey_stays_grey_and_transparency_stays(tmp_path, backbone, mode, bands):
    photo = tmp_path / "p.png"
    picture(mode=mode).save(photo)
    report = run([photo], tmp_path / "out", backbone)
    with Image.open(report.done[0][1]) as image:
        assert image.size == (40, 28)
        assert len(image.getbands()) == bands


def test_sixteen_bits_stay_sixteen(tmp_path, backbone):
    photo = tmp_path / "p.png"
    values = np.linspace(0, 65535, 20 * 14).astype(np.uint16).reshape(14, 20)
    Image.fromarray(values).save(photo)
    report = run([photo], tmp_path / "out", backbone)
    assert read_photo(report.done[0][1]).bit_depth == 16


def test_one_bad_photo_is_named_and_the_others_go_on(tmp_path, backbone):
    folder = tmp_path / "photos"
    (folder / "trip").mkdir(parents=True)
    picture(seed=1).save(folder / "a.png")
    (folder / "b.jpg").write_bytes(b"not a photo")
    picture(seed=2).save(folder / "trip" / "c.png")
    events = []
    report = run([folder], tmp_path / "out", backbone, events.append)
    assert [photo.name for photo, _ in report.done] == ["a.png", "c.png"]
    assert report.done[1][1] == tmp_path / "out" / "trip" / "c_tiny_x2.png"
    ((bad, reason),) = report.failed
    assert bad.name == "b.jpg"
    assert "b.jpg" in reason
    told = [e for e in events if isinstance(e, PhotoStarted | PhotoFailed | PhotoFinished)]
    # what its header shows already is told before the work begins
    assert [type(e) for e in told] == [
        PhotoFailed,
        PhotoStarted,
        PhotoFinished,
        PhotoStarted,
        PhotoFinished,
    ]
    assert [e.count for e in told if isinstance(e, PhotoStarted)] == [2, 2]


def test_results_are_not_overwritten_unless_told_to(tmp_path, backbone):
    photo = tmp_path / "p.png"
    picture().save(photo)
    output = run([photo], tmp_path / "out", backbone).done[0][1]
    output.write_bytes(b"mine")
    for overwrite in (False, True):
        report = run([photo], tmp_path / "out", backbone, overwrite=overwrite)
        assert report.in_the_way == ((photo, output),)
        assert (
            "changed since it was made" in report.failed[0][1]
            or "did not make" in (report.failed[0][1])
        )
        assert output.read_bytes() == b"mine"
    assert run([photo], tmp_path / "out", backbone, replace=(output,)).done
    assert read_photo(output).width_px == 40


def test_two_photos_never_share_a_result(tmp_path, backbone):
    for name in ("p.png", "p.tif"):
        picture().save(tmp_path / name)
    report = run([tmp_path / "p.png", tmp_path / "p.tif"], tmp_path / "out", backbone, format="PNG")
    assert [output.name for _, output in report.done] == ["p_tiny_x2.png", "p_tiny_x2-tif.png"]


def test_results_inside_the_source_folder_are_not_upscaled_again(tmp_path, backbone):
    picture().save(tmp_path / "p.png")
    run([tmp_path], tmp_path / "out", backbone)
    report = run([tmp_path], tmp_path / "out", backbone, overwrite=True, quality=80)
    assert [photo.name for photo, _ in report.done] == ["p.png"]


def test_a_format_that_cannot_hold_the_result_is_said_before_work(tmp_path, backbone):
    photo = tmp_path / "wide.png"
    Image.new("RGB", (9000, 2)).save(photo)
    report = run([photo], tmp_path / "out", backbone, format="WebP")
    assert not report.done
    assert "WebP" in report.failed[0][1]


@pytest.mark.parametrize("at", range(0, 24, 3))
def test_cancel_at_any_event_leaves_whole_results_and_nothing_else(tmp_path, backbone, at):
    photos = [tmp_path / "in" / f"{index}.png" for index in range(3)]
    photos[0].parent.mkdir()
    for index, photo in enumerate(photos):
        picture(seed=index).save(photo)
    token = CancelToken()
    events = []

    def stop(event):
        events.append(event)
        if len(events) == at + 1:
            token.cancel()

    try:
        report = run(photos, tmp_path / "out", backbone, stop, token)
    except Cancelled:
        finished = [event.output for event in events if isinstance(event, PhotoFinished)]
    else:
        finished = [output for _, output in report.done]
        assert len(finished) == 3
    visible = set((tmp_path / "out").glob("[!.]*"))
    assert visible == set(finished)
    assert {path.name for path in (tmp_path / "out").glob(".*")} <= {".adaptsr-finished.jsonl"}
    for output in finished:
        assert read_photo(output).width_px == 40


def test_a_second_run_does_only_what_the_first_did_not(tmp_path, backbone):
    photos = tmp_path / "photos"
    photos.mkdir()
    for index in range(4):
        picture(seed=index).save(photos / f"{index}.png")
    first = run([photos], tmp_path / "out", backbone)
    times = {output: output.stat().st_mtime_ns for _, output in first.done}
    picture(seed=9).save(photos / "new.png")
    (tmp_path / "out" / "2_tiny_x2.png").unlink()
    second = run([photos], tmp_path / "out", backbone)
    assert sorted(photo.name for photo, _ in second.done) == ["2.png", "new.png"]
    assert sorted(photo.name for photo, _ in second.skipped) == ["0.png", "1.png", "3.png"]
    for _, output in second.skipped:
        assert output.stat().st_mtime_ns == times[output]


def test_a_result_of_other_settings_is_replaced_only_if_told(tmp_path, backbone):
    photo = tmp_path / "p.jpg"
    picture((64, 48)).save(photo, quality=95)
    output = run([photo], tmp_path / "out", backbone, quality=95).done[0][1]
    size_bytes = output.stat().st_size
    ((_, why),) = run([photo], tmp_path / "out", backbone, quality=10).failed
    assert "with other settings" in why
    assert output.stat().st_size == size_bytes
    assert run([photo], tmp_path / "out", backbone, quality=10, overwrite=True).done
    assert output.stat().st_size < size_bytes


def test_a_result_of_another_backend_counts_as_finished(tmp_path, backbone):
    photo = tmp_path / "p.png"
    picture().save(photo)
    assert run([photo], tmp_path / "out", backbone, backend="torch").done
    backends = ["auto", *(["openvino"] if has_openvino() else [])]
    for backend in backends:
        assert run([photo], tmp_path / "out", backbone, backend=backend, overwrite=True).skipped


def test_a_backend_that_is_not_there_is_refused_before_any_work(tmp_path, backbone, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    photo = tmp_path / "p.png"
    picture().save(photo)
    with pytest.raises(ConfigError, match="OpenVINO"):
        run([photo], tmp_path / "out", backbone, backend="openvino")
    assert not (tmp_path / "out").exists()


def test_a_photo_is_never_replaced_by_its_own_result(tmp_path, backbone):
    photo = tmp_path / "p.png"
    picture().save(photo)
    before = photo.read_bytes()
    report = run([photo], tmp_path, backbone, name_template="{stem}", overwrite=True)
    assert report.done == ((photo, tmp_path / "p-png.png"),)
    assert photo.read_bytes() == before


def test_results_beside_the_photos_are_not_upscaled_again(tmp_path, backbone):
    picture().save(tmp_path / "p.png")
    run([tmp_path], tmp_path, backbone)
    report = run([tmp_path], tmp_path, backbone)
    assert [photo.name for photo, _ in report.skipped] == ["p.png"]
    assert not report.done


@pytest.mark.parametrize(
    ("target", "size"), [("50px", (50, 35)), ("0.0007mp", (32, 22)), ("150%", (30, 21))]
)
def test_a_result_has_the_size_that_was_asked_for(tmp_path, backbone, target, size):
    photo = tmp_path / "p.png"
    picture().save(photo)
    output = run([photo], tmp_path / "out", backbone, target=target).done[0][1]
    result = read_photo(output)
    assert (result.width_px, result.height_px) == size


def test_a_full_disk_is_said_before_the_work_begins(tmp_path, backbone, monkeypatch):
    picture().save(tmp_path / "p.png")
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: usage)
    with pytest.raises(StorageError, match="the disk has"):
        run([tmp_path / "p.png"], tmp_path / "out", backbone)


def test_progress_knows_the_whole_and_the_photo_at_hand(tmp_path, backbone):
    for index in range(3):
        picture((200, 150), seed=index).save(tmp_path / f"{index}.png")
    events = []
    run([tmp_path], tmp_path / "out", backbone, events.append)
    steps = [e for e in events if isinstance(e, Progress) and e.stage == "upscale"]
    assert {step.total for step in steps} == {90}
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert (steps[-1].done, steps[-1].item_share) == (90, 1.0)
    assert steps[-2].eta_s is not None


_BATCH = """
import sys
from pathlib import Path
from engine.cancellation import CancelToken
from engine.config.upscaling import UpscaleSettings
from engine.events import PhotoFinished
from engine.jobs.upscale import upscale
from engine.upscaling.inference.openvino_network import has_openvino
photos, out, backbone = sys.argv[1:]
settings = UpscaleSettings(sources=(Path(photos),), out=Path(out), backbone=backbone, device="cpu")
def emit(event):
    if isinstance(event, PhotoFinished):
        print(event.output.name, flush=True)
report = upscale(settings, emit, CancelToken())
print("report", len(report.done), len(report.skipped), len(report.failed), flush=True)
for path, reason in report.failed:
    print("failed", path.name, reason, flush=True)
"""


def test_a_batch_of_200_killed_half_way_is_finished_by_the_next_run(tmp_path, backbone):
    photos, out = tmp_path / "photos", tmp_path / "out"
    photos.mkdir()
    broken = {f"p{index:03}.jpg" for index in (3, 50, 97, 120, 199)}
    for index in range(200):
        path = photos / f"p{index:03}.jpg"
        picture((48, 32), seed=index).save(path)
        if path.name in broken:
            path.write_bytes(path.read_bytes()[: 300 if index % 2 else 10])
    command = [sys.executable, "-c", _BATCH, str(photos), str(out), str(backbone)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        first = [line.strip() for line, _ in zip(process.stdout, range(90), strict=False)]
        process.kill()
        first += [line.strip() for line in process.stdout]
    again = subprocess.run(command, check=True, capture_output=True, text=True)
    second = again.stdout.splitlines()
    head = next(index for index, line in enumerate(second) if line.startswith("report"))
    done, skipped, failed = map(int, second[head].split()[1:])
    assert (done + skipped, failed) == (195, 5)
    assert skipped >= 90
    assert {line.split()[1] for line in second[head + 1 :]} == broken
    written = first + second[:head]
    assert len(written) <= 196  # at most the one that was at hand when the process died is redone
    names = {path.name for path in out.iterdir()}
    assert len(names - {".adaptsr-finished.jsonl"}) == 195
    assert all(read_photo(path).width_px == 96 for path in out.glob("[!.]*"))


@pytest.mark.parametrize("template", ["{stem", "{camera}", "../{stem}", "", "a/b"])
def test_a_template_that_is_no_name_is_refused(tmp_path, backbone, template):
    picture().save(tmp_path / "p.png")
    with pytest.raises(ConfigError):
        run([tmp_path / "p.png"], tmp_path / "out", backbone, name_template=template)


def test_an_empty_folder_is_said(tmp_path, backbone):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="no photos"):
        run([tmp_path / "empty"], tmp_path / "out", backbone)


def test_a_strength_without_a_profile_is_refused(tmp_path, backbone):
    picture().save(tmp_path / "p.png")
    with pytest.raises(ConfigError, match="Strength"):
        run([tmp_path / "p.png"], tmp_path / "out", backbone, strength=60)


def test_a_network_of_another_scale_than_asked_for_is_refused(tmp_path, backbone):
    picture().save(tmp_path / "p.png")
    with pytest.raises(ConfigError, match="x2, not x3"):
        run([tmp_path / "p.png"], tmp_path / "out", backbone, scale=3)


def test_a_network_that_changes_colours_on_purpose_may_do_so(tmp_path):
    path, photo = tmp_path / "random.safetensors", tmp_path / "p.png"
    save_backbone(tiny_backbone("EDSR"), path)  # random weights: its colours are nobody's
    picture((64, 48)).save(photo)
    mended = run([photo], tmp_path / "mended", path)
    assert mended.results[0].repaired_share > 0
    raw = run([photo], tmp_path / "raw", path, repair=False)
    assert raw.results[0].repaired_share == 0
    assert (read_photo(mended.done[0][1]).pixels != read_photo(raw.done[0][1]).pixels).any()

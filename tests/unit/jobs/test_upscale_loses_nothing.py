"""No photo is replaced, none is taken for another, and what was planned is what is done."""

import os
import shutil
import unicodedata

import numpy as np
import pytest
from PIL import Image

from engine.backbones.loading import save_backbone
from engine.cancellation import CancelToken
from engine.config.upscaling import PhotoChoice, UpscaleSettings
from engine.errors import StorageError
from engine.events import Notice, PhotoFailed, PhotoNotice, PhotoStarted, ignore_events
from engine.imaging.formats import photo_suffixes
from engine.imaging.reading import read_photo
from engine.jobs.upscale import upscale
from engine.profiles.profile import load_profile
from tests.photo_samples import scene
from tests.profile_samples import save_sample_profile
from tests.tiny_backbones import tiny_backbone


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    path = tmp_path_factory.mktemp("backbone") / "tiny.safetensors"
    save_backbone(tiny_backbone("EDSR"), path)
    return path


def save(path, seed=0, size=(24, 32)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(scene(*size, seed=seed)).save(path)
    return path


def run(sources, out, backbone, emit=ignore_events, **changes):
    settings = UpscaleSettings(
        sources=tuple(sources), out=out, backbone=str(backbone), device="cpu", **changes
    )
    return upscale(settings, emit, CancelToken())


def looks_like(result, photo):
    """Return whether a result, made half as large, is about the photo."""
    small = read_photo(result).pixels[::2, ::2].astype(int)
    return np.abs(small - read_photo(photo).pixels).mean()


NAMES = ["a.jpg", "a.png", "b.jpg", "b_x2.jpg", "b_x2-jpg.jpg", "c", "c.k", "c_x2", "B.JPG"]


@pytest.mark.parametrize("template", ["{stem}", "{stem}_x2", "{stem}_{profile}_x{scale}"])
@pytest.mark.parametrize("format_", ["auto", "PNG", "JPEG"])
def test_no_original_is_ever_replaced(tmp_path, backbone, template, format_):
    photos = tmp_path / "photos"
    for seed, name in enumerate(NAMES):
        path = photos / name
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            Image.fromarray(scene(24, 32, seed=seed)).save(
                file, "PNG" if name.endswith("png") else "JPEG"
            )
    before = {path: path.read_bytes() for path in photos.iterdir()}
    requested = sorted(before)
    for _ in range(2):
        report = run(
            requested, photos, backbone, name_template=template, format=format_, overwrite=True
        )
        assert not report.failed
        assert {path: path.read_bytes() for path in before} == before
    outputs = [output for _, output in report.skipped]
    assert len(outputs) == len(set(outputs)) == len(before)
    assert not {str(o).casefold() for o in outputs} & {str(p).casefold() for p in before}


@pytest.mark.parametrize("kind", ["hard link", "link", "decomposed", "linked folder"])
def test_no_original_is_replaced_under_another_of_its_names(tmp_path, backbone, kind):
    photo = save(tmp_path / "in" / unicodedata.normalize("NFC", "é.png"))
    before = photo.read_bytes()
    out = tmp_path / "out"
    out.mkdir()
    alias = out / photo.name
    if kind == "hard link":
        alias.hardlink_to(photo)
    elif kind == "link":
        alias.symlink_to(photo)
    elif kind == "decomposed":
        out = photo.parent
        other = save(tmp_path / "other" / unicodedata.normalize("NFD", photo.name), seed=1)
        assert run([photo, other], out, backbone, name_template="{stem}", overwrite=True).done
        assert photo.read_bytes() == before
        assert len(list(out.glob("[!.]*"))) == 3
        return
    else:
        out.rmdir()
        out.symlink_to(photo.parent, target_is_directory=True)
    report = run([photo], out, backbone, name_template="{stem}", overwrite=True)
    ((_, output),) = report.done
    assert photo.read_bytes() == before
    assert read_photo(output).width_px == 64


def test_a_file_of_somebody_else_is_replaced_only_when_it_is_named(tmp_path, backbone):
    photo = save(tmp_path / "p.png")
    foreign = tmp_path / "out" / "p.png"
    foreign.parent.mkdir()
    foreign.write_bytes(b"somebody's")
    report = run([photo], tmp_path / "out", backbone, name_template="{stem}", overwrite=True)
    assert report.in_the_way == ((photo, foreign),)
    assert "did not make" in report.failed[0][1]
    assert foreign.read_bytes() == b"somebody's"
    named = {"name_template": "{stem}", "replace": (foreign,)}
    assert run([photo], tmp_path / "out", backbone, **named).done == ((photo, foreign),)


def test_a_folder_where_a_result_would_go_stops_nobody_else(tmp_path, backbone):
    photos = [save(tmp_path / "a.png"), save(tmp_path / "b.png")]
    (tmp_path / "out" / "a.png").mkdir(parents=True)
    report = run(photos, tmp_path / "out", backbone, name_template="{stem}", overwrite=True)
    assert [photo for photo, _ in report.failed] == photos[:1]
    assert "a folder" in report.failed[0][1]
    assert [photo for photo, _ in report.done] == photos[1:]


def test_a_camera_whose_numbers_start_again_loses_no_photo(tmp_path, backbone):
    first = save(tmp_path / "100" / "IMG_0001.png", seed=1)
    second = save(tmp_path / "101" / "IMG_0001.png", seed=2)
    out = tmp_path / "out"
    for overwrite in (False, True):
        for photo in (first, second, first):
            run([photo], out, backbone, overwrite=overwrite)
    results = sorted(out.glob("[!.]*"))
    assert [path.name for path in results] == ["IMG_0001_tiny_x2-png.png", "IMG_0001_tiny_x2.png"]
    shutil.rmtree(tmp_path / "100")
    ((photo, output),) = run([second], out, backbone).skipped
    assert (photo, output) == (second, results[0])


def test_a_photo_edited_since_is_not_taken_for_done(tmp_path, backbone):
    photo = save(tmp_path / "p.png", seed=1)
    ((_, output),) = run([photo], tmp_path / "out", backbone).done
    save(photo, seed=2)
    ((_, why),) = run([photo], tmp_path / "out", backbone).failed
    assert "before the photo was changed" in why
    assert "Allow results to be replaced" in why
    assert run([photo], tmp_path / "out", backbone, overwrite=True).done == ((photo, output),)
    assert run([photo], tmp_path / "out", backbone).skipped == ((photo, output),)


def test_a_result_that_was_retouched_is_not_replaced(tmp_path, backbone):
    photo = save(tmp_path / "p.png")
    ((_, output),) = run([photo], tmp_path / "out", backbone).done
    retouched = output.read_bytes() + b"retouched"
    output.write_bytes(retouched)
    report = run([photo], tmp_path / "out", backbone, overwrite=True, format="PNG", quality=50)
    assert report.in_the_way == ((photo, output),)
    assert output.read_bytes() == retouched


@pytest.mark.parametrize("change", ["cropped", "edited", "gone"])
def test_a_photo_changed_while_the_run_goes_on_is_said_and_never_squashed(
    tmp_path, backbone, change
):
    photos = [save(tmp_path / f"{name}.png") for name in "abc"]

    def emit(event):
        if isinstance(event, PhotoStarted) and event.index == 0:
            if change == "gone":
                photos[2].unlink()
            else:
                save(photos[2], seed=9, size=(24, 12) if change == "cropped" else (24, 32))
                os.utime(photos[2], ns=(1, 1))

    report = run(photos, tmp_path / "out", backbone, emit)
    assert [photo for photo, _ in report.done] == photos[:2]
    ((failed, why),) = report.failed
    assert failed == photos[2]
    assert "changed" in why or "no such" in why
    assert len(list((tmp_path / "out").glob("[!.]*"))) == 2


def test_a_result_changed_while_the_run_goes_on_is_not_replaced(tmp_path, backbone):
    photos = [save(tmp_path / "a.png"), save(tmp_path / "b.png")]
    first = run(photos, tmp_path / "out", backbone)
    ours = first.done[1][1]

    def emit(event):
        if isinstance(event, PhotoStarted) and event.index == 0:
            ours.write_bytes(b"somebody's")

    again = run(photos, tmp_path / "out", backbone, emit, overwrite=True, strip_gps=True)
    assert [photo for photo, _ in again.failed] == photos[1:]
    assert ours.read_bytes() == b"somebody's"


def test_a_profile_that_lies_about_its_scale_makes_nothing(tmp_path):
    folder = tmp_path / "phone"
    save_sample_profile(folder)
    text = (folder / "profile.json").read_text()
    scale = load_profile(folder).scale
    (folder / "profile.json").write_text(text.replace(f'"scale": {scale}', '"scale": 8'))
    assert load_profile(folder).scale == 8
    photo = save(tmp_path / "p.png")
    settings = UpscaleSettings(
        photos=(PhotoChoice(path=photo, profile=folder),), out=tmp_path / "out", device="cpu"
    )
    ((failed, why),) = upscale(settings, ignore_events, CancelToken()).failed
    assert failed == photo
    assert "8 times" in why
    assert not list((tmp_path / "out").glob("[!.]*"))


def test_odd_names_and_links_stop_nobody(tmp_path, backbone):
    photos = tmp_path / "photos"
    sound = save(photos / "ok.jpg")
    odd = photos / os.fsdecode(b"f\xeate.jpg")
    shutil.copy(sound, odd)
    (photos / "loop.jpg").symlink_to("loop.jpg")
    (photos / "gone.jpg").symlink_to("nowhere.jpg")
    (photos / "same").symlink_to(".", target_is_directory=True)
    (photos / "self").symlink_to("self", target_is_directory=True)
    os.mkfifo(photos / "pipe.jpg")
    for name in ("@eaDir/ok.jpg", "#recycle", "$RECYCLE.BIN", "lost+found", "__MACOSX", ".hidden"):
        save(photos / name / "thumb.jpg")
    for done, skipped in ((2, 0), (0, 2)):
        report = run([photos], tmp_path / "out", backbone)
        assert len(report.done) == done
        assert len(report.skipped) == skipped
        assert {photo.name for photo, _ in report.failed} == {"loop.jpg", "gone.jpg", "pipe.jpg"}


def test_a_folder_that_cannot_be_read_is_named_and_the_others_go_on(tmp_path, backbone):
    if os.geteuid() == 0:
        # Root may read everything; a path beyond what the system takes is refused to root too.
        save(tmp_path / "photos" / "ok.png")
        here = os.open(tmp_path / "photos", os.O_RDONLY)
        for _ in range(25):
            os.mkdir("d" * 200, dir_fd=here)
            inner = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = inner
        os.close(here)
    else:
        save(tmp_path / "photos" / "ok.png")
        (tmp_path / "photos" / "closed").mkdir(mode=0)
    report = run([tmp_path / "photos"], tmp_path / "out", backbone)
    assert len(report.done) == 1
    ((folder, why),) = report.failed
    assert folder.name in {"d" * 200, "closed"}
    assert "longer than the disk allows" in why or "permission" in why


@pytest.mark.parametrize("name", ["n" * 251, "日" * 83])
def test_a_name_too_long_for_the_result_is_shortened_and_that_is_said(tmp_path, backbone, name):
    photo = save(tmp_path / f"{name}.png")
    events = []
    ((_, output),) = run([photo], tmp_path / "out", backbone, events.append).done
    assert output.stem.startswith(name[:40])
    assert output.suffix == ".png"
    assert any(isinstance(e, PhotoNotice) and "too long" in e.text for e in events)


def test_a_linked_folder_is_followed_once(tmp_path, backbone):
    save(tmp_path / "elsewhere" / "a.png")
    photos = tmp_path / "photos"
    save(photos / "b.png")
    (photos / "first").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (photos / "second").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    report = run([photos], tmp_path / "out", backbone)
    assert sorted(photo.name for photo, _ in report.done) == ["a.png", "b.png"]


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_folder_of_results_that_is_a_file_is_said(tmp_path, backbone, place):
    photo = save(tmp_path / "p.png")
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises((StorageError, OSError)):
        run([photo], tmp_path / place, backbone)
    assert (tmp_path / "file").read_bytes() == b"mine"


def test_a_disk_that_fills_up_is_said_once_and_ends_the_run(tmp_path, backbone, monkeypatch):
    photos = [save(tmp_path / f"{name}.png") for name in "abcd"]
    usage = shutil.disk_usage(tmp_path)
    events = []

    def emit(event):
        events.append(event)
        if isinstance(event, PhotoStarted) and event.index == 1:
            monkeypatch.setattr("shutil.disk_usage", lambda _path: usage._replace(free=1000))

    with pytest.raises(StorageError, match="the disk has"):
        run(photos, tmp_path / "out", backbone, emit)
    assert sum(isinstance(event, PhotoStarted) for event in events) == 2
    assert not [event for event in events if isinstance(event, PhotoFailed)]
    monkeypatch.undo()
    report = run(photos, tmp_path / "out", backbone)
    assert (len(report.done), len(report.skipped)) == (3, 1)


def test_results_among_the_photos_are_counted_once(tmp_path, backbone):
    save(tmp_path / "p.png")
    run([tmp_path], tmp_path, backbone)
    events = []
    run([tmp_path], tmp_path, backbone, events.append)
    assert [e.text for e in events if isinstance(e, Notice)] == [
        "1 result of earlier runs among the photos: left out."
    ]


@pytest.mark.parametrize("said", ["jpg", "JPG", ".jpeg", "JPEG"])
def test_a_format_may_be_said_as_files_are_called(tmp_path, backbone, said):
    photo = save(tmp_path / "p.png")
    ((_, output),) = run([photo], tmp_path / "out", backbone, format=said).done
    assert output.suffix == ".jpg"


def test_what_is_collected_can_be_read_and_is_offered(tmp_path, backbone):
    names = {"a.mpo": "JPEG", "b.jfif": "JPEG", "c.JPE": "JPEG", "d.dib": "BMP", "e.PNG": "PNG"}
    for seed, (name, kind) in enumerate(names.items()):
        with (tmp_path / name).open("wb") as file:
            Image.fromarray(scene(24, 32, seed=seed)).save(file, kind)
    for name in ("f.ppm", "g.jp2", "notes.txt"):  # not read, so not collected either
        (tmp_path / name).write_bytes(b"something")
    assert set(names) == {
        photo.name for photo, _ in run([tmp_path], tmp_path / "out", backbone).done
    }
    assert {os.path.splitext(name)[1].lower() for name in names} <= photo_suffixes()  # noqa: PTH122
    assert not {".ppm", ".pgm", ".jp2"} & photo_suffixes()


def test_two_hard_links_are_two_photos_and_a_link_is_none_of_its_own(tmp_path, backbone):
    first = save(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.png").hardlink_to(first)
    (tmp_path / "in" / "c.png").symlink_to(first)
    report = run([tmp_path / "in"], tmp_path / "out", backbone)
    assert [photo.name for photo, _ in report.done] == ["a.png", "b.png"]


def test_a_file_where_a_folder_of_results_would_be_stops_nobody_else(tmp_path, backbone):
    save(tmp_path / "in" / "trip" / "a.png")
    save(tmp_path / "in" / "walk" / "b.png")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "trip").write_bytes(b"mine")
    report = run([tmp_path / "in"], tmp_path / "out", backbone)
    assert [photo.name for photo, _ in report.done] == ["b.png"]
    assert [photo.name for photo, _ in report.failed] == ["a.png"]
    assert (tmp_path / "out" / "trip").read_bytes() == b"mine"

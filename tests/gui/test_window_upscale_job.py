"""The queue is one run of the engine, whatever its photos were given."""

from pathlib import Path, PurePath

import pytest
from PIL import Image

from adaptsr_app.jobs.upscale_job import upscale_job
from adaptsr_app.models.network_choices import AUTOMATIC, NetworkChoice
from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.models.upscale_options import settings_for
from adaptsr_app.settings import Preferences
from engine.backbones import loading
from engine.cancellation import CancelToken
from engine.events import FileSkipped, PhotoFinished, PhotoStarted, Progress
from engine.profiles import upscale_networks
from tests.photo_samples import scene
from tests.profile_samples import save_sample_profile


@pytest.fixture
def queue(tmp_path):
    """Four photos of one name in four folders, with three choices."""
    save_sample_profile(tmp_path / "phone")
    phone = NetworkChoice("profile", "phone", 2, tmp_path / "phone")
    plain = NetworkChoice("backbone", "safmn-x2", 2)
    items = []
    for index, choice in enumerate((AUTOMATIC, phone, plain, AUTOMATIC)):
        folder = tmp_path / f"10{index}"
        folder.mkdir()
        Image.fromarray(scene(24, 32, seed=index)).save(folder / "IMG_0001.png")
        items.append(UpscaleItem(folder / "IMG_0001.png", PurePath(), choice=choice))
    return items


def run(items, out, **changes):
    preferences = Preferences(output_folder=out, device="cpu", **changes)
    events = []
    report = upscale_job(settings_for(items, preferences))(events.append, CancelToken())
    return report, events


def test_photos_of_one_name_with_other_choices_become_as_many_files(queue, tmp_path):
    report, events = run(queue, tmp_path / "out", name_template="{stem}")
    outputs = [output for _, output in report.done]
    assert [photo for photo, _ in report.done] == [item.path for item in queue]
    assert len(set(outputs)) == 4
    assert all(output.is_file() for output in outputs)
    assert {event.path: event.output for event in events if isinstance(event, PhotoFinished)} == (
        dict(report.done)
    )


def test_each_network_is_loaded_once_and_progress_never_falls(queue, tmp_path, monkeypatch):
    loaded = []

    def counted(name, **where):
        loaded.append(Path(str(name)).name)
        return loading.load_backbone(name, **where)

    monkeypatch.setattr(upscale_networks, "load_backbone", counted)
    _, events = run(queue, tmp_path / "out")
    assert loaded == ["safmn-x2"]  # two photos by their camera, one by name: the same network
    shares = [e.done / e.total for e in events if isinstance(e, Progress) and e.stage == "upscale"]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    started = [(e.index, e.count) for e in events if isinstance(e, PhotoStarted)]
    assert started == [(0, 4), (1, 4), (2, 4), (3, 4)]


def test_a_result_among_the_photos_is_named_as_such_and_the_others_go_on(queue, tmp_path):
    report, _ = run(queue[:1], tmp_path / "out")
    ((_, result),) = report.done
    report, events = run([UpscaleItem(result), queue[1]], tmp_path / "out")
    assert [photo for photo, _ in report.done] == [queue[1].path]
    (skipped,) = [e for e in events if isinstance(e, FileSkipped)]
    assert skipped.path == result
    assert "result" in skipped.reason

"""Several upscalings make one job with one progress that never goes back."""

import pytest
from PIL import Image

from adaptsr_app.jobs.upscale_job import upscale_in_turn
from engine.backbones.loading import save_backbone
from engine.cancellation import CancelToken
from engine.config import UpscaleSettings
from engine.events import FileSkipped, PhotoFinished, PhotoStarted, Progress
from tests.photo_samples import scene
from tests.tiny_backbones import tiny_backbone


@pytest.fixture
def groups(tmp_path):
    made = []
    for group, architecture in enumerate(("EDSR", "SAFMN")):
        path = tmp_path / f"{architecture}.safetensors"
        save_backbone(tiny_backbone(architecture), path)
        photos = []
        for index in range(2):
            photos.append(tmp_path / f"{group}{index}.png")
            Image.fromarray(scene(24, 32, seed=index)).save(photos[-1])
        made.append(
            UpscaleSettings(
                sources=tuple(photos), out=tmp_path / "out", backbone=str(path), device="cpu"
            )
        )
    return made


def test_groups_run_in_turn_under_one_progress(groups):
    events = []
    reports = upscale_in_turn(groups, [768, 768])(events.append, CancelToken())
    assert [len(report.done) for report in reports] == [2, 2]
    shares = [e.done / e.total for e in events if isinstance(e, Progress) and e.stage == "upscale"]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    started = [(e.index, e.count) for e in events if isinstance(e, PhotoStarted)]
    assert started == [(0, 4), (1, 4), (2, 4), (3, 4)]


def test_a_result_is_named_as_such_and_the_others_go_on(groups):
    upscale_in_turn(groups[:1], [1])(lambda _event: None, CancelToken())
    result = next(groups[0].out.glob("*.png"))
    mixed = groups[1].model_copy(update={"sources": (result, *groups[1].sources)})
    only_results = groups[0].model_copy(update={"sources": (result,)})
    events = []
    reports = upscale_in_turn([only_results, mixed], [1, 1])(events.append, CancelToken())
    assert [len(report.done) for report in reports] == [2]
    skipped = [e for e in events if isinstance(e, FileSkipped)]
    assert [e.path for e in skipped] == [result, result]
    assert "result" in skipped[0].reason
    assert sum(isinstance(e, PhotoFinished) for e in events) == 2

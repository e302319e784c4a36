"""What the user said in the wizard is on disk after every change, and survives damage."""

import json
from pathlib import Path

import pytest

from adaptsr_app.jobs.kept_adaptation import KeptAdaptation, read_adaptation
from adaptsr_app.models.adaptation import AdaptationModel, AdaptationState, Ranking


def test_every_change_is_on_disk_and_read_back_the_same(qapp, tmp_path):
    first = AdaptationModel(AdaptationState())
    kept = KeptAdaptation(tmp_path, first)
    first.update(name="Phone", backbone="safmn-x2", pairs=Path("pairs"), usable=30, step="photos")
    settings = first.state.settings(tmp_path / "runs" / "Phone")
    ranking = Ranking(key="any", sites=(), backbone_parameters=1000)
    first.update(ranking=ranking, started=settings, result=settings.out)
    kept.flush()
    assert read_adaptation(tmp_path) == first.state
    assert first.state.started == settings


@pytest.mark.parametrize("content", ["", "{", '{"step": "nowhere"}', "[1]"])
def test_a_damaged_file_starts_anew(tmp_path, content):
    (tmp_path / "adapt.json").write_text(content)
    assert read_adaptation(tmp_path) == AdaptationState()


def test_what_version_1_chose_to_keep_is_kept_no_more(tmp_path):
    state = AdaptationState(name="Phone")
    kept = json.loads(state.model_dump_json())
    kept["version"] = 1
    kept["training"] |= {"keep": "best", "steps": 123}
    (tmp_path / "adapt.json").write_text(json.dumps(kept))
    read = read_adaptation(tmp_path)
    assert (read.name, read.training.steps, read.training.keep) == ("Phone", 123, "last")


def test_a_field_from_a_newer_version_is_no_reason_to_forget_the_others(tmp_path):
    kept = json.loads(AdaptationState(name="Phone").model_dump_json())
    (tmp_path / "adapt.json").write_text(json.dumps({**kept, "invented_later": 1}))
    assert read_adaptation(tmp_path).name == "Phone"

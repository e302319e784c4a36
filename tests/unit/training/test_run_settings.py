"""What a training was started with, kept beside its checkpoint."""

import json
from pathlib import Path

from engine.config.adapter import AdapterSettings
from engine.config.adapting import AdaptSettings
from engine.config.training import TrainingSettings
from engine.training.run_settings import read_settings, write_settings


def test_settings_come_back_as_they_were_wherever_the_program_starts_next(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.safetensors").write_bytes(b"network")
    settings = AdaptSettings(
        backbone="mine.safetensors",
        pairs=Path("pairs"),
        scale=2,
        out=Path("run"),
        adapter=AdapterSettings(pins={"head": 3}),
        training=TrainingSettings(steps=7),
    )
    write_settings(Path("run/work"), settings)
    monkeypatch.chdir("/")
    found = read_settings(tmp_path / "run" / "work")
    assert found is not None
    assert (found.pairs, found.out) == (tmp_path / "pairs", tmp_path / "run")
    assert found.backbone == str(tmp_path / "mine.safetensors")
    assert (found.adapter, found.training) == (settings.adapter, settings.training)


def test_a_network_of_the_catalogue_stays_a_name(tmp_path):
    write_settings(
        tmp_path, AdaptSettings(backbone="safmn-x2", pairs=tmp_path, scale=2, out=tmp_path)
    )
    assert json.loads((tmp_path / "settings.json").read_text())["backbone"] == "safmn-x2"


def test_what_is_missing_or_damaged_is_nothing(tmp_path):
    assert read_settings(tmp_path) is None
    (tmp_path / "settings.json").write_text('{"backbone": 1}')
    assert read_settings(tmp_path) is None

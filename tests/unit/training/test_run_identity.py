"""A training begun by an older version is still the same run."""

from pathlib import Path

import pytest

from engine.cli.settings import PRESETS
from engine.config.adapting import AdaptSettings
from engine.training.setup import run_identity

IGNORED = {"out", "pairs", "val", "backbone", "name", "resume", "cache_dir", "device"} | {
    *("made_for", "lr_from", "degradation", "camera")
}
OF_VERSION_0_1 = {
    None: "a566291ad23474be820ba9047a8f311b72b32efeaefff9e15f39ca792b255908",
    "paper": "033d22cc9d6d6dcf676f60063793ecf6310bc4f96ecfc8b012170a73f65dc0ac",
    "paper-tables": "135d74fdac7f6a0fdc1b0414262724bbecd4d0fd32186320650cae8c498bea39",
    "paper-full": "30b65c384e8d31c2e431a01df867592cdc89d87b9d34ad4d52dcdad39a2693d0",
}
"""What it called runs on photos "f", by preset."""


@pytest.mark.parametrize("preset", OF_VERSION_0_1)
def test_a_run_of_an_older_version_is_known_by_the_same_settings(preset):
    settings = AdaptSettings(pairs=Path("x"), scale=4, out=Path("y"), backbone="b", name="n")
    if preset is not None:
        adapter, training = PRESETS[preset]
        settings = settings.model_copy(update={"adapter": adapter, "training": training})
    assert run_identity(settings, "f", ignored=IGNORED) == OF_VERSION_0_1[preset]

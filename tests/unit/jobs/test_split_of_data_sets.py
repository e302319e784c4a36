from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.cancellation import CancelToken
from engine.config.adapting import AdaptSettings
from engine.errors import PairsError
from engine.events import Notice, PairsReady
from engine.training.training_data import load_training_data


@pytest.fixture
def realsr(tmp_path: Path) -> Path:
    root = tmp_path / "RealSR(V3)"
    generator = np.random.default_rng(0)
    for camera in ("Canon", "Nikon"):
        for part, count in (("Train", 3), ("Test", 2)):
            folder = root / camera / part / "2"
            folder.mkdir(parents=True)
            for number in range(1, count + 1):
                for side, size in (("HR", 80), ("LR2", 40)):
                    pixels = generator.integers(0, 256, (size, size, 3), dtype=np.uint8)
                    Image.fromarray(pixels).save(folder / f"{camera}_{number:03}_{side}.png")
    return root


def gather(root: Path, val):
    events: list = []
    settings = AdaptSettings(
        backbone="at hand",
        pairs=root,
        scale=2,
        out=root.parent / "out",
        val=val,
        cache_dir=root.parent / "cache",
    )
    return load_training_data(settings, events.append, CancelToken()).split, events


def test_a_training_learns_from_train_alone_and_is_checked_on_test(realsr: Path):
    split, events = gather(realsr, 3)
    assert len(split.val) == 3
    assert all("/Test/" in name for name in split.val.names)
    assert len(split.train) == 6
    assert all("/Train/" in name for name in split.train.names)
    assert any(isinstance(event, Notice) and "Canon and Nikon" in event.text for event in events)
    (ready,) = (event for event in events if isinstance(event, PairsReady))
    assert (len(ready.train), len(ready.val)) == (6, 3)


def test_more_scenes_than_are_kept_for_testing_are_not_taken_from_train(realsr: Path):
    split, _ = gather(realsr / "Canon", 9)
    assert set(split.val.names) == {"Test/Canon_001", "Test/Canon_002"}
    assert len(split.train) == 3


def test_scenes_named_by_the_user_are_kept_out_and_test_is_still_not_learnt_from(realsr: Path):
    split, _ = gather(realsr / "Canon", ("Train/Canon_002",))
    assert split.val.names == ("Train/Canon_002",)
    assert split.train.names == ("Train/Canon_001", "Train/Canon_003")


def test_one_part_alone_is_split_like_any_folder(realsr: Path):
    split, events = gather(realsr / "Nikon" / "Train", 1)
    assert (len(split.val), len(split.train)) == (1, 2)
    assert not any(isinstance(event, Notice) for event in events)


def test_nothing_left_to_learn_from_is_refused(realsr: Path):
    everything = tuple(f"Train/Canon_{number:03}" for number in (1, 2, 3))
    with pytest.raises(PairsError, match="kept out for the check"):
        gather(realsr / "Canon", everything)

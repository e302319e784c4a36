import json
from pathlib import Path

import numpy as np
import pytest
import skimage
from PIL import Image

from engine.cancellation import Cancelled, CancelToken
from engine.data.sample_photos import TO_CHECK_ON, TO_LEARN_FROM
from engine.errors import ConfigError
from engine.events import Event, Notice, PairsReady, TrainingStep, ignore_events
from engine.jobs.demo import SIMULATION, DemoResult, demo
from engine.profiles.profile import load_profile
from tests.cli_samples import write_backbone

FILES = {
    "ABOUT.txt",
    "before-after.png",
    "curve.png",
    "profile",
    "rank-map.png",
    "result.json",
    "verdict.txt",
}


@pytest.fixture(scope="module")
def backbone(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_backbone(tmp_path_factory.mktemp("network") / "tiny.safetensors"))


@pytest.fixture(scope="module")
def ran(
    backbone: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[DemoResult, list[Event], Path]:
    out = tmp_path_factory.mktemp("demo") / "out"
    events: list[Event] = []
    made = demo(out, events.append, CancelToken(), backbone=backbone, steps=3)
    return made, events, out


def test_the_sample_photos_come_with_scikit_image_and_all_differ() -> None:
    photos = [photo.pixels(2) for photo in (*TO_LEARN_FROM, *TO_CHECK_ON)]
    assert all(photo.dtype == np.uint8 and photo.ndim == 3 for photo in photos)
    assert all(side % 2 == 0 for photo in photos for side in photo.shape[:2])
    assert len({photo.tobytes() for photo in photos}) == len(photos)
    shipped = Path(skimage.__file__).parent / "data"
    sizes = set()
    for path in [*shipped.glob("*.png"), *shipped.glob("*.jpg")]:
        with Image.open(path) as image:
            sizes.add((image.height - image.height % 2, image.width - image.width % 2))
    assert {photo.shape[:2] for photo in photos} <= sizes


def test_every_photo_has_a_licence_anyone_may_use() -> None:
    for photo in (*TO_LEARN_FROM, *TO_CHECK_ON):
        assert photo.credit.endswith(("CC0", "public domain"))


def test_no_photo_that_is_checked_on_was_learnt_from(
    ran: tuple[DemoResult, list[Event], Path],
) -> None:
    made, events, _ = ran
    (split,) = [event for event in events if isinstance(event, PairsReady)]
    assert set(split.train) == {photo.name for photo in TO_LEARN_FROM}
    assert set(split.val) == {photo.name for photo in TO_CHECK_ON}
    assert {photo.name for photo in made.adapted.photos} == set(split.val)


def test_the_demo_says_first_that_it_is_a_simulation(
    ran: tuple[DemoResult, list[Event], Path],
) -> None:
    _, events, out = ran
    assert events[0] == Notice(SIMULATION)
    for file in ("ABOUT.txt", "verdict.txt", "result.json"):
        assert SIMULATION in (out / file).read_text("utf-8")


def test_the_demo_leaves_its_pictures_its_numbers_and_a_profile(
    ran: tuple[DemoResult, list[Event], Path],
) -> None:
    made, _, out = ran
    assert {entry.name for entry in out.iterdir()} == FILES
    for picture in (made.before_after, made.rank_map, made.curve):
        with Image.open(picture) as image:
            assert min(image.size) > 300
    numbers = json.loads(made.result.read_text("utf-8"))
    assert set(numbers["psnr_y_db"]) == {"bicubic", "backbone", "adapted"}
    assert numbers["verdict"] in (out / "verdict.txt").read_text("utf-8")
    profile = load_profile(made.adapted.profile)
    assert profile.name == "Simulated phone"
    assert profile.provenance.data.folder == "simulated phone"


def test_a_second_demo_replaces_the_first(
    ran: tuple[DemoResult, list[Event], Path], backbone: str
) -> None:
    made, _, out = ran
    (out / "profile" / "work").mkdir()
    again = demo(out, ignore_events, CancelToken(), backbone=backbone, steps=3)
    assert {entry.name for entry in out.iterdir()} == FILES
    assert again.adapted.photos == made.adapted.photos


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path, backbone: str) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"mine")
    with pytest.raises(ConfigError):
        demo(tmp_path, ignore_events, CancelToken(), backbone=backbone)
    assert [entry.name for entry in tmp_path.iterdir()] == ["holiday.jpg"]


def test_a_slow_machine_trains_fewer_steps(tmp_path: Path, backbone: str) -> None:
    token = CancelToken()
    totals = []

    def stop_at_the_first_step(event: Event) -> None:
        if isinstance(event, TrainingStep):
            totals.append(event.total)
            token.cancel()

    with pytest.raises(Cancelled):
        demo(tmp_path / "out", stop_at_the_first_step, token, backbone=backbone, minutes=1e-6)
    assert totals == [40]

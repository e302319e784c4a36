import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.cancellation import Cancelled, CancelToken
from engine.config.registering import RegisterSettings
from engine.data.pair_set import load_pairs
from engine.data.pairs import find_pairs
from engine.errors import PairsError
from engine.events import FileSkipped, PairRegistered, Progress
from engine.imaging.reading import probe, read_photo
from engine.jobs.register import register
from engine.profiles.matching import camera_of
from tests.cli_samples import run_json
from tests.photo_samples import CAMERA, exif_block
from tests.registration_samples import Camera, scene, with_object


@pytest.fixture(scope="module")
def photos():
    """A good pair, one in which something moved, and one of two scenes."""
    camera = Camera(zoom=0.55)
    good, moved = scene("astronaut"), scene("coffee")
    patch = scene("chelsea")[100:180, 150:230]
    return {
        "good": (camera.photograph(good), good),
        "moved": (
            camera.photograph(with_object(moved, patch, 250, 160)),
            with_object(moved, patch, 330, 100),
        ),
        "other": (camera.photograph(scene("brick")), scene("chelsea")),
    }


@pytest.fixture
def folders(tmp_path, photos):
    for side in ("phone", "tele"):
        (tmp_path / side).mkdir()
    for name, (lr, hr) in photos.items():
        Image.fromarray(lr).save(tmp_path / "phone" / f"{name}.png")
        Image.fromarray(hr).save(tmp_path / "tele" / f"{name}.png")
    return tmp_path


def settings_for(folder, **values):
    return RegisterSettings(
        lr=folder / "phone",
        hr=folder / "tele",
        out=folder / "pairs",
        **{"scale": 2, "match": "name", "min_part_px": 48} | values,
    )


def run(settings, token=None):
    events = []
    return register(settings, events.append, token or CancelToken()), events


def test_what_fits_is_written_as_pairs_that_training_reads(folders, photos):
    (folders / "tele" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    (folders / "phone" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    Image.fromarray(photos["good"][0]).save(folders / "phone" / "alone.png")
    report, events = run(settings_for(folders))
    verdicts = {record.name: record.verdict for record in report.pairs}
    assert verdicts["good"] == "good"
    assert verdicts["other"] == "rejected"
    assert report.usable == 2
    assert {Path(record.path).name for record in report.left_out} == {"alone.png", "torn.png"}

    scan = find_pairs(folders / "pairs", scale=2)
    assert scan.skipped == ()
    assert {pair.scene for pair in scan.pairs} == {"good", "moved"}
    pairs = load_pairs(folders / "pairs", scale=2, cache_dir=folders / "cache")
    assert len(pairs) == len(scan.pairs)
    index = pairs.names.index("good")
    height, width = pairs.lr_size_px(index)
    part = next(record for record in report.pairs if record.name == "good").parts[0]
    assert (part.height, part.width) == (height, width)
    photo = photos["good"][0][part.top : part.top + height, part.left : part.left + width]
    np.testing.assert_array_equal(pairs.lr(index), photo)

    assert [e.name for e in events if isinstance(e, PairRegistered)] == ["good", "moved", "other"]
    assert {e.path.name for e in events if isinstance(e, FileSkipped)} == {"alone.png", "torn.png"}
    last = [e for e in events if isinstance(e, Progress)][-1]
    assert last.done == last.total
    kept = json.loads((folders / "pairs" / "registration.json").read_text("utf-8"))
    assert [pair["name"] for pair in kept["pairs"]] == ["good", "moved", "other"]
    assert kept["pairs"][0]["measured"]["residual_mean_px"] < 0.1


def test_finished_pairs_are_kept_and_changed_ones_done_again(folders, photos):
    settings = settings_for(folders)
    first, _ = run(settings)
    lr_file = folders / "pairs" / "LR" / "good.png"
    before = lr_file.stat().st_mtime_ns
    again, _ = run(settings)
    assert again.kept == 3
    assert again.pairs == first.pairs
    assert lr_file.stat().st_mtime_ns == before

    lr_file.unlink()
    repaired, _ = run(settings)
    assert repaired.kept == 2
    assert lr_file.is_file()

    Image.fromarray(photos["other"][1]).save(folders / "tele" / "good.png")
    changed, _ = run(settings)
    assert changed.kept == 2
    assert not lr_file.exists()


def test_a_stopped_run_keeps_what_is_finished(folders):
    token = CancelToken()

    def stop_after_one(event):
        if isinstance(event, PairRegistered):
            token.cancel()

    settings = settings_for(folders)
    with pytest.raises(Cancelled):
        register(settings, stop_after_one, token)
    assert not list((folders / "pairs").rglob("*.tmp"))
    report, _ = run(settings)
    assert report.kept == 1


def test_photos_of_any_kind_end_upright_in_8_bit_rgb(tmp_path, photos):
    lr, hr = photos["good"]
    for side in ("phone", "tele"):
        (tmp_path / side).mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6  # turned: to be seen a quarter turn clockwise
    turned = Image.fromarray(np.ascontiguousarray(np.rot90(lr))).convert("L")
    turned.save(tmp_path / "phone" / "a.png", exif=exif)
    deep = np.asarray(Image.fromarray(hr).convert("L"), np.uint16) * 257
    Image.fromarray(deep).save(tmp_path / "tele" / "a.png")
    report, _ = run(settings_for(tmp_path))
    assert report.pairs[0].verdict == "good"
    assert report.pairs[0].measured["rotation_deg"] == pytest.approx(1.5, abs=0.2)
    with Image.open(tmp_path / "pairs" / "HR" / "a.png") as written:
        assert written.mode == "RGB"


def test_nothing_of_the_users_is_overwritten(folders):
    mine = folders / "pairs" / "LR"
    mine.mkdir(parents=True)
    (mine / "good.png").write_bytes(b"mine")
    with pytest.raises(PairsError, match="other photos"):
        run(settings_for(folders))
    assert (mine / "good.png").read_bytes() == b"mine"


def test_a_pair_that_the_user_put_there_later_stays(folders, photos):
    (folders / "tele" / "good.png").rename(folders / "later.png")
    run(settings_for(folders))
    mine = folders / "pairs" / "LR" / "good.png"
    mine.write_bytes(b"mine")
    (folders / "later.png").rename(folders / "tele" / "good.png")
    report, _ = run(settings_for(folders))
    assert mine.read_bytes() == b"mine"
    assert any("already" in left.reason for left in report.left_out)
    assert "good" not in {record.name for record in report.pairs}


def test_a_pair_that_the_user_touched_up_stays(folders, photos):
    run(settings_for(folders))
    mine = folders / "pairs" / "HR" / "good.png"
    mine.write_bytes(b"touched up")
    report, _ = run(settings_for(folders, colour="off"))
    assert mine.read_bytes() == b"touched up"
    assert any("changed since" in left.reason for left in report.left_out)


def test_a_photo_called_like_a_part_of_another_loses_neither(folders, photos):
    report, _ = run(settings_for(folders))
    parts = next(record for record in report.pairs if record.name == "moved").parts
    if len(parts) < 2:
        pytest.skip("that scene came out whole")
    kept = (folders / "pairs" / "LR" / f"{parts[0].name}.png").read_bytes()
    for side, pixels in zip(("phone", "tele"), photos["good"], strict=True):
        Image.fromarray(pixels).save(folders / side / f"{parts[0].name}.png")
    report, _ = run(settings_for(folders))
    assert (folders / "pairs" / "LR" / f"{parts[0].name}.png").read_bytes() == kept
    assert any("already" in left.reason for left in report.left_out)


@pytest.mark.parametrize("name", ["../../victim", "{root}/victim"])
def test_a_strangers_list_deletes_nothing_elsewhere(folders, name):
    victim = folders / "victim.png"
    victim.write_bytes(b"mine")
    run(settings_for(folders))
    path = folders / "pairs" / "registration.json"
    content = json.loads(path.read_text("utf-8"))
    content["pairs"][0]["parts"][0] |= {"name": name.format(root=folders), "state": []}
    content["pairs"][0]["key"] = "another"
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(PairsError, match="damaged"):
        run(settings_for(folders))
    assert victim.read_bytes() == b"mine"


def test_a_run_killed_while_it_writes_a_pair_is_gone_on_with(folders):
    settings = settings_for(folders)
    run(settings)
    path = folders / "pairs" / "registration.json"
    content = json.loads(path.read_text("utf-8"))
    good = next(pair for pair in content["pairs"] if pair["name"] == "good")
    good["key"] = ""
    good["parts"][0]["state"] = []
    path.write_text(json.dumps(content), "utf-8")
    (folders / "pairs" / "HR" / "good.png").unlink()
    report, _ = run(settings)
    assert report.left_out == ()
    assert (folders / "pairs" / "HR" / "good.png").is_file()


def test_pairs_of_another_scale_are_not_mixed_in(folders):
    (folders / "pairs").mkdir()
    content = {"format": 1, "scale": 3, "pairs": [], "left_out": []}
    (folders / "pairs" / "registration.json").write_text(json.dumps(content))
    with pytest.raises(PairsError, match="×3"):
        run(settings_for(folders))


def test_the_command_prints_what_it_found(folders, capsys):
    for name in ("moved", "other"):
        (folders / "phone" / f"{name}.png").unlink()
    words = ["data", "register", folders / "phone", folders / "tele", "--scale", 2]
    words += ["--out", folders / "pairs", "--match", "name", "--lens", "0,0"]
    code, printed = run_json(capsys, *words)
    assert code == 0
    assert printed["usable"] == 1
    assert printed["pairs"][0]["name"] == "good"
    assert {Path(photo["path"]).name for photo in printed["left_out"]} == {
        "moved.png",
        "other.png",
    }


def test_what_is_written_still_names_the_phone_and_not_the_place(folders, photos):
    for name in ("moved", "other"):
        (folders / "phone" / f"{name}.png").unlink()
        (folders / "tele" / f"{name}.png").unlink()
    path = folders / "phone" / "good.png"
    Image.fromarray(photos["good"][0]).save(path, exif=b"Exif\0\0" + exif_block())
    run(settings_for(folders))
    (pair,) = find_pairs(folders / "pairs", scale=2).pairs
    assert camera_of([pair.lr]).camera.model == CAMERA
    assert not probe(pair.hr).camera.model
    with Image.open(pair.lr) as opened:
        assert not opened.getexif().get_ifd(0x8825)
    pixels = read_photo(path).rgb()
    part = read_photo(pair.lr).rgb()
    log = json.loads((folders / "pairs" / "registration.json").read_text("utf-8"))
    box = log["pairs"][0]["parts"][0]
    top, left = box["top"], box["left"]
    assert np.array_equal(part, pixels[top : top + box["height"], left : left + box["width"]])

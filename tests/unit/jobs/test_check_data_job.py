import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from engine.cancellation import Cancelled, CancelToken
from engine.dataset_report.gain import MEASURED, NOT_MEASURED, gain_text, share_of_gain
from engine.dataset_report.page import page_of, write_page
from engine.dataset_report.sentences import sentences_of
from engine.errors import PairsError
from engine.events import FileSkipped, Progress
from engine.jobs.check_data import check_data
from tests.cli_samples import run_json
from tests.shared_data import shared_data


def save(path: Path, pixels, *, model: str = "", taken: str = "", make: str = "Phone") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    if model:
        exif[0x010F], exif[0x0110] = make, model
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
    Image.fromarray(np.ascontiguousarray(pixels)).save(path, exif=exif)
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos <of> mine"
    save(folder / "a.jpg", data.astronaut(), model="Phone 9", taken="2024:05:01 10:00:00")
    save(folder / "again.png", data.astronaut()[::2, ::2], model="Phone 9")
    save(folder / "b.jpg", data.coffee(), model="Phone 9")
    save(folder / "c.jpg", data.chelsea(), model="D850", make="NIKON CORPORATION")
    save(folder / "soft.png", cv2.GaussianBlur(data.rocket(), (0, 0), 4), model="Phone 9")
    save(folder / "wall.png", np.full((80, 80, 3), 128, np.uint8))
    (folder / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 torn")
    (folder / "<img src=x onerror=alert(1)>.jpg").write_bytes(b"no photo")
    return folder


def run(folder: Path, **values):
    events: list = []
    return check_data(folder, events.append, CancelToken(), **values), events


def test_every_photo_gets_the_finding_it_deserves(photos: Path):
    report, events = run(photos)
    findings = {photo.name: photo.finding for photo in report.photos}
    assert findings == {
        "<img src=x onerror=alert(1)>": "damaged",
        "a": "good",
        "again": "repeated",
        "b": "good",
        "c": "good",
        "soft": "blurred",
        "torn": "damaged",
        "wall": "blank",
    }
    assert (report.total, report.good) == (8, 3)
    assert report.groups == (("a", "again"),)
    assert not report.are_pairs
    sizes = [photo.shape[0] * photo.shape[1] for photo in (data.astronaut(), data.coffee())]
    whole = sum(sizes) + data.chelsea().shape[0] * data.chelsea().shape[1]
    assert 0.8 * whole < report.usable_pixels <= whole
    assert {event.path.name for event in events if isinstance(event, FileSkipped)} == {
        "torn.jpg",
        "<img src=x onerror=alert(1)>.jpg",
    }
    progress = [event for event in events if isinstance(event, Progress)]
    assert [event.done for event in progress] == list(range(9))
    assert {event.total for event in progress} == {8}


def test_mixed_cameras_are_named_and_counted(photos: Path):
    report, _ = run(photos)
    assert report.cameras() == {"Phone 9": 4, "NIKON D850": 1, "": 1}
    (warning,) = report.warnings
    assert "Phone 9 (4), NIKON D850 (1)" in warning
    for path in (photos / "c.jpg", photos / "wall.png"):
        path.unlink()
    assert run(photos)[0].warnings == ()


def test_words_on_more_photos_claim_no_number(tmp_path: Path):
    generator = np.random.default_rng(0)
    for number in range(21):
        blocks = generator.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        save(tmp_path / f"{number}.png", blocks.repeat(16, axis=0).repeat(16, axis=1))
        if number == 1:
            assert run(tmp_path)[0].verdict == "2 good photos; at least 3 are needed."
        if number == 4:
            assert run(tmp_path)[0].verdict == "5 good photos; 20 or more usually help."
    report, _ = run(tmp_path)
    assert report.verdict == "21 good photos. That is plenty."
    assert "was not measured" in page_of(report)


@given(pairs=st.integers(1, 500), more=st.integers(0, 100))
def test_more_pairs_never_gain_less_and_never_more_than_was_measured(pairs, more):
    few, many = share_of_gain(pairs), share_of_gain(pairs + more)
    assert few is None or (many is not None and few <= many <= 1)
    for count, share in MEASURED.items():
        assert share_of_gain(count) == share
    assert share_of_gain(min(MEASURED) - 1) is None


def test_what_more_pairs_gain_is_told_where_it_was_measured(pairs: Path):
    report, _ = run(pairs)
    assert gain_text(report) == NOT_MEASURED  # for so few
    two_each = [replace(p, name=f"{p.name}{n}") for n in range(7) for p in report.photos]
    assert "21 pairs" not in gain_text(replace(report, photos=tuple(two_each)))
    assert "gained nothing further" in gain_text(replace(report, photos=tuple(two_each)))
    some = replace(report, photos=tuple(two_each[:18]))
    assert gain_text(some) in page_of(some)
    assert "9 pairs brought about 97% of what 20 bring." in gain_text(some)
    assert sentences_of(some)[-1].text == gain_text(some)


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    folder = tmp_path / "pairs"
    for name, photo in (("a", data.astronaut()), ("b", data.coffee()), ("c", data.chelsea())):
        height, width = (side // 3 * 3 for side in photo.shape[:2])
        save(folder / "HR" / f"{name}.png", photo[:height, :width])
        small = cv2.resize(photo[:height, :width], (width // 3, height // 3))
        save(folder / "LR" / f"{name}.png", small)
    save(folder / "LR" / "alone.png", data.rocket())
    return folder


def test_pairs_are_counted_as_pairs_and_their_scale_found_out(pairs: Path):
    report, _ = run(pairs)
    assert (report.layout, report.scale) == ("LR and HR folders", 3)
    assert (report.total, report.good, len(report.photos)) == (3, 3, 6)
    # LR and HR of a pair show the same, and that is as it should be.
    assert report.groups == ()
    assert [skip.path.name for skip in report.skipped] == ["alone.png"]
    assert report.sizes("HR")[510, 510] == 1
    assert report.usable_pixels < 170 * 170 + 200 * 134 + 151 * 101


def test_a_soft_camera_is_no_fault_but_one_shaken_photo_of_it_is(pairs: Path):
    sides = [np.array(Image.open(pairs / "LR" / f"{name}.png")) for name in "abc"]
    for name, lr in zip("abc", sides, strict=True):
        save(pairs / "LR" / f"{name}.png", cv2.GaussianBlur(lr, (0, 0), 1.8))
    assert run(pairs)[0].good == 3
    save(pairs / "LR" / "b.png", cv2.GaussianBlur(sides[1], (0, 0), 6))
    report, _ = run(pairs)
    assert [(p.name, p.side) for p in report.photos if p.finding == "blurred"] == [("b", "LR")]
    save(pairs / "HR" / "c.png", cv2.GaussianBlur(data.chelsea()[:300, :450], (0, 0), 4))
    assert [p.name for p in run(pairs)[0].photos if p.finding == "blurred"] == ["b", "c"]


def test_a_pair_whose_sizes_do_not_fit_is_no_good(pairs: Path):
    save(pairs / "LR" / "b.png", data.coffee()[:150, :150])
    report, _ = run(pairs, scale=3)
    bad = [photo for photo in report.photos if photo.finding != "good"]
    assert [(photo.name, photo.side, photo.finding) for photo in bad] == [("b", "LR", "misfit")]
    assert "150×150" in bad[0].sentence
    assert report.good == 2


def test_registered_pairs_have_no_scale_of_their_own(tmp_path: Path):
    photo = data.astronaut()
    enlarged = cv2.resize(photo[::2, ::2], (512, 512), interpolation=cv2.INTER_CUBIC)
    save(tmp_path / "HR" / "1.png", photo)
    save(tmp_path / "LR_registered" / "1.png", enlarged)
    report, _ = run(tmp_path)
    assert report.scale is None
    assert report.layout == "Registered LR and HR folders"
    assert report.good == 1
    assert "LR is as large as HR" in page_of(report)


def test_a_near_miss_is_reported_and_the_photos_are_still_looked_at(tmp_path: Path):
    save(tmp_path / "DIV2K_train_HR" / "0001.png", data.coffee())
    report, _ = run(tmp_path)
    assert report.layout == "Photos without a counterpart"
    assert "This looks like DIV2K" in report.warnings[0]
    with pytest.raises(PairsError, match="This looks like DIV2K"):
        run(tmp_path, scale=2)


def test_a_folder_is_told_in_plain_sentences(photos: Path, pairs: Path):
    told = sentences_of(run(photos)[0])
    texts = [sentence.text for sentence in told]
    assert texts[0] == "8 photos, of which 3 are good."
    assert "1 photo is blurred: soft." in texts
    assert "1 photo is blank: wall." in texts
    assert any(text.startswith("2 photos cannot be read: ") for text in texts)
    assert any("teaches nothing new: again." in text for text in texts)
    assert [s.is_warning for s in told if "Several cameras" in s.text] == [True]
    assert texts[-1].endswith("million pixels to learn from.")
    assert [s.text for s in sentences_of(run(pairs)[0])][:3] == [
        "3 pairs, all good.",
        "The LR photos do not say which camera took them.",
        "The HR photos do not say which camera took them.",
    ]


def test_one_camera_is_named_and_photos_that_name_none_are_counted(tmp_path: Path):
    for name, model in (("a", "Phone 9"), ("b", "")):
        photo = data.astronaut() if model else data.coffee()
        save(tmp_path / f"{name}.png", photo, model=model)
    texts = [sentence.text for sentence in sentences_of(run(tmp_path)[0])]
    assert "The photos were taken with Phone 9. 1 of them does not say so." in texts


def test_pairs_can_be_looked_at_as_photos(pairs: Path):
    report, _ = run(pairs, as_photos=True)
    assert not report.are_pairs
    assert report.total == 7


def test_two_folders_make_one_page(photos: Path, pairs: Path):
    text = page_of(run(photos)[0], run(pairs)[0])
    page = Page(text)
    assert page.open == []
    assert [tag for tag, _ in page.tags].count("article") == 2
    assert "photos &lt;of&gt; mine and pairs</title>" in text


def test_of_very_many_photos_some_are_looked_at_and_that_is_said(photos: Path):
    report, _ = run(photos, most=3)
    assert report.total == 3
    assert "5 more photos were not looked at." in report.warnings


def test_it_can_be_stopped_between_photos(photos: Path):
    token = CancelToken()

    def stop(event):
        if isinstance(event, Progress) and event.done == 2:
            token.cancel()

    with pytest.raises(Cancelled):
        check_data(photos, stop, token)


class Page(HTMLParser):
    """Collects what a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.words = ""
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


def test_the_page_stands_alone_and_takes_names_for_what_they_are(photos: Path):
    report, _ = run(photos)
    text = page_of(report)
    page = Page(text)
    assert page.open == []
    assert "<img src=x onerror=alert(1)>" in page.words
    assert "photos <of> mine" in page.words
    pictures = [attributes["src"] for tag, attributes in page.tags if tag == "img"]
    assert len(pictures) == 6
    for picture in pictures:
        kind, content = picture.split(",", 1)
        assert kind == "data:image/jpeg;base64"
        assert base64.b64decode(content)[:2] == b"\xff\xd8"
    assert not {"script", "link", "iframe"} & {tag for tag, _ in page.tags}
    assert not re.search(r"https?://|url\(|@import", text)
    assert "prefers-color-scheme: dark" in text


def test_a_page_replaces_the_old_one_as_a_whole(photos: Path, tmp_path: Path):
    report, _ = run(photos)
    path = tmp_path / "new" / "report.html"
    write_page(path, report)
    write_page(path, report)
    assert path.read_text("utf-8") == page_of(report)
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]


def test_the_command_prints_what_it_found(photos: Path, tmp_path: Path, capsys):
    code, printed = run_json(capsys, "data", "check", photos, "--report", tmp_path / "report.html")
    assert code == 0
    assert (printed["total"], printed["good"]) == (8, 3)
    assert {"thumbnail", "fingerprint"}.isdisjoint(printed["photos"][0])
    assert printed["groups"] == [["a", "again"]]
    assert (tmp_path / "report.html").is_file()


def test_city100_is_good_throughout():
    report, _ = run(shared_data("city100-iphonex"), most=10)
    assert report.good == report.total == 10
    assert report.scale is None

"""The compare page from an empty one to measured pictures, by real networks on tiny photos."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QToolButton

from adaptsr_app.models.comparison import ContenderOption, bicubic, option_of_picture
from adaptsr_app.pages.compare import ComparePage
from engine.imaging.reading import read_rgb8
from engine.imaging.resampling import downsample_bicubic_uint8
from tests.photo_samples import scene
from tests.profile_samples import save_sample_profile

TIMEOUT = 20_000


@pytest.fixture
def files(tmp_path):
    """A photo of 120 × 80 pixels, its truth, another tool's picture, and a profile."""
    hr = scene(160, 240)
    Image.fromarray(hr).save(tmp_path / "hr.png")
    Image.fromarray(downsample_bicubic_uint8(hr, 2)).save(tmp_path / "photo.png")
    Image.fromarray(255 - hr).save(tmp_path / "other tool.png")
    save_sample_profile(tmp_path / "profile")
    return tmp_path


@pytest.fixture
def temp(tmp_path, monkeypatch):
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def page(context, qtbot, temp):
    made = ComparePage(context)
    qtbot.addWidget(made, before_close_func=lambda _w: context.jobs.stop_all())
    made.resize(1000, 700)
    made.show()
    qtbot.waitExposed(made)
    return made


def profile_of(files):
    return ContenderOption("profile", "phone", str(files / "profile"), 2)


def with_photo(qtbot, page, files):
    page.model.set_photo(files / "photo.png")
    qtbot.waitUntil(lambda: page.view.state == "shown", timeout=TIMEOUT)


def click_compare(qtbot, page):
    assert page.panel.compare.isEnabled()
    qtbot.mouseClick(page.panel.compare, Qt.MouseButton.LeftButton)
    assert page.job is not None


def wait_for_end(qtbot, page):
    qtbot.waitUntil(lambda: page.job is None, timeout=TIMEOUT)
    qtbot.waitUntil(lambda: page.view.state != "loading", timeout=TIMEOUT)


def cells(page):
    table = page.table
    return [
        [table.item(row, column).text() for column in range(table.columnCount())]
        for row in range(table.rowCount())
    ]


def test_an_empty_page_says_what_is_missing(page):
    assert page.view.state == "empty"
    assert not page.panel.compare.isEnabled()
    assert "photo" in page.panel.missing.text()
    assert not page.table.isVisible()


def test_a_photo_is_enlarged_by_all_and_measured_against_the_truth(page, files, qtbot):
    with_photo(qtbot, page, files)
    for option in (bicubic(), profile_of(files), option_of_picture(files / "hr.png")):
        page.model.add(option)
    page.model.set_hr(files / "hr.png")
    click_compare(qtbot, page)
    assert page.line.isVisible()
    assert not page.panel.isEnabled()
    wait_for_end(qtbot, page)
    titles = [picture.title for picture in page.view.pictures]
    assert titles == ["Bicubic", "phone", "hr", "True HR"]
    assert page.view.mode == "side by side"
    rows = cells(page)
    assert page.table.isVisible()
    assert [row[1] for row in rows] == ["240 × 160"] * 3
    assert float(rows[0][2]) > 20
    assert rows[2][2:4] == ["identical", "1.0000"]
    assert page.view.pictures[0].caption == f"Bicubic · {rows[0][2]} dB"
    assert not page.line.isVisible()
    assert page.panel.isEnabled()


def test_what_is_in_view_is_enlarged_and_a_closer_look_narrows_it(page, files, qtbot):
    with_photo(qtbot, page, files)
    page.model.add(bicubic())
    page.model.add(option_of_picture(files / "hr.png"))
    page.view.stage.zoom_to(10.0, QPointF(5, 5))
    left, top, width, height = page.view.part_in_view
    assert f"{width} × {height}" in page.panel.part_size.text()
    assert 0 < width < 120
    click_compare(qtbot, page)
    wait_for_end(qtbot, page)
    truth = read_rgb8(files / "hr.png")
    part = truth[2 * top : 2 * (top + height), 2 * left : 2 * (left + width)]
    assert np.array_equal(read_rgb8(page.view.pictures[1].source), part)

    page.view.set_mode("split")
    page.view.stage.zoom_to(page.view.stage.viewport.zoom * 3)
    inner = page.view.part_in_view
    click_compare(qtbot, page)
    wait_for_end(qtbot, page)
    closer = read_rgb8(page.view.pictures[1].source)
    assert abs(closer.shape[1] - inner[2]) <= 2
    assert closer.shape[1] < part.shape[1]
    x, y = 2 * (left + inner[0] // 2), 2 * (top + inner[1] // 2)
    assert np.array_equal(closer[0, 0], truth[y, x])

    qtbot.mouseClick(page.panel.other_part, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.view.state == "shown", timeout=TIMEOUT)
    assert [picture.source for picture in page.view.pictures] == [files / "photo.png"]
    assert not page.panel.other_part.isVisible()


def test_the_whole_photo_is_enlarged_whatever_is_in_view(page, files, qtbot):
    with_photo(qtbot, page, files)
    page.model.add(bicubic())
    page.view.stage.zoom_to(20.0)
    page.panel.part.setCurrentIndex(1)
    page.panel.part.activated.emit(1)
    assert "120 × 80" in page.panel.part_size.text()
    click_compare(qtbot, page)
    wait_for_end(qtbot, page)
    assert read_rgb8(page.view.pictures[0].source).shape == (160, 240, 3)


def test_one_that_fails_is_named_and_the_others_are_shown(page, files, qtbot):
    with_photo(qtbot, page, files)
    (files / "broken.png").write_text("no photo")
    page.model.add(bicubic())
    page.model.add(option_of_picture(files / "broken.png"))
    click_compare(qtbot, page)
    wait_for_end(qtbot, page)
    assert [picture.title for picture in page.view.pictures] == ["Bicubic"]
    assert page.table.isVisible()
    assert "not a photo" in cells(page)[1][4]


def test_a_stopped_comparison_leaves_what_was_there(page, files, qtbot, temp):
    with_photo(qtbot, page, files)
    page.model.add(bicubic())
    click_compare(qtbot, page)
    wait_for_end(qtbot, page)
    before = page.view.pictures
    page.model.add(profile_of(files))
    click_compare(qtbot, page)
    qtbot.mouseClick(page.line.stop, Qt.MouseButton.LeftButton)
    wait_for_end(qtbot, page)
    assert page.view.pictures == before
    assert not page.banner.isVisible()
    assert page.panel.compare.isEnabled()
    assert len(list(temp.glob(".adaptsr.*"))) == 1


def test_a_photo_that_went_away_is_said_in_words(page, files, qtbot):
    with_photo(qtbot, page, files)
    page.model.add(bicubic())
    (files / "photo.png").unlink()
    click_compare(qtbot, page)
    wait_for_end(qtbot, page)
    assert page.banner.isVisible()
    assert page.banner.message.text == "There is no such file."
    assert page.view.state == "shown"


def test_pictures_of_earlier_comparisons_do_not_stay_on_the_disk(page, files, qtbot, temp):
    with_photo(qtbot, page, files)
    page.model.add(bicubic())
    for _ in range(2):
        click_compare(qtbot, page)
        wait_for_end(qtbot, page)
    assert len(list(temp.glob(".adaptsr.*"))) == 1


def test_other_pages_hand_over_pictures(page, context, files, qtbot):
    requested = []
    context.navigation.page_requested.connect(requested.append)
    pictures = [("Before", files / "photo.png"), ("After", files / "hr.png")]
    context.navigation.comparison_requested.emit(pictures)
    qtbot.waitUntil(lambda: page.view.state == "shown", timeout=TIMEOUT)
    assert requested == ["compare"]
    assert [(p.title, p.source) for p in page.view.pictures] == pictures
    assert page.view.mode == "split"
    assert not page.panel.compare.isEnabled()
    assert page.panel.photo_name.text() == "photo.png"
    qtbot.mouseClick(page.panel.take_offered, Qt.MouseButton.LeftButton)
    assert page.model.photo == files / "photo.png"
    assert page.panel.take_offered.isHidden()
    page.model.add(bicubic())
    qtbot.waitUntil(page.panel.compare.isEnabled, timeout=TIMEOUT)
    click_compare(qtbot, page)
    wait_for_end(qtbot, page)
    assert [picture.title for picture in page.view.pictures] == ["Bicubic"]


def test_dropped_files_are_the_photo_and_then_other_tools_pictures(page, files, qtbot):
    mime = QMimeData()
    paths = [files / "photo.png", files / "other tool.png"]
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    where, copy = QPointF(300, 300), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where.toPoint(), copy, mime, left, none)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(page, QDropEvent(where, copy, mime, left, none))
    assert page.model.photo == files / "photo.png"
    assert page.model.options == (option_of_picture(files / "other tool.png"),)
    qtbot.waitUntil(lambda: page.view.state == "shown", timeout=TIMEOUT)


def test_contenders_come_and_go_but_no_more_than_there_are_panes(page, files, qtbot):
    with_photo(qtbot, page, files)
    for name in "abcde":
        page.model.add(option_of_picture(Path(f"{name}.png")))
    assert [one.title for one in page.model.options] == list("abcd")
    assert not page.panel.add.isEnabled()
    remove = next(b for b in page.findChildren(QToolButton) if b.accessibleName() == "Remove b")
    qtbot.mouseClick(remove, Qt.MouseButton.LeftButton)
    assert [one.title for one in page.model.options] == list("acd")
    page.model.set_hr(files / "hr.png")
    assert page.model.is_full


def test_profiles_and_networks_are_offered_once_the_page_is_seen(page, qtbot):
    page.shown()
    qtbot.waitUntil(lambda: bool(page.model.choices.backbones), timeout=TIMEOUT)
    assert page.model.options[0] == bicubic()
    assert any(one.kind in {"profile", "backbone"} for one in page.model.options)
    page.panel._menu.aboutToShow.emit()
    words = " ".join(action.text() for action in page.panel._menu.actions())
    assert page.model.choices.backbones[0].name in words
    assert "another tool" in words

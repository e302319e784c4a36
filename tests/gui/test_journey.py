"""One person's first hour from an empty home: wizard, training, profile, upscaling, comparing.

Everything is done with mouse, keyboard and drops that Qt itself takes to the widget under the
pointer; only what a person would see is waited for. It runs on a screen of any size and on every
platform of Qt, under a real X server too (docs/testing.md).
"""

import os
import threading
from pathlib import Path

import pytest
from PIL import ExifTags, Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QToolButton

from adaptsr_app.models.adaptation import EFFORT_STEPS
from adaptsr_app.models.upscale_options import output_folder
from adaptsr_app.pages.adapt.step import WizardJob
from engine.imaging.reading import probe
from engine.profiles.library import list_profiles
from tests.hands import click, drop, type_number
from tests.phone_samples import PHONE_NAME, real_phone, simulated_phone
from tests.photo_samples import LENS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(540)]

WAIT = {"timeout": 60_000}
WHOLE_TRAINING = {"timeout": 240_000}  # on a machine that has much else to do
STEPS, BATCH, PATCH = 40, 2, 24
MEASURED_EVERY = 2  # the curve has twenty points
PHONE, PHOTOS, EFFORT, DIFFERENCES, TRAINING, RESULT = range(6)
IN_PIXELS = {
    ExifTags.Base.ExifImageWidth,
    ExifTags.Base.ExifImageHeight,
    ExifTags.Base.SubjectLocation,
    0x9214,  # SubjectArea
}
"""What EXIF says in pixels of the photo; a result of another size says it anew, or not at all."""


@pytest.fixture
def empty_home(tmp_path, monkeypatch):
    """A home nobody has used yet; also what earlier tests left in theirs is out of sight."""
    old, home = Path(os.environ["HOME"]), tmp_path / "person"
    for name, value in tuple(os.environ.items()):
        if value and Path(value).is_relative_to(old):
            monkeypatch.setenv(name, str(home / Path(value).relative_to(old)))
    monkeypatch.setenv("WIN_PD_OVERRIDE_MYPICTURES", str(home / "Pictures"))
    home.mkdir()
    return home


@pytest.fixture
def context(empty_home, context):
    """The window's own context, made after the home was emptied."""
    assert list(empty_home.iterdir()) == []
    return context


def go_to_page(qtbot, window, key):
    page = window.page(key)
    button = next(b for b in window.findChildren(QToolButton) if b.text() == page.title)
    click(qtbot, button)
    assert window.current_page is page
    assert page.isVisible()
    return page


def next_step(qtbot, page, requested):
    qtbot.waitUntil(page.next.isEnabled, **WAIT)
    click(qtbot, page.next)
    assert page.index == requested
    return page.steps[requested]


def number_box(step, name):
    return next(
        box
        for box in step.advanced.children()
        if box.isWidgetType() and box.accessibleName() == name
    )


def say_which_phone(qtbot, page, belongings):
    step = page.steps[PHONE]
    assert not page.next.isEnabled()
    drop(step.grid.viewport(), belongings.photos)
    qtbot.waitUntil(lambda: step.name.text() == PHONE_NAME, **WAIT)
    qtbot.waitUntil(lambda: page.session.background.is_idle, **WAIT)
    assert step.grid.count() == len(belongings.photos)
    assert step.camera.text() == PHONE_NAME
    assert step.lenses.text() == LENS
    click(qtbot, step.name)
    qtbot.keyClick(step.name, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(step.name, "My phone")
    assert page.session.state.name == "My phone"


def choose_pairs(qtbot, page, belongings):
    step = next_step(qtbot, page, PHOTOS)
    click(qtbot, step.sources.cards["data set"], QPoint(20, 20))
    drop(step.folders.pairs, [belongings.pairs])
    count = len(list((belongings.pairs / "LR").iterdir()))
    qtbot.waitUntil(lambda: step.grid.count() == count, **WAIT)
    assert step.summary.text().startswith(f"{count} good pairs")
    qtbot.waitUntil(lambda: page.session.background.is_idle, **WAIT)


def choose_effort(qtbot, page):
    step = next_step(qtbot, page, EFFORT)
    assert step.progress.isVisible()  # a few real steps are measured without being asked for
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)
    assert page.banner.message is None
    assert step.backbone.currentText() == "safmn-x2"
    click(qtbot, step.efforts.cards["quick"], QPoint(20, 20))
    assert page.session.state.training.steps == EFFORT_STEPS["quick"]
    assert "about" in step.efforts.cards["quick"].note.text()
    assert "of memory" in step.needs.text()
    click(qtbot, step.fold.button)
    for name, number in (("Steps", STEPS), ("Batch", BATCH), ("Patch, LR pixels", PATCH)):
        type_number(qtbot, number_box(step, name), number)
    training = page.session.state.training
    assert (training.steps, training.batch, training.patch) == (STEPS, BATCH, PATCH)


def look_at_differences(qtbot, page):
    step = next_step(qtbot, page, DIFFERENCES)
    assert page.session.does(WizardJob.SCORING)
    assert step.progress.isVisible()
    qtbot.waitUntil(lambda: page.session.job is None and step.is_ready, **WAIT)
    assert step.heatmap.isVisible()
    assert "layers will change" in step.words.text()
    before = step.share.text()
    step.budget.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(step.budget, Qt.Key.Key_Right)
    assert step.share.text() != before
    assert page.session.job is None  # ranks follow the slider without scoring again
    click(qtbot, step.heatmap)
    step.heatmap.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(step.heatmap, Qt.Key.Key_Right)
    assert step.heatmap.selected_site is not None


def train(qtbot, window, page):
    step = next_step(qtbot, page, TRAINING)
    click(qtbot, step.start)
    qtbot.waitUntil(lambda: "Now " in step.plot.accessibleDescription(), **WAIT)
    assert page.session.does(WizardJob.TRAINING)  # the curve is drawn while it goes on
    assert step.plot.isVisible()
    reached = step.training.step
    assert 0 < reached < STEPS
    go_to_page(qtbot, window, "library")
    qtbot.waitUntil(lambda: step.training.step > reached, **WAIT)
    go_to_page(qtbot, window, "adapt")
    qtbot.waitUntil(lambda: step.crop.view.state == "shown", **WAIT)
    qtbot.waitUntil(lambda: page.session.state.result is not None, **WHOLE_TRAINING)
    assert step.training.psnr_y_db.steps == list(range(MEASURED_EVERY, STEPS + 1, MEASURED_EVERY))
    assert f"Step {STEPS} of {STEPS}" in step.plot.accessibleDescription()
    assert [picture.title for picture in step.crop.view.pictures][:2] == ["Before", "Now"]


def judge_and_install(qtbot, page):
    assert page.index == RESULT
    step = page.steps[RESULT]
    qtbot.waitUntil(lambda: step.verdict.text().startswith("Better by"), **WAIT)
    qtbot.waitUntil(lambda: step.view.state == "shown", **WAIT)
    assert step.view.isVisible()
    assert step.table.rowCount() >= 1
    click(qtbot, step.install)
    qtbot.waitUntil(step.upscale.isVisible, **WAIT)
    assert f"Photos of {PHONE_NAME} get this profile" in step.advice.text()
    assert [profile.name for profile in list_profiles().profiles] == ["My phone"]
    click(qtbot, step.upscale)


def upscale(qtbot, window, photo):
    page = window.page("upscale")
    assert window.current_page is page
    qtbot.waitUntil(page.drop_zone.isVisible, **WAIT)
    drop(page.drop_zone, [photo])
    qtbot.waitUntil(lambda: page.queue.rowCount() == 1, **WAIT)
    item = page.queue.items[0]
    qtbot.waitUntil(lambda: item.network is not None and item.thumbnail is not None, **WAIT)
    assert (item.choice.kind, item.network.kind, item.network.name) == (
        "automatic",
        "profile",
        "My phone",
    )
    qtbot.waitUntil(page.bar.start.isEnabled, **WAIT)
    with qtbot.waitSignal(page.run.ended, **WAIT):
        click(qtbot, page.bar.start)
    assert item.state == "done", item.reason
    return item.output


def same_but_larger(photo, result):
    """Check the result's size, and that what the phone wrote is in it."""
    before, after = probe(photo), probe(result)
    assert (after.width_px, after.height_px) == (2 * before.width_px, 2 * before.height_px)
    assert after.camera == before.camera
    with Image.open(photo) as small, Image.open(result) as large:
        large.load()
        was, now = small.getexif(), large.getexif()
        for tag in (ExifTags.Base.Make, ExifTags.Base.Model, ExifTags.Base.Copyright):
            assert now[tag] == was[tag]
        assert now.get_ifd(ExifTags.IFD.GPSInfo) == was.get_ifd(ExifTags.IFD.GPSInfo)
        inner_was, inner_now = was.get_ifd(ExifTags.IFD.Exif), now.get_ifd(ExifTags.IFD.Exif)
        for tag in inner_was.keys() - IN_PIXELS:
            assert inner_now[tag] == inner_was[tag]
        assert inner_now[ExifTags.Base.ExifImageWidth] == large.width


def compare(qtbot, window, photo, result):
    page = window.page("upscale")
    row = page.view.visualRect(page.queue.index(0))
    click(qtbot, page.view.viewport(), row.center())
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    viewer = window.page("compare")
    assert window.current_page is viewer
    assert viewer.isVisible()
    qtbot.waitUntil(lambda: viewer.view.state == "shown", **WAIT)
    assert [(p.title, p.source) for p in viewer.view.pictures] == [
        ("Photo", photo),
        ("Result", result),
    ]
    assert viewer.view.problems == ("", "")
    assert viewer.view.mode == "split"
    qtbot.waitUntil(lambda: viewer.model.choices.are_known, **WAIT)
    assert [choice.name for choice in viewer.model.choices.profiles] == ["My phone"]


def nothing_goes_on():
    return all(thread.name != "background" for thread in threading.enumerate())


@pytest.fixture(params=[simulated_phone, real_phone], ids=["simulated phone", "real pairs"])
def belongings(request, tmp_path):
    return request.param(tmp_path / "belongings")


def test_from_an_empty_home_to_a_photo_that_is_larger_and_sharper(
    belongings, empty_home, context, window, qtbot
):
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, **WAIT)
    came_up = []
    QApplication.instance().focusWindowChanged.connect(came_up.append)
    assert list_profiles().profiles == ()
    page = go_to_page(qtbot, window, "adapt")
    say_which_phone(qtbot, page, belongings)
    choose_pairs(qtbot, page, belongings)
    choose_effort(qtbot, page)
    look_at_differences(qtbot, page)
    train(qtbot, window, page)
    judge_and_install(qtbot, page)
    result = upscale(qtbot, window, belongings.later)
    assert result.is_relative_to(output_folder(context.preferences))
    assert result.is_relative_to(empty_home)
    same_but_larger(belongings.later, result)
    compare(qtbot, window, belongings.later, result)
    QApplication.instance().focusWindowChanged.disconnect(came_up.append)
    assert [other for other in came_up if other is not None] == []  # nothing else flashed up
    qtbot.waitUntil(nothing_goes_on, **WAIT)

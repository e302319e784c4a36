"""The wizard from end to end for somebody who has nothing but photos of the phone."""

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt

from adaptsr_app.models.adaptation import STEPS
from adaptsr_app.pages.adapt.page import AdaptPage
from engine.backbones.installing import add_backbone
from engine.backbones.loading import save_backbone
from engine.data.sample_photos import TO_CHECK_ON, TO_LEARN_FROM
from engine.data.simulated_camera import PhoneCamera, photograph
from engine.profiles.library import find_profile
from tests.phone_samples import PHONE_NAME, as_the_phone_saves
from tests.photo_samples import CAMERA
from tests.tiny_backbones import tiny_backbone

WAIT = {"timeout": 60_000}
PHONE, PHOTOS, EFFORT, DIFFERENCES, TRAINING, RESULT = range(6)
SIDE_PX = 240


@pytest.fixture
def belongings(tmp_path):
    """A folder of six photos of a phone, and one of five sharp photos of other things."""
    photos = [*TO_LEARN_FROM, *TO_CHECK_ON]
    for number, photo in enumerate(photos[:6]):
        hr = photo.pixels(2)[60 : 60 + 2 * SIDE_PX, 40 : 40 + 2 * SIDE_PX]
        lr = photograph(hr, PhoneCamera(), scale=2, seed=number)
        as_the_phone_saves(lr, tmp_path / "phone" / f"IMG_{number}.jpg")
    (tmp_path / "sharp").mkdir()
    for number, photo in enumerate(photos[-5:]):
        sharp = Image.fromarray(photo.pixels(2)[:SIDE_PX, :SIDE_PX])
        sharp.save(tmp_path / "sharp" / f"{number}.png")
    return tmp_path


@pytest.fixture
def page(own_folders, context, qtbot, tmp_path):
    save_backbone(tiny_backbone("EDSR"), tmp_path / "tiny.safetensors")
    add_backbone(tmp_path / "tiny.safetensors")
    made = AdaptPage(context)
    qtbot.addWidget(made, before_close_func=lambda _page: context.jobs.stop_all())
    made.resize(1100, 800)
    made.show()
    made.shown()
    return made


def click(qtbot, button):
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def choose_tiny(qtbot, step):
    """Take the tiny network, which every job is done with in a moment."""
    step.session.cancel_current()
    qtbot.waitUntil(lambda: step.session.job is None, **WAIT)
    step.backbone.setCurrentIndex(step.backbone.findData("tiny"))
    step.backbone.activated.emit(step.backbone.currentIndex())
    for name, value in (("steps", 6), ("batch", 2), ("patch", 16), ("score_batches", 1)):
        step.advanced.changed.emit(name, value)


def test_a_phone_is_adapted_to_with_nothing_but_its_own_photos(page, belongings, qtbot):
    session, phone = page.session, page.steps[PHONE]
    phone.grid.dropped.emit(sorted((belongings / "phone").iterdir()))
    qtbot.waitUntil(lambda: session.background.is_idle and phone.name.text() != "", **WAIT)
    assert phone.name.text() == PHONE_NAME
    click(qtbot, page.next)

    photos = page.steps[PHOTOS]
    click(qtbot, photos.sources.cards["camera"].button)
    assert photos.folders.phone.folder == belongings / "phone"  # known from step 1
    photos.folders.sharp.choose(belongings / "sharp")
    qtbot.waitUntil(lambda: photos.report_card.check.state == "done", **WAIT)
    said = " ".join(photos.report_card.sentences)
    assert f"The photos were taken with {PHONE_NAME}." in said
    assert said.count("million pixels") == 2
    click(qtbot, page.next)

    effort = page.steps[EFFORT]
    choose_tiny(qtbot, effort)
    click(qtbot, effort.measure)
    qtbot.waitUntil(lambda: session.job is None, **WAIT)
    assert "of memory" in effort.needs.text(), page.banner.message
    click(qtbot, page.next)

    differences = page.steps[DIFFERENCES]
    qtbot.waitUntil(lambda: session.job is None and differences.is_ready, **WAIT)
    click(qtbot, page.next)

    training = page.training
    click(qtbot, training.start)
    qtbot.waitUntil(lambda: session.state.result is not None, **WAIT)
    assert "no real pairs" in training.notices.text()
    assert len(training.training.psnr_y_db.steps) == 6
    assert page.index == RESULT

    result = page.steps[RESULT]
    assert "made to look like your phone's" in page.sentence.text()
    qtbot.waitUntil(lambda: result.view.state == "shown", **WAIT)
    assert result.table.rowCount() == 2
    click(qtbot, result.install)
    qtbot.waitUntil(result.upscale.isVisible, **WAIT)
    made = find_profile(PHONE_NAME).provenance
    assert made.settings["lr_from"] == "camera"
    assert made.camera is not None
    assert (made.camera.make, made.camera.model) == ("Fabrik", CAMERA)
    assert made.data.folder == "sharp"
    assert Path(session.state.started.camera) == belongings / "phone"
    qtbot.waitUntil(lambda: session.job is None and session.background.is_idle, **WAIT)


def test_too_few_photos_of_the_phone_are_told_before_anything_starts(page, belongings, qtbot):
    for photo in sorted((belongings / "phone").iterdir())[3:]:
        photo.unlink()
    page.session.adaptation.update(
        name="Phone",
        source="camera",
        phone_folder=belongings / "phone",
        sharp_folder=belongings / "sharp",
        step=STEPS[PHOTOS],
    )
    page.go_to(PHOTOS)
    photos = page.steps[PHOTOS]
    qtbot.waitUntil(lambda: "3 phone photos; at least 5" in photos.summary.text(), **WAIT)
    assert not page.next.isEnabled()
    qtbot.waitUntil(lambda: photos.report_card.check.state == "done", **WAIT)
    assert not page.next.isEnabled()
    qtbot.waitUntil(lambda: page.session.background.is_idle, **WAIT)

"""The wizard's first steps: the phone, and photos to learn from."""

from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent

from adaptsr_app.pages.adapt.pair_dialog import PairDialog
from tests import registration_samples
from tests.gui.adapt.wizard_samples import PHONE, PHOTOS, WAIT, click, in_front
from tests.photo_samples import exif_block, scene


def test_the_phone_is_known_from_photos_that_are_dropped(make_page, qtbot, tmp_path):
    page = make_page()
    step = page.steps[PHONE]
    assert not page.next.isEnabled()
    path = tmp_path / "IMG_1.jpg"
    Image.fromarray(scene(30, 40)).save(path, exif=b"Exif\0\0" + exif_block())
    (tmp_path / "broken.jpg").write_bytes(b"no photo")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)), QUrl.fromLocalFile(str(tmp_path / "broken.jpg"))])
    step.grid.dropEvent(
        QDropEvent(
            QPointF(9, 9),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    qtbot.waitUntil(lambda: page.session.background.is_idle and step.name.text() != "", **WAIT)
    assert page.session.state.camera == "Fabrik Fotoapparat F-1"
    named = page.session.state.made_for
    assert (named.make, named.model, named.lens) == ("Fabrik", "Fotoapparat F-1", None)
    assert step.lenses.text() == "Linse 50mm f/2"
    assert step.name.text() == "Fabrik Fotoapparat F-1"
    assert page.next.isEnabled()
    click(qtbot, step.clear)
    assert step.grid.count() == 0
    step.name.clear()
    qtbot.keyClicks(step.name, "a/b")
    assert step.problem.text()
    assert not page.next.isEnabled()


def test_a_data_set_is_looked_into_and_judged_in_words(make_page, qtbot, pairs, tmp_path):
    page = make_page()
    page.session.adaptation.update(name="Phone")
    in_front(page, PHOTOS)
    step = page.steps[PHOTOS]
    assert step.grid.count() == 0
    click(qtbot, step.sources.cards["data set"].button)
    assert "Choose" in step.summary.text()
    step.folders.pairs.choose(pairs)
    qtbot.waitUntil(lambda: step.grid.count() == 4, **WAIT)
    assert step.summary.text() == "4 good pairs; 20 or more usually help."
    assert page.next.isEnabled()
    step.folders.pairs.choose(tmp_path)
    qtbot.waitUntil(lambda: "LR" in step.summary.text(), **WAIT)
    assert not page.next.isEnabled()
    qtbot.waitUntil(lambda: page.session.background.is_idle, **WAIT)


def test_phone_photos_alone_need_some_of_the_phone_and_some_sharp_ones(make_page, qtbot, tmp_path):
    for folder, count in (("phone", 5), ("sharp", 3), ("few", 2)):
        (tmp_path / folder).mkdir()
        for number in range(count):
            Image.fromarray(scene(30, 40)).save(tmp_path / folder / f"{number}.png")
    page = make_page()
    page.session.adaptation.update(name="Phone")
    in_front(page, PHOTOS)
    step = page.steps[PHOTOS]
    click(qtbot, step.sources.cards["camera"].button)
    step.folders.phone.choose(tmp_path / "few")
    step.folders.sharp.choose(tmp_path / "sharp")
    qtbot.waitUntil(lambda: "2 phone photos; at least 5" in step.summary.text(), **WAIT)
    assert not step.is_ready
    step.folders.phone.choose(tmp_path / "phone")
    qtbot.waitUntil(lambda: step.is_ready, **WAIT)
    settings = page.session.state.settings(tmp_path / "out")
    assert (settings.lr_from, settings.camera) == ("camera", tmp_path / "phone")
    qtbot.waitUntil(lambda: page.session.background.is_idle, **WAIT)


def test_photos_that_cannot_be_lined_up_say_so(make_page, qtbot, tmp_path):
    for folder in ("phone", "better"):
        (tmp_path / folder).mkdir()
    page = make_page()
    page.session.adaptation.update(name="Phone")
    in_front(page, PHOTOS)
    step = page.steps[PHOTOS]
    click(qtbot, step.sources.cards["pairs"].button)
    assert not step.folders.line_up.isEnabled()
    step.folders.phone.choose(tmp_path / "phone")
    step.folders.better.choose(tmp_path / "better")
    click(qtbot, step.folders.line_up)
    assert step.progress.isVisible()
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)
    assert page.banner.message is not None
    assert page.banner.message.text
    assert step.folders.line_up.isVisible()


def test_photos_of_two_cameras_are_lined_up_judged_and_can_be_seen_blinking(
    make_page, qtbot, tmp_path
):
    photo = registration_samples.scene("astronaut")
    for folder, pixels in (
        ("phone", registration_samples.Camera(zoom=0.55).photograph(photo)),
        ("better", photo),
    ):
        (tmp_path / folder).mkdir()
        Image.fromarray(pixels).save(tmp_path / folder / "a.png")
    page = make_page()
    page.session.adaptation.update(name="Phone", source="pairs")
    in_front(page, PHOTOS)
    step = page.steps[PHOTOS]
    step.folders.phone.choose(tmp_path / "phone")
    step.folders.better.choose(tmp_path / "better")
    click(qtbot, step.folders.line_up)
    qtbot.waitUntil(lambda: page.session.state.pairs is not None, **WAIT)
    qtbot.waitUntil(lambda: "1 good pair; at least 3" in step.summary.text(), **WAIT)
    assert page.session.state.pairs.is_relative_to(page.session.context.home)
    entry = step.grid.item(0)
    assert entry.toolTip() != entry.text()  # how well it fits
    step.grid.itemActivated.emit(entry)
    dialog = step.findChild(PairDialog)
    qtbot.waitUntil(lambda: dialog.view.state == "shown", **WAIT)
    assert dialog.view.mode == "blink"
    dialog.close()
    qtbot.waitUntil(lambda: page.session.background.is_idle, **WAIT)

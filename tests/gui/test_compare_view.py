"""The viewer: what it paints is what the pictures hold, and mouse and keyboard lead all panes."""

import io
import threading

import numpy as np
import pytest
from PIL import Image, ImageCms
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolButton

from adaptsr_app.widgets.compare_view import CompareView, ShownPicture
from adaptsr_app.widgets.compare_view import pyramid as pyramids
from engine.imaging.icc import profile_from_cicp, srgb_profile
from tests.photo_samples import scene

BELOW_CAPTIONS = 48
TIMEOUT = 20_000


def noise(width, height, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@pytest.fixture
def view(context, qtbot):
    made = CompareView(context.theme)
    qtbot.addWidget(made)
    made.resize(640, 480)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.stage.setFocus()
    return made


def show(qtbot, view, *pictures):
    with qtbot.waitSignal(view.settled, timeout=TIMEOUT):
        view.set_pictures(pictures)


def painted(qtbot, view):
    """Return what the stage shows once every tile is there, as RGB."""

    def is_sharp():
        view.stage.grab()
        return not view.stage._shelf.waits_for_tiles

    qtbot.waitUntil(is_sharp, timeout=TIMEOUT)
    image = view.stage.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def wheel(view, x, y, steps):
    place = QPointF(x, y)
    event = QWheelEvent(
        place,
        view.stage.mapToGlobal(place),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.stage, event)


@pytest.mark.parametrize("place", ["memory", "disk"])
def test_at_100_percent_every_pixel_is_the_pictures_own(qtbot, view, place, monkeypatch):
    if place == "disk":
        monkeypatch.setattr(pyramids, "IN_MEMORY_PX", 0)
    pixels = noise(1300, 1100)
    show(qtbot, view, ShownPicture("Noise", pixels))
    qtbot.keyClick(view.stage, Qt.Key.Key_1)
    for dx, dy in ((0, 0), (-333, -201), (-10_000, -10_000)):
        view.stage.viewport.pan(view.stage.panes[0], dx, dy)
        seen = painted(qtbot, view)
        target = view.stage.viewport.target(view.stage.panes[0])
        top, left = BELOW_CAPTIONS - int(target.y), -int(target.x)
        height, width = seen.shape[0] - BELOW_CAPTIONS - 4, seen.shape[1] - 8
        expected = pixels[top : top + height, left + 4 : left + 4 + width]
        assert np.array_equal(
            seen[BELOW_CAPTIONS : BELOW_CAPTIONS + height, 4 : 4 + width], expected
        )


def test_above_100_percent_pixels_are_whole_squares(qtbot, view):
    pixels = noise(1300, 1100)
    show(qtbot, view, ShownPicture("Noise", pixels))
    view.stage.zoom_to(3.0)
    seen = painted(qtbot, view)
    target = view.stage.viewport.target(view.stage.panes[0])
    rows = (np.arange(BELOW_CAPTIONS, seen.shape[0] - 4) - int(target.y)) // 3
    columns = (np.arange(4, seen.shape[1] - 4) - int(target.x)) // 3
    assert np.array_equal(seen[BELOW_CAPTIONS:-4, 4:-4], pixels[rows][:, columns])


def test_a_smooth_picture_fits_without_seams_between_tiles(qtbot, view):
    ramp = np.linspace(0, 255, 2500)[None, :, None].repeat(1900, 0).repeat(3, 2).astype(np.uint8)
    show(qtbot, view, ShownPicture("Ramp", ramp))
    seen = painted(qtbot, view).astype(int)
    target = view.stage.viewport.target(view.stage.panes[0])
    row = seen[300, int(target.x) + 3 : int(target.x + target.width) - 3, 0]
    assert view.stage.viewport.zoom < 0.5
    assert np.abs(np.diff(row)).max() <= 2


def test_a_small_and_a_large_picture_of_one_scene_lie_on_each_other(qtbot, view):
    small = noise(300, 200)
    large = small.repeat(2, axis=0).repeat(2, axis=1)
    show(qtbot, view, ShownPicture("Same", small), ShownPicture("Same", large))
    view.set_mode("difference")
    for zoom in (1.0, 2.0, 7.0):
        view.stage.zoom_to(zoom)
        assert painted(qtbot, view)[BELOW_CAPTIONS:-4, 4:-4].max() == 0


def test_equal_pictures_differ_by_nothing_and_others_by_what_they_do(qtbot, view):
    one = np.full((400, 500, 3), (100, 90, 80), np.uint8)
    show(
        qtbot,
        view,
        ShownPicture("A", one),
        ShownPicture("B", one.copy()),
        ShownPicture("C", one + np.uint8(10)),
    )
    view.set_mode("difference")
    view.stage.zoom_to(1.0)
    assert painted(qtbot, view)[200, 320].tolist() == [0, 0, 0]
    view.toolbar.right.setCurrentIndex(2)
    view.toolbar.right.activated.emit(2)
    gain = view.stage.scene.gain
    assert painted(qtbot, view)[200, 320].tolist() == [10 * gain] * 3


def test_the_handle_is_dragged_and_divides_the_pictures(qtbot, view):
    black, white = np.zeros((300, 400, 3), np.uint8), np.full((300, 400, 3), 255, np.uint8)
    show(qtbot, view, ShownPicture("Black", black), ShownPicture("White", white))
    view.stage.zoom_to(4.0)
    stage, y = view.stage, 200
    for share in (0.25, 0.8):
        start = QPoint(round(stage.scene.split * stage.width()), y)
        end = QPoint(round(share * stage.width()), y)
        qtbot.mousePress(stage, Qt.MouseButton.LeftButton, pos=start)
        qtbot.mouseMove(stage, end)
        qtbot.mouseRelease(stage, Qt.MouseButton.LeftButton, pos=end)
        seen = painted(qtbot, view)
        assert seen[100, end.x() - 6].tolist() == [0, 0, 0]
        assert seen[100, end.x() + 6].tolist() == [255, 255, 255]
    qtbot.mouseMove(stage, QPoint(20, y))
    assert stage.scene.split == pytest.approx(0.8, abs=0.01)


def test_the_wheel_keeps_the_point_under_the_cursor_and_all_panes_in_step(qtbot, view):
    pixels = scene(1500, 2000)
    show(qtbot, view, *(ShownPicture("Same", pixels) for _ in range(4)))
    view.set_mode("side by side")
    stage = view.stage
    pane = stage.panes[3]
    x, y = pane.x + 200, pane.y + 77
    for steps in (9, 4, -5):
        before = stage.viewport.place_of(pane, x, y)
        wheel(view, x, y, steps)
        after = stage.viewport.place_of(pane, x, y)
        assert np.abs(np.subtract(after, before)).max() <= 2 / min(stage.viewport.zoom, 1)
    seen = painted(qtbot, view)
    views = []
    for other in stage.panes:
        top, left = int(other.y), int(other.x)
        views.append(
            seen[top : top + int(other.height) - 4, left + 4 : left + int(other.width) - 4][4:]
        )
    assert all(np.array_equal(views[0], other) for other in views[1:])
    assert views[0].std() > 1


def test_dragging_moves_the_picture_with_the_cursor(qtbot, view):
    show(qtbot, view, ShownPicture("Noise", noise(3000, 2000)))
    view.stage.zoom_to(1.0)
    before = view.stage.viewport.target(view.stage.panes[0])
    qtbot.mousePress(view.stage, Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    qtbot.mouseMove(view.stage, QPoint(350, 170))
    qtbot.mouseRelease(view.stage, Qt.MouseButton.LeftButton, pos=QPoint(350, 170))
    after = view.stage.viewport.target(view.stage.panes[0])
    assert (after.x - before.x, after.y - before.y) == (50, -30)


def test_the_keyboard_does_what_the_mouse_does(qtbot, view):
    show(qtbot, view, ShownPicture("A", noise(3000, 2000)), ShownPicture("B", noise(3000, 2000, 1)))
    stage = view.stage

    def key(code, modifier=Qt.KeyboardModifier.NoModifier):
        qtbot.keyClick(stage, code, modifier)
        return stage.viewport

    fitting = stage.viewport.zoom
    assert key(Qt.Key.Key_1).zoom == 1.0
    assert key(Qt.Key.Key_Plus).zoom == 1.25
    assert key(Qt.Key.Key_Minus).zoom == 1.0
    left = stage.viewport.target(stage.panes[0]).x
    assert key(Qt.Key.Key_Right).target(stage.panes[0]).x < left
    assert key(Qt.Key.Key_Left).target(stage.panes[0]).x == left
    assert key(Qt.Key.Key_0).zoom == fitting
    split = stage.scene.split
    key(Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert stage.scene.split < split
    modes = []
    for _ in range(4):
        key(Qt.Key.Key_M)
        modes.append(view.mode)
    assert modes == ["side by side", "blink", "difference", "split"]
    assert "Split" in stage.accessibleDescription()
    key(Qt.Key.Key_L)
    assert stage.scene.has_loupe
    assert view.toolbar.loupe.isChecked()


def test_blinking_goes_by_itself_until_the_space_bar_takes_over(qtbot, view):
    pictures = [
        ShownPicture(name, np.full((90, 120, 3), 80 * k, np.uint8)) for k, name in enumerate("ABC")
    ]
    show(qtbot, view, *pictures)
    stage = view.stage
    view.set_mode("blink")
    first = stage.scene.shown
    qtbot.waitUntil(lambda: stage.scene.shown != first, timeout=TIMEOUT)
    qtbot.keyClick(stage, Qt.Key.Key_Space)
    assert not stage._blinking.isActive()
    titles = []
    for _ in range(3):
        titles.append(stage.scene.shown[0].picture.title)
        qtbot.keyClick(stage, Qt.Key.Key_Space)
    assert sorted(titles) == ["A", "B", "C"]
    view.set_mode("blink")
    assert stage._blinking.isActive()
    view.hide()
    assert not stage._blinking.isActive()


def test_the_loupe_magnifies_what_is_under_the_cursor(qtbot, view):
    pixels = noise(1300, 1100)
    show(qtbot, view, ShownPicture("Noise", pixels))
    view.stage.zoom_to(1.0)
    view.stage.set_loupe(True)
    qtbot.mouseMove(view.stage, QPoint(300, 250))
    seen = painted(qtbot, view)
    x, y = view.stage.viewport.place_of(view.stage.panes[0], 300, 250)
    assert np.array_equal(
        seen[250:254, 300:304], pixels[int(y), int(x)][None, None].repeat(4, 0).repeat(4, 1)
    )


def test_a_photos_own_colours_are_converted_and_srgb_is_left_alone(qtbot, view, tmp_path):
    display_p3 = profile_from_cicp(12, 13)
    patch = np.full((200, 300, 3), (200, 120, 60), np.uint8)
    Image.fromarray(patch).save(tmp_path / "p3.png", icc_profile=display_p3)
    Image.fromarray(patch).save(tmp_path / "srgb.png", icc_profile=srgb_profile())
    show(
        qtbot,
        view,
        ShownPicture("P3", tmp_path / "p3.png"),
        ShownPicture("sRGB", tmp_path / "srgb.png"),
    )
    seen = painted(qtbot, view)
    expected = np.asarray(
        ImageCms.profileToProfile(
            Image.fromarray(patch),
            ImageCms.ImageCmsProfile(io.BytesIO(display_p3)),
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        )
    )[0, 0]
    assert np.abs(seen[150, 280].astype(int) - expected).max() <= 1
    assert not np.array_equal(expected, patch[0, 0])
    assert seen[150, 360].tolist() == patch[0, 0].tolist()


def test_what_cannot_be_shown_says_why_beside_what_can(qtbot, view, tmp_path):
    (tmp_path / "notes.jpg").write_text("no photo")
    show(
        qtbot,
        view,
        ShownPicture("Mine", tmp_path / "notes.jpg"),
        ShownPicture("Other", noise(60, 40)),
    )
    assert view.state == "shown"
    assert view.problems[0].startswith("This is not a photo.")
    assert view.problems[1] == ""
    show(qtbot, view, ShownPicture("Gone", tmp_path / "gone.png"))
    assert view.state == "failed"
    view.clear()
    assert view.state == "empty"


def test_a_pane_is_never_empty_while_its_tiles_are_loaded(qtbot, view):
    grey = np.full((2000, 3000, 3), 200, np.uint8)
    with qtbot.waitSignal(view.state_changed, timeout=TIMEOUT):
        view.set_pictures([ShownPicture("Grey", grey)])
    qtbot.waitUntil(lambda: view.state == "shown", timeout=TIMEOUT)
    view.stage._shelf._loader._tiles.close()  # nothing else will ever arrive
    for zoom in (1.0, 0.5):
        view.stage.zoom_to(zoom)
        image = view.stage.grab().toImage()
        assert image.pixelColor(320, 300).getRgb()[:3] == (200, 200, 200)
    assert view.stage._shelf.waits_for_tiles


def test_a_picture_that_stays_is_not_opened_again(qtbot, view):
    first, second = ShownPicture("A", noise(300, 200)), ShownPicture("B", noise(300, 200, 1))
    show(qtbot, view, first)
    opened = view.stage._shelf.entries[0].opened
    view.stage.zoom_to(2.0)
    with qtbot.waitSignal(view.settled, timeout=TIMEOUT):
        view.set_pictures([first, second], keep_view=True)
    assert view.stage._shelf.entries[0].opened is opened
    assert view.stage.viewport.zoom == 2.0


def test_leaving_while_a_picture_is_being_opened_leaves_no_thread(context, qtbot, tmp_path):
    Image.fromarray(noise(3000, 2000)).save(tmp_path / "large.png", compress_level=1)
    made = CompareView(context.theme)
    made.show()
    made.set_pictures([ShownPicture("Large", tmp_path / "large.png")])
    assert made.state == "loading"
    assert any(thread.name == "open pictures" for thread in threading.enumerate())
    made.close()
    made.deleteLater()
    QCoreApplication.sendPostedEvents(made, QEvent.Type.DeferredDelete.value)
    assert not any(thread.name == "open pictures" for thread in threading.enumerate())


def test_every_control_has_a_name_and_modes_follow_their_buttons(qtbot, view):
    show(qtbot, view, ShownPicture("A", noise(30, 20)), ShownPicture("B", noise(30, 20, 1)))
    buttons = {button.accessibleName(): button for button in view.findChildren(QToolButton)}
    assert "" not in buttons
    for name, mode in (("Blink", "blink"), ("Difference", "difference"), ("Split", "split")):
        qtbot.mouseClick(buttons[name], Qt.MouseButton.LeftButton)
        assert view.mode == mode
    assert view.stage.accessibleName()

"""The upscale page, driven as a user does, with the real engine on a tiny network."""

import warnings

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from adaptsr_app.models.network_choices import AUTOMATIC, NetworkChoice
from adaptsr_app.pages.upscale import UpscalePage
from engine.backbones.loading import save_backbone
from engine.events import PhotoFailed, PhotoStarted
from engine.profiles.library import default_library
from tests.photo_samples import scene
from tests.profile_samples import save_sample_profile
from tests.tiny_backbones import tiny_backbone

WAIT_MS = 20_000


@pytest.fixture
def page(context, qtbot, tmp_path):
    context.preferences.output_folder = tmp_path / "out"
    context.preferences.device = "cpu"
    host = QWidget()
    host.resize(1100, 760)
    qtbot.addWidget(host, before_close_func=lambda _host: context.jobs.stop_all())
    made = UpscalePage(context)
    made.setParent(host)
    made.resize(host.size())
    host.show()
    made.shown()
    yield made
    made.intake.close()
    context.jobs.stop_all()
    QApplication.processEvents()
    host.hide()


@pytest.fixture
def folder(tmp_path):
    """Three photos: two of a camera that is known, one that names none."""
    made = tmp_path / "photos"
    made.mkdir()
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Apple", "iPhone X"
    for index, block in enumerate((exif.tobytes(), exif.tobytes(), b"")):
        Image.fromarray(scene(30, 40, seed=index)).save(made / f"{index}.jpg", exif=block)
    return made


@pytest.fixture
def profile():
    """A profile of that camera in the library."""
    folder = default_library() / "phone"
    save_sample_profile(folder)
    return NetworkChoice("profile", "phone", 2, folder)


@pytest.fixture
def tiny(tmp_path):
    """A tiny network as the choice of a photo."""
    save_backbone(tiny_backbone("SAFMN"), tmp_path / "tiny.safetensors")
    return NetworkChoice("backbone", str(tmp_path / "tiny.safetensors"), 2)


def fill(page, qtbot, paths, choice=None):
    """Add photos, and wait until everything is known of each."""
    page.add_paths(list(paths))
    qtbot.waitUntil(
        lambda: (
            page.queue.rowCount() > 0
            and page.intake.choices.are_known
            and page.intake.is_settled
            and all(item.facts and (item.thumbnail or item.reason) for item in page.queue.items)
        ),
        timeout=WAIT_MS,
    )
    if choice is not None:
        page.selection.chosen.emit(choice)


def press(page, qtbot, text):
    def shown():
        return [b for b in page.findChildren(QPushButton) if b.isVisible() and b.text() == text]

    qtbot.waitUntil(lambda: bool(shown()))
    qtbot.mouseClick(shown()[0], Qt.MouseButton.LeftButton)


def size_of(path):
    with Image.open(path) as image:
        return image.size


def run_to_the_end(page, qtbot):
    with qtbot.waitSignal(page.run.ended, timeout=WAIT_MS):
        qtbot.mouseClick(page.bar.start, Qt.MouseButton.LeftButton)


def states(page):
    return [item.state for item in page.queue.items]


def shown_words(page):
    return " | ".join(text.text() for text in page.findChildren(QLabel) if text.isVisible())


def test_an_empty_page_says_what_to_do_and_takes_what_is_dropped(page, qtbot, folder):
    assert page.drop_zone.isVisible()
    assert "Drop photos or folders here" in shown_words(page)
    assert not page.view.isVisible()
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder)), QUrl("https://example.org/b.jpg")])
    where, copy = QPointF(300, 300), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Qt wants QPointF, older QPoint
        enter = QDragEnterEvent(where.toPoint(), copy, mime, left, none)
    QApplication.sendEvent(page.drop_zone, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(page.drop_zone, QDropEvent(where, copy, mime, left, none))
    assert "Looking for photos" in shown_words(page)
    qtbot.waitUntil(lambda: page.queue.rowCount() == 3, timeout=WAIT_MS)
    assert page.view.isVisible()
    assert not page.drop_zone.isVisible()


def test_each_photo_gets_the_profile_of_its_camera(page, qtbot, folder, profile):
    fill(page, qtbot, [folder])
    first, _, other = page.queue.items
    assert first.facts.camera_name == "Apple iPhone X"
    assert first.network == profile
    assert first.result_px == (80, 60)
    assert (first.thumbnail.width(), first.thumbnail.height()) == (128, 96)
    assert other.network.kind == "backbone"
    page.selection.chosen.emit(profile)
    assert [item.network for item in page.queue.items] == [profile] * 3


def test_photos_become_results_and_can_be_compared(page, qtbot, context, folder, tiny):
    fill(page, qtbot, [folder], tiny)
    assert page.bar.start.text() == "Upscale 3 photos"
    run_to_the_end(page, qtbot)
    assert states(page) == ["done"] * 3
    outputs = [item.output for item in page.queue.items]
    assert [size_of(output) for output in outputs] == [(80, 60)] * 3
    assert page.banner.message.title == "3 done"
    assert not page.bar.start.isEnabled()
    page.view.setCurrentIndex(page.queue.index(1))
    page.view.setFocus()
    with qtbot.waitSignal(context.navigation.comparison_requested) as requested:
        qtbot.keyClick(page.view, Qt.Key.Key_Return)
    assert requested.args[0] == [("Photo", folder / "1.jpg"), ("Result", outputs[1])]


def test_rows_with_different_choices_run_as_one_job(page, qtbot, folder, tiny, profile):
    started = []
    page.context.jobs.started.connect(started.append)
    fill(page, qtbot, [folder], tiny)
    page.view.setCurrentIndex(page.queue.index(0))
    page.selection.chosen.emit(profile)
    run_to_the_end(page, qtbot)
    assert states(page) == ["done"] * 3
    assert len(started) == 1
    assert [item.output.name for item in page.queue.items] == [
        "0_phone_x2.jpg",
        "1_tiny_x2.jpg",
        "2_tiny_x2.jpg",
    ]


def test_a_damaged_photo_says_why_and_the_others_go_on(page, qtbot, folder, tiny):
    whole = (folder / "1.jpg").read_bytes()
    (folder / "1.jpg").write_bytes(whole[:-40])
    fill(page, qtbot, [folder], tiny)
    assert "damaged" in page.queue.items[1].reason
    run_to_the_end(page, qtbot)
    assert states(page) == ["done", "failed", "done"]
    assert "damaged" in page.queue.items[1].reason
    assert str(folder) not in page.queue.items[1].reason
    assert page.banner.message.title == "2 done, 1 failed"
    (folder / "1.jpg").write_bytes(whole)
    with qtbot.waitSignal(page.run.ended, timeout=WAIT_MS):
        press(page, qtbot, "Try the failed again")
    assert states(page) == ["done"] * 3


def test_what_is_finished_is_not_done_again(page, qtbot, folder, tiny):
    fill(page, qtbot, [folder], tiny)
    run_to_the_end(page, qtbot)
    outputs = [item.output for item in page.queue.items]
    changed = [output.stat().st_mtime_ns for output in outputs]
    page.view.selectAll()
    page.actions_of_rows.retry()
    assert states(page) == ["waiting"] * 3
    run_to_the_end(page, qtbot)
    assert states(page) == ["skipped"] * 3
    assert page.banner.message.title == "3 were there already"
    assert [item.output for item in page.queue.items] == outputs
    assert [output.stat().st_mtime_ns for output in outputs] == changed


def test_pause_holds_and_stop_leaves_nothing_half_finished(page, qtbot, tmp_path, tiny):
    for index in range(3):
        Image.fromarray(scene(480, 640, seed=index)).save(tmp_path / f"{index}.png")
    fill(page, qtbot, sorted(tmp_path.glob("*.png")), tiny)
    qtbot.mouseClick(page.bar.start, Qt.MouseButton.LeftButton)
    assert page.bar.pause.isVisible()
    assert not page.options.body.isEnabled()
    qtbot.waitUntil(lambda: "working" in states(page), timeout=WAIT_MS)
    press(page, qtbot, "Pause")
    assert page.bar.left.text() == "Paused"
    qtbot.wait(100)
    before = [(item.state, item.share) for item in page.queue.items]
    qtbot.wait(200)
    assert [(item.state, item.share) for item in page.queue.items] == before
    press(page, qtbot, "Go on")
    qtbot.waitUntil(lambda: "done" in states(page), timeout=WAIT_MS)
    with qtbot.waitSignal(page.run.ended, timeout=WAIT_MS):
        press(page, qtbot, "Stop")
    assert "working" not in states(page)
    assert "waiting" in states(page)
    assert page.banner.message.title.startswith("Stopped")
    written = {path.name for path in (tmp_path / "out").glob("*.png")}
    assert written == {item.output.name for item in page.queue.items if item.output}
    assert page.options.body.isEnabled()


def test_a_network_that_is_gone_fails_its_photos_and_lets_try_again(page, qtbot, folder, tmp_path):
    gone = NetworkChoice("backbone", str(tmp_path / "gone.safetensors"), 2)
    fill(page, qtbot, [folder], gone)
    run_to_the_end(page, qtbot)
    assert states(page) == ["failed"] * 3
    assert all("gone.safetensors" in item.reason for item in page.queue.items)
    assert page.banner.isVisible()
    save_backbone(tiny_backbone("SAFMN"), tmp_path / "gone.safetensors")
    with qtbot.waitSignal(page.run.ended, timeout=WAIT_MS):
        press(page, qtbot, "Try the failed again")
    assert states(page) == ["done"] * 3


def test_an_error_of_the_job_shows_what_to_do_and_lets_try_again(
    page, qtbot, folder, tmp_path, tiny
):
    blocked = tmp_path / "blocked"
    blocked.write_bytes(b"a file where the folder of results should be")
    page.context.preferences.output_folder = blocked
    fill(page, qtbot, [folder], tiny)
    run_to_the_end(page, qtbot)
    assert states(page) == ["waiting"] * 3
    assert "folder" in page.banner.message.text
    blocked.unlink()
    with qtbot.waitSignal(page.run.ended, timeout=WAIT_MS):
        press(page, qtbot, "Try again")
    assert states(page) == ["done"] * 3


def test_files_of_others_are_named_in_a_question_before_they_are_replaced(
    page, qtbot, folder, tmp_path, tiny
):
    preferences = page.context.preferences
    preferences.output_folder = tmp_path / "out"
    preferences.overwrite = True
    preferences.name_template = "{stem}"
    foreign = tmp_path / "out" / "0.jpg"
    foreign.parent.mkdir()
    foreign.write_bytes(b"somebody's")
    fill(page, qtbot, [folder], tiny)
    run_to_the_end(page, qtbot)
    assert states(page).count("failed") == 1
    assert foreign.read_bytes() == b"somebody's"
    assert str(foreign) in page.banner.message.text
    with qtbot.waitSignal(page.run.ended, timeout=WAIT_MS):
        press(page, qtbot, "Replace it")
    assert states(page) == ["done"] * 3
    assert foreign.read_bytes() != b"somebody's"


def test_options_are_remembered_and_used(page, qtbot, context, folder, tiny):
    options = page.options
    options.result_size.mode.setCurrentText("Longest side")
    options.result_size.longest.setValue(100)
    options.format.format.setCurrentText("PNG")
    options.name.setText("{stem}-large")
    fill(page, qtbot, [folder / "0.jpg"], tiny)
    assert options.example.text() == "0-large.png"
    assert page.queue.items[0].result_px == (100, 75)
    run_to_the_end(page, qtbot)
    assert page.queue.items[0].output.name == "0-large.png"
    assert size_of(page.queue.items[0].output) == (100, 75)
    assert '"longest_px": 100' in (context.home / "window.json").read_text()


def test_a_name_pattern_that_cannot_work_says_so_at_once(page, qtbot, folder, tiny):
    fill(page, qtbot, [folder / "0.jpg"], tiny)
    page.options.name.setText("result")
    assert "one name" in page.options.example.text()
    page.options.name.setText("{stem}")
    assert page.options.example.text() == "0.jpg"


def test_rows_are_removed_and_moved_by_keys(page, qtbot, folder):
    fill(page, qtbot, [folder])
    page.view.setFocus()
    page.view.setCurrentIndex(page.queue.index(2))
    qtbot.keyClick(page.view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [item.path.name for item in page.queue.items] == ["0.jpg", "2.jpg", "1.jpg"]
    assert page.view.selected_rows() == [1]
    qtbot.keyClick(page.view, Qt.Key.Key_Delete)
    assert [item.path.name for item in page.queue.items] == ["0.jpg", "1.jpg"]
    page.view.selectAll()
    qtbot.keyClick(page.view, Qt.Key.Key_Delete)
    assert page.drop_zone.isVisible()


def test_what_is_no_photo_fails_at_once_and_what_is_missing_is_named(page, qtbot, tmp_path):
    (tmp_path / "notes.png").write_bytes(b"nothing")
    fill(page, qtbot, [tmp_path / "notes.png", tmp_path / "gone.jpg"])
    assert states(page) == ["failed"]
    assert "not a photo" in page.queue.items[0].reason
    assert "gone.jpg" in page.banner.message.text
    assert not page.bar.start.isEnabled()
    Image.fromarray(scene(30, 40)).save(tmp_path / "notes.png")
    page.view.selectAll()
    page.actions_of_rows.retry()
    qtbot.waitUntil(lambda: page.queue.items[0].result_px == (80, 60), timeout=WAIT_MS)
    assert states(page) == ["waiting"]


def test_photos_dropped_on_the_list_join_it(window, context, qtbot, folder):
    page = window.page("upscale")
    window.show_page("upscale")
    fill(page, qtbot, [folder / "0.jpg"])
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder / "1.jpg"))])
    where, copy = QPointF(30, 200), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        enter = QDragEnterEvent(where.toPoint(), copy, mime, left, none)
    QApplication.sendEvent(page.view.viewport(), enter)
    assert enter.isAccepted()
    QApplication.sendEvent(page.view.viewport(), QDropEvent(where, copy, mime, left, none))
    qtbot.waitUntil(lambda: page.queue.rowCount() == 2, timeout=WAIT_MS)


def menu_entry(page, text):
    return next(action for action in page.networks.actions() if text in action.text())


@pytest.mark.qt_log_ignore("does not support grabbing the keyboard")
def test_each_row_has_its_own_choice_by_mouse(page, qtbot, folder, profile):
    page.context.preferences.show_preview = False
    fill(page, qtbot, [folder])
    page.view.selectAll()
    index = page.queue.index(2)
    place = page.view.rows.network_place(page.view.visualRect(index), index)

    assert place.isValid()
    qtbot.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=place.center())
    qtbot.waitUntil(page.networks.isVisible)
    assert page.view.selected_rows() == [2]
    assert menu_entry(page, "Automatic").isChecked()
    menu_entry(page, "phone").trigger()
    page.networks.close()
    assert [item.choice.kind for item in page.queue.items] == ["automatic", "automatic", "profile"]
    assert page.queue.items[2].network == profile
    qtbot.mouseClick(page.view.viewport(), Qt.MouseButton.LeftButton, pos=QPointF(90, 20).toPoint())
    assert not page.networks.isVisible()


@pytest.mark.qt_log_ignore("does not support grabbing the keyboard")
def test_each_row_has_its_own_choice_by_keyboard(page, qtbot, folder, profile):
    fill(page, qtbot, [folder])
    page.window().activateWindow()
    qtbot.waitUntil(page.window().isActiveWindow)
    page.view.setFocus()
    page.view.setCurrentIndex(page.queue.index(1))
    qtbot.keyClick(page.view, Qt.Key.Key_F4)
    qtbot.waitUntil(page.networks.isVisible)
    for _ in range(2):
        qtbot.keyClick(page.networks, Qt.Key.Key_Down)
    qtbot.keyClick(page.networks, Qt.Key.Key_Return)
    assert not page.networks.isVisible()
    assert [item.choice for item in page.queue.items] == [AUTOMATIC, profile, AUTOMATIC]


@pytest.fixture
def make_page(context, qtbot, tmp_path):
    """Makes the page as the next start of the program would."""
    context.preferences.output_folder = tmp_path / "out"
    context.preferences.device = "cpu"
    pages = []

    def make():
        for before in pages:
            before.hide()
            before.kept.flush()
        made = UpscalePage(context)
        qtbot.addWidget(made, before_close_func=lambda _page: context.jobs.stop_all())
        made.resize(1100, 760)
        made.show()
        made.shown()
        qtbot.waitUntil(lambda: made.kept._is_read and made.kept._reading.is_idle, timeout=WAIT_MS)
        QApplication.processEvents()
        pages.append(made)
        return made

    yield make
    for page in pages:
        page.intake.close()
        page.hide()


def test_what_was_not_finished_is_gone_on_with_at_the_next_start(make_page, qtbot, folder, tiny):
    first = make_page()
    assert first.banner.message is None
    fill(first, qtbot, [folder], tiny)
    first.queue.items[0].state = "done"
    first.queue.tell()

    again = make_page()
    assert again.banner.message.title == "2 photos were not finished"
    assert again.queue.rowCount() == 0
    assert again.drop_zone.isVisible()
    with qtbot.waitSignal(again.run.ended, timeout=WAIT_MS):
        press(again, qtbot, "Go on")
    assert [item.path.name for item in again.queue.items] == ["1.jpg", "2.jpg"]
    assert [item.choice for item in again.queue.items] == [tiny, tiny]
    assert states(again) == ["done", "done"]
    assert make_page().banner.message is None


def test_a_run_that_was_cut_off_waits_again(make_page, qtbot, folder, tiny):
    first = make_page()
    fill(first, qtbot, [folder], tiny)
    first.queue.begin_run(first.queue.items)
    first.queue.fold(PhotoStarted(folder / "0.jpg", 0, 3))
    first.queue.fold(PhotoFailed(folder / "1.jpg", "This photo is damaged."))
    assert states(first) == ["working", "failed", "waiting"]

    again = make_page()
    assert again.banner.message.title == "2 photos were not finished"
    press(again, qtbot, "Only list them")
    qtbot.waitUntil(lambda: again.queue.rowCount() == 3, timeout=WAIT_MS)
    assert states(again) == ["waiting", "failed", "waiting"]
    assert again.queue.items[1].reason == "This photo is damaged."
    assert again.run.job is None


def test_photos_and_profiles_that_are_gone_are_named(make_page, qtbot, folder, tmp_path):
    first = make_page()
    fill(first, qtbot, [folder], NetworkChoice("profile", "Anna", 2, tmp_path / "Anna"))
    first.kept.flush()
    (folder / "1.jpg").unlink()

    again = make_page()
    assert again.banner.message.title == "2 photos were not finished"
    assert "Not there any more: 1.jpg." in again.banner.message.text
    assert "Anna, which is not among your profiles" in again.banner.message.text
    press(again, qtbot, "Only list them")
    assert [item.choice for item in again.queue.items] == [AUTOMATIC, AUTOMATIC]


def test_an_offer_waits_while_other_photos_are_worked_on_and_can_be_turned_down(
    make_page, qtbot, folder, tiny
):
    first = make_page()
    fill(first, qtbot, [folder / "0.jpg"], tiny)

    again = make_page()
    fill(again, qtbot, [folder / "1.jpg"], tiny)
    assert again.banner.message.title == "1 photo was not finished"

    third = make_page()
    assert third.banner.message.title == "2 photos were not finished"
    press(third, qtbot, "Forget them")
    assert third.banner.message is None
    assert make_page().banner.message is None


def test_a_damaged_list_of_photos_costs_nothing_but_the_offer(make_page, context):
    context.home.mkdir(parents=True, exist_ok=True)
    (context.home / "queue.json").write_text('{"photos": [{"path": 3}]}')
    assert make_page().banner.message is None


def test_a_list_that_cannot_be_kept_is_said_once(page, qtbot, context, folder):
    qtbot.waitUntil(lambda: page.kept._is_read, timeout=WAIT_MS)
    (context.home / "queue.json").unlink(missing_ok=True)
    (context.home / "queue.json").mkdir(parents=True)
    page.add_paths([folder])
    qtbot.waitUntil(page.banner.isVisible, timeout=WAIT_MS)
    assert "cannot be kept" in page.banner.message.title

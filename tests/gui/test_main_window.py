"""The window: pages by mouse and keyboard, jobs at the foot, files from anywhere, safe leaving."""

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QProgressBar, QToolButton, QWidget

from adaptsr_app.main_window import MainWindow
from adaptsr_app.pages import PAGES
from adaptsr_app.settings import load_preferences
from adaptsr_app.single_instance import SingleInstance
from engine.events import Progress


def waiting_job(started):
    def work(emit, token):
        emit(Progress("train", 1, 4, eta_s=120))
        started.set()
        while True:
            token.check()

    return work


@pytest.mark.parametrize("kind", PAGES, ids=lambda kind: kind.key)
def test_every_page_opens_by_its_button_and_by_its_number(window, qtbot, kind):
    others = [page for page in PAGES if page is not kind]
    button = next(
        b for b in window.findChildren(QToolButton) if b.text() == window.page(kind.key).title
    )
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert window.current_page.key == kind.key
    assert window.current_page.isVisible()
    for other in others:
        window.show_page(other.key)
    number = getattr(Qt.Key, f"Key_{PAGES.index(kind) + 1}")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.keyClick(window, number, Qt.KeyboardModifier.ControlModifier)
    assert window.current_page.key == kind.key


def test_every_control_has_a_name_for_screen_readers(window):
    for kind in PAGES:
        window.show_page(kind.key)
    nameless = [
        f"{type(button).__name__} in {type(button.parent()).__name__}"
        for button in window.findChildren(QToolButton)
        if button.isVisible() and not (button.accessibleName() or button.text())
    ]
    assert nameless == []


def test_a_running_job_shows_at_the_foot_of_the_rail_until_it_ends(window, context, qtbot):
    started = threading.Event()
    job = context.jobs.start("adapt", "Adapting", waiting_job(started))
    qtbot.waitUntil(lambda: any(bar.value() for bar in window.findChildren(QProgressBar)))
    assert [b.text() for b in window.findChildren(QToolButton) if b.text() == "Adapting"]
    with qtbot.waitSignal(context.jobs.ended, timeout=10_000):
        job.cancel()
    qtbot.waitUntil(
        lambda: not [b for b in window.findChildren(QToolButton) if b.text() == "Adapting"]
    )


def test_files_dropped_anywhere_reach_the_upscale_page(window, context, tmp_path):
    handed = []
    context.navigation.photos_dropped.connect(handed.extend)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.jpg")), QUrl("https://example.org/b.jpg")])
    where, copy = QPointF(300, 300), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where.toPoint(), copy, mime, left, none)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(window, QDropEvent(where, copy, mime, left, none))
    assert handed == [tmp_path / "a.jpg"]


@pytest.mark.parametrize("stops", [True, False])
def test_leaving_while_working_asks_first(window, context, qtbot, stops):
    started = threading.Event()
    job = context.jobs.start("adapt", "Adapting", waiting_job(started))
    qtbot.waitUntil(started.is_set)

    def answer():
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        assert "Adapting" in box.text()
        requested = "Stop and quit" if stops else "Keep working"
        qtbot.mouseClick(
            next(b for b in box.buttons() if b.text() == requested), Qt.MouseButton.LeftButton
        )

    QTimer.singleShot(100, answer)
    window.close()
    if stops:
        qtbot.waitUntil(lambda: not window.isVisible())
        assert context.jobs.jobs == ()
    else:
        assert window.isVisible()
        assert job.state == "running"


def test_size_and_page_are_remembered(context, qtbot):
    first = MainWindow(context)
    qtbot.addWidget(first)
    first.show()
    first.resize(900, 707)  # the screen of the tests is no wider
    first.show_page("settings")
    first.close()
    context.preferences = load_preferences(context.home / "window.json")
    second = MainWindow(context)
    qtbot.addWidget(second)
    assert (second.width(), second.height()) == (900, 707)
    assert second.current_page.key == "settings"


def test_dark_and_light_repaint_the_window(window, context):
    seen = set()
    for appearance in ("light", "dark"):
        context.theme.set_appearance(appearance)
        seen.add(QWidget.grab(window).toImage().pixelColor(400, 700).name())
    assert len(seen) == 2


def test_a_second_start_hands_its_files_to_the_first(qtbot, tmp_path):
    name = f"adaptsr-test-{tmp_path.name}"
    first, second = SingleInstance(name), SingleInstance(name)
    assert not second.hand_over([])
    first.listen()
    with qtbot.waitSignal(first.handed_over, timeout=10_000) as handed:
        assert second.hand_over([Path("a.jpg")])
    assert handed.args[0] == [Path("a.jpg").absolute()]

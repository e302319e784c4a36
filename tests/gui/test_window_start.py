"""The window's start: pages appear one bit after another, and nothing heavy before they are asked."""

import subprocess
import sys

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QAbstractButton

from adaptsr_app.jobs.engine_loader import EngineLoader
from adaptsr_app.pages import PAGES
from adaptsr_app.pages.adapt.page import AdaptPage

_BUILD = """
import sys
from pathlib import Path
from adaptsr_app.application import make_application, make_context
from adaptsr_app.main_window import MainWindow
application = make_application(["adaptsr"])
window = MainWindow(make_context(application, Path(sys.argv[1])))
window.show()
application.processEvents()
heavy = ("torch", "cv2", "pyqtgraph", "spandrel", "numpy", "PIL")
print(*(name for name in heavy if name in sys.modules))
"""

_CLOSE_WHILE_AT_WORK = """
import torch
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from adaptsr_app import application
from adaptsr_app.jobs.background import Background

def work_for_long():
    while True:
        torch.zeros(3).add(1)

def close():
    background = Background(QApplication.instance(), threads=4)
    for _ in range(4):
        background.submit(work_for_long, print)
    QApplication.instance().quit()

make = application.make_application
def make_and_close_later(arguments):
    made = make(arguments)
    QTimer.singleShot(300, close)
    return made
application.make_application = make_and_close_later
raise SystemExit(application.open_window([]))
"""


def test_a_window_closed_while_it_reads_does_not_end_in_a_crash():
    command = [sys.executable, "-c", _CLOSE_WHILE_AT_WORK]
    ran = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_only_the_page_in_front_is_there_at_first_and_the_others_follow(window, qtbot):
    built = [entry.key for entry in PAGES if entry.key in window.built_pages]
    assert built == [window.current_page.key]
    window.build_rest()
    qtbot.waitUntil(lambda: len(window.built_pages) == len(PAGES), timeout=20_000)


def test_no_button_is_ringed_before_a_key_was_pressed(window, qtbot):
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    assert not isinstance(window.focusWidget(), QAbstractButton)
    qtbot.keyClick(window, Qt.Key.Key_Tab)
    assert isinstance(window.focusWidget(), QAbstractButton)


def test_events_are_answered_between_the_steps_of_the_wizard(window, qtbot):
    *between, page = AdaptPage.in_parts(window.page("settings").context)
    qtbot.addWidget(page)
    assert between == [None] * (len(page.steps) + 1)
    beats: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: beats.append(len(window.built_pages)))
    timer.start(0)
    window.build_rest()
    qtbot.waitUntil(lambda: len(window.built_pages) == len(PAGES), timeout=20_000)
    timer.stop()
    assert len(beats) > len(between)  # one at least after every bit


def test_a_page_asked_for_half_way_is_finished_at_once_and_built_once(window, qtbot, qapp):
    window.build_rest()
    qapp.processEvents()
    assert "adapt" not in window.built_pages
    window.show_page("adapt")
    assert isinstance(window.current_page, AdaptPage)
    qtbot.waitUntil(lambda: len(window.built_pages) == len(PAGES), timeout=20_000)
    assert window.findChildren(AdaptPage) == [window.current_page]


def test_the_loader_has_loaded_pages_and_engine_when_it_says_so(qapp, qtbot):
    loader = EngineLoader([entry.module for entry in PAGES])
    with qtbot.waitSignal(loader.finished, timeout=60_000):
        loader.start()
    loader.wait()
    assert {entry.module for entry in PAGES} <= set(sys.modules)
    assert {"torch", "spandrel", "engine.jobs.adapt", "engine.jobs.upscale"} <= set(sys.modules)


def test_the_first_paint_loads_nothing_that_computes_or_reads_photos_or_draws_other_pages(tmp_path):
    command = [sys.executable, "-c", _BUILD, str(tmp_path)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    assert ran.stdout.split() == []

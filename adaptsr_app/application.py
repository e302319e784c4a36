"""Starts the window: one per user, painted before anything slow is loaded."""

import locale
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NoReturn

import platformdirs
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from adaptsr_app.context import Context, Navigation
from adaptsr_app.jobs.background import has_ended
from adaptsr_app.jobs.engine_loader import EngineLoader
from adaptsr_app.jobs.garbage import WindowGarbage
from adaptsr_app.jobs.job_runner import JobRunner
from adaptsr_app.main_window import MainWindow
from adaptsr_app.messages import message_for
from adaptsr_app.pages import PAGES
from adaptsr_app.settings import load_preferences
from adaptsr_app.single_instance import SingleInstance
from adaptsr_app.theme.icons import program_icon
from adaptsr_app.theme.theme import Theme
from adaptsr_app.translations import install_translation
from adaptsr_app.widgets.message_boxes import warn
from engine.bug_reports import write_bug_report

_PATIENCE_S = 2.0
"""For a thumbnail or a folder that is being read while the window is closed."""


def open_window(paths: Sequence[Path]) -> int:
    """Open the window, or hand the paths to the one that is open.

    Args:
        paths: Photos or folders to upscale.

    Returns:
        The process's exit code.
    """
    application = make_application(sys.argv[:1])
    instance = SingleInstance()
    if instance.hand_over(paths):
        return 0
    instance.listen()
    context = make_context(application)
    window = MainWindow(context)
    _report_bugs(window)
    instance.handed_over.connect(window.open_paths)
    loader = EngineLoader([entry.module for entry in PAGES])
    loader.finished.connect(window.build_rest)
    garbage = WindowGarbage(window)
    loader.finished.connect(garbage.start)
    window.show()
    QTimer.singleShot(0, loader.start)
    if paths:
        window.open_paths(list(paths))
    code = application.exec()
    context.jobs.stop_all()
    loader.wait()
    if not has_ended(_PATIENCE_S):
        _leave_at_once(code)
    return code


def _leave_at_once(code: int) -> NoReturn:
    """End the process while a thread is still at work, on a drive that does not answer perhaps.

    Python ends such threads in the middle of whatever library they are in, which C++ takes for a
    crash. What they write is there whole or not at all, and what the window keeps is written by now.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def make_application(arguments: Sequence[str]) -> QApplication:
    """Return Qt's application under our name, with numbers still read the same everywhere."""
    application = QApplication(list(arguments))
    locale.setlocale(locale.LC_NUMERIC, "C")  # Qt sets the user's; parsers of numbers break
    application.setApplicationName("AdaptSR")
    application.setDesktopFileName("adaptsr")
    application.setWindowIcon(program_icon())
    install_translation(application)
    return application


def make_context(application: QApplication, home: Path | None = None) -> Context:
    """Return what the pages share.

    Args:
        application: Qt's.
        home: Where the window keeps its own things; this user's folder if None.
    """
    folder = home or Path(platformdirs.user_data_dir("adaptsr")) / "window"
    preferences = load_preferences(folder / "window.json")
    theme = Theme(application, preferences.appearance)
    return Context(theme, JobRunner(application), Navigation(application), preferences, folder)


def _report_bugs(window: MainWindow) -> None:
    """Write every bug down and say so, instead of printing it where nobody looks."""

    def on_bug(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        sys.__excepthook__(kind, error, trace)
        if isinstance(error, Exception):
            message = message_for(error, write_bug_report(error, "window"))
            report = f"\n\n{message.report}" if message.report else ""
            QTimer.singleShot(
                0,
                window,
                lambda: warn(window, message.title, f"{message.text} {message.remedy}{report}"),
            )

    def on_thread_bug(bug: threading.ExceptHookArgs) -> None:
        if bug.exc_value is not None:
            on_bug(bug.exc_type, bug.exc_value, bug.exc_traceback)

    sys.excepthook = on_bug
    threading.excepthook = on_thread_bug

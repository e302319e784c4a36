"""Gives every test of the window a context of its own, and checks that nothing is left behind."""

import gc
import importlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # this file is also read where Qt is not there, and the tests are skipped
    from PySide6.QtWidgets import QApplication

    from adaptsr_app.context import Context
    from adaptsr_app.main_window import MainWindow


_THREADS_MAY_TAKE_S = 10.0


@pytest.fixture(scope="session", autouse=True)
def _engine_at_hand() -> None:
    """Load torch once, as the window does after its first paint, so that no wait includes it."""
    for name in ("engine.running", "engine.jobs.upscale", "engine.profiles.matching"):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Generator[None, object, object]:
    """Let nothing of a test of the window live on in the next.

    What is queued when a window goes is only answered after all fixtures have ended, and may start
    a thread. Such a thread, or any of the next test, must not be the one that frees widgets.
    """
    result = yield
    from adaptsr_app.jobs.background import has_ended  # noqa: PLC0415 - needs Qt

    assert has_ended(_THREADS_MAY_TAKE_S), "left something at work in the background"
    gc.collect()
    return result


@pytest.fixture(autouse=True)
def _garbage_is_searched_for_here_only() -> Iterator[None]:
    """Keep the search for garbage on this thread, as the window does."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep library, caches and networks of this test away from those of others."""
    for kind in ("data", "cache"):
        folder = str(tmp_path / kind)
        monkeypatch.setattr(f"platformdirs.user_{kind}_dir", lambda _name, folder=folder: folder)


@pytest.fixture
def context(qapp: "QApplication", tmp_path: Path) -> "Iterator[Context]":
    """What the pages share, in an empty home; its jobs are stopped at the end."""
    from adaptsr_app.application import make_context  # noqa: PLC0415 - needs Qt

    made = make_context(qapp, tmp_path / "home" / "window")
    yield made
    made.jobs.stop_all()
    qapp.processEvents()
    assert made.jobs.jobs == ()
    made.theme.deleteLater()


@pytest.fixture
def window(context: "Context", qtbot) -> "Iterator[MainWindow]":
    """The whole window, shown."""
    from adaptsr_app.main_window import MainWindow  # noqa: PLC0415 - needs Qt

    made = MainWindow(context)
    qtbot.addWidget(made, before_close_func=lambda _window: context.jobs.stop_all())
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.hide()


@pytest.fixture(autouse=True)
def _no_window_left_behind(qapp: "QApplication") -> Iterator[None]:
    """Fail a test that leaves a visible top-level widget."""
    yield
    left = [widget for widget in qapp.topLevelWidgets() if widget.isVisible()]
    assert [type(widget).__name__ for widget in left] == []

"""Gives every test a home of its own, few threads, and a clear skip where Qt cannot run."""

import importlib
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

# One thread a process, set before torch is imported: tests run in as many processes as cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parent.parent
_NEEDS_QT = (ROOT / "tests" / "gui", ROOT / "tests" / "unit" / "adaptsr_app")
_PYTEST_QT_SETTINGS = ("qt_api", "qt_log_ignore", "qt_log_level_fail")
_QT_MODULES = ("QtCore", "QtGui", "QtNetwork", "QtSvg", "QtTest", "QtWidgets")
_USER_FOLDERS = {
    "XDG_CACHE_HOME": ".cache",
    "XDG_CONFIG_HOME": ".config",
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "WIN_PD_OVERRIDE_APPDATA": "AppData/Roaming",
    "WIN_PD_OVERRIDE_LOCAL_APPDATA": "AppData/Local",
    "WIN_PD_OVERRIDE_COMMON_APPDATA": "ProgramData",
}
_THREADS_MAY_TAKE_S = 2.0

hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.register_profile(
    "mutation",
    deadline=None,
    derandomize=True,
    database=None,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def _why_qt_cannot_run() -> str:
    try:
        for module in _QT_MODULES:
            importlib.import_module(f"PySide6.{module}")
        importlib.import_module("pytestqt")
    except ImportError as error:
        return f"needs Qt, which does not load here: {error}"
    return ""


QT_PROBLEM = _why_qt_cannot_run()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Do without pytest-qt where Qt cannot run; accept its settings all the same."""
    if not pluginmanager.hasplugin("pytest-qt"):
        for name in _PYTEST_QT_SETTINGS:
            kind = "linelist" if name == "qt_log_ignore" else None
            parser.addini(name, "read by pytest-qt", type=kind)
    elif QT_PROBLEM:
        pluginmanager.unregister(name="pytest-qt")


class _SkippedModule(pytest.Module):
    """A test module that reports why it cannot run, without being imported."""

    def collect(self) -> list[pytest.Item]:
        pytest.skip(QT_PROBLEM, allow_module_level=True)


def pytest_pycollect_makemodule(
    module_path: Path, parent: pytest.Collector
) -> pytest.Module | None:
    """Skip the window's tests, and say why, where Qt cannot run."""
    if QT_PROBLEM and any(module_path.is_relative_to(folder) for folder in _NEEDS_QT):
        return _SkippedModule.from_parent(parent, path=module_path)
    return None


@pytest.fixture(scope="session", autouse=True)
def _home_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep tests away from the user's settings, caches and profiles."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("USERPROFILE", str(home))
        for variable, folder in _USER_FOLDERS.items():
            (home / folder).mkdir(parents=True, exist_ok=True)
            patch.setenv(variable, str(home / folder))
        # Kept between runs: matplotlib takes seconds to list the fonts anew.
        patch.setenv("MPLCONFIGDIR", str(ROOT / ".pytest_cache" / "matplotlib"))
        yield home


@pytest.fixture(autouse=True)
def _no_profile_left_behind() -> Iterator[None]:
    """Empty the library after every test: a later one in the same home must not find anything."""
    yield
    library = sys.modules.get("engine.profiles.library")
    if library is not None:
        shutil.rmtree(library.default_library(), ignore_errors=True)


@pytest.fixture(autouse=True)
def _no_thread_left_behind() -> Iterator[None]:
    """Fail a test that leaves a Python thread running."""
    before = set(threading.enumerate())
    yield
    give_up = time.monotonic() + _THREADS_MAY_TAKE_S
    while left := [t for t in threading.enumerate() if t not in before and _is_ours(t)]:
        if time.monotonic() > give_up:
            pytest.fail(f"left threads running: {', '.join(t.name for t in left)}")
        time.sleep(0.01)


def _is_ours(thread: threading.Thread) -> bool:
    # Python keeps a stand-in for each of Qt's threads that asked who it is, long after its end.
    return thread.is_alive() and not isinstance(thread, threading._DummyThread)

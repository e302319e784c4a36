"""Runs every check of the project in order, the quick ones first, and stops at the first failure."""

from __future__ import annotations

import os

from environments import ROOT, Environment, program_environment, run
from qt_libraries import install_missing


def run_all(everything: Environment, without_qt: Environment, installed: Environment) -> None:
    """Check style, types, imports, behaviour and what is installed.

    Args:
        everything: Environment with the window's and the developers' dependencies.
        without_qt: Environment with the engine's dependencies and the test runner only.
        installed: Empty, or made here before; gets the wheel.

    Raises:
        SetupError: If a check fails; its output was printed.
    """
    python = everything.program("python")
    _step("style", [everything.program("ruff"), "check"])
    _step("format", [everything.program("ruff"), "format", "--check"])
    _step("types", [everything.program("mypy")])
    _step("imports go down", [everything.program("lint-imports")])
    pages = ["build", "--strict", "--config-file", "packaging/site/properdocs.yml"]
    _step("picture of the imports", [python, "packaging/site/imports.py", "--check"])
    _step("documents and API reference", [everything.program("properdocs"), *pages])
    tests = ["-m", "pytest", "--numprocesses", _processes()]
    engine_only = [without_qt.program("python"), *tests, "-m", "not slow"]
    _step("engine, with Qt uninstalled", [*engine_only, "--cov=engine", "--cov-report="])
    # What the child that decodes photos runs is not counted: coverage does not follow it.
    total = [without_qt.program("coverage"), "report", "--format=total"]
    _step("of 100 statements of the engine these ran in this program", total)
    qt_problem = install_missing(everything.packages / "PySide6")
    if qt_problem:
        print(f"The window's tests will be skipped. {qt_problem}", flush=True)
    _step("all tests", [python, *tests])
    _check_wheel(installed, with_window=not qt_problem)


def _check_wheel(installed: Environment, *, with_window: bool) -> None:
    """Install the wheel where nothing of this folder is, and use it from elsewhere."""
    print("\n== the wheel", flush=True)
    installed.make_of_wheel()
    # -P and another folder: what is imported is what was installed.
    python = [installed.program("python"), "-P", str(ROOT / "packaging" / "use_installed.py")]
    run([*python, *(["--window"] if with_window else [])], program_environment())


def _processes() -> str:
    cores = os.cpu_count() or 1
    return str(min(cores, 8)) if cores > 1 else "0"


def _step(name: str, command: list[str]) -> None:
    print(f"\n== {name}", flush=True)
    # One thread a process: the processes already fill the cores.
    run(command, program_environment(OMP_NUM_THREADS="1", NO_MKDOCS_2_WARNING="1"))

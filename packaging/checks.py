"""Runs every check of the project in order, the quick ones first, and stops at the first failure."""

from __future__ import annotations

import os

from environments import Environment, program_environment, run
from qt_libraries import install_missing


def run_all(everything: Environment, without_qt: Environment) -> None:
    """Check style, types, imports and behaviour.

    Args:
        everything: Environment with the window's and the developers' dependencies.
        without_qt: Environment with the engine's dependencies and the test runner only.

    Raises:
        SetupError: If a check fails; its output was printed.
    """
    python = everything.program("python")
    _step("style", [everything.program("ruff"), "check"])
    _step("format", [everything.program("ruff"), "format", "--check"])
    _step("types", [everything.program("mypy")])
    _step("imports go down", [everything.program("lint-imports")])
    tests = ["-m", "pytest", "--numprocesses", _processes()]
    engine_only = [without_qt.program("python"), *tests, "-m", "not slow"]
    _step("engine, with Qt uninstalled", engine_only)
    qt_problem = install_missing(everything.packages / "PySide6")
    if qt_problem:
        print(f"The window's tests will be skipped. {qt_problem}", flush=True)
    _step("all tests", [python, *tests])


def _processes() -> str:
    cores = os.cpu_count() or 1
    return str(min(cores, 8)) if cores > 1 else "0"


def _step(name: str, command: list[str]) -> None:
    print(f"\n== {name}", flush=True)
    # One thread a process: the processes already fill the cores.
    run(command, program_environment(OMP_NUM_THREADS="1"))

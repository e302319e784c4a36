"""Models fold events and choices into state: none runs a job, owns a thread or touches the disk."""

import ast
from pathlib import Path

import pytest

import adaptsr_app.models

MODULES = sorted(Path(adaptsr_app.models.__file__).parent.glob("*.py"))
WORKERS = {
    "PySide6.QtCore": {"QThread", "QThreadPool", "QRunnable", "QProcess", "QTimer", "QSaveFile"},
    **dict.fromkeys(
        (
            "adaptsr_app.jobs",
            "asyncio",
            "concurrent",
            "engine.files",
            "engine.jobs",
            "engine.locks",
            "multiprocessing",
            "os",
            "shutil",
            "subprocess",
            "tempfile",
            "threading",
        )
    ),
}
ON_DISK = {
    "exists",
    "glob",
    "is_dir",
    "is_file",
    "iterdir",
    "mkdir",
    "open",
    "read_bytes",
    "read_text",
    "rename",
    "rglob",
    "rmdir",
    "rmtree",
    "stat",
    "touch",
    "unlink",
    "write_bytes",
    "write_text",
}


def only_for_types(tree):
    """Imports that do not happen."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from node.body


def imported(tree):
    """Modules, each with one name that is taken from it, or ""."""
    left_out = set(map(id, only_for_types(tree)))
    for node in ast.walk(tree):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.module or "", alias.name) for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_model_imports_nothing_that_works(path):
    for module, name in imported(ast.parse(path.read_text("utf-8"))):
        for worker, names in WORKERS.items():
            whole = f"{module}.{name}." if names is None else f"{module}."
            if whole.startswith(f"{worker}."):
                assert names is not None, f"{path.name} imports {module}"
                assert name not in names, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_model_asks_nothing_of_the_disk(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else ast.unparse(called)
            assert name not in ON_DISK, f"{path.name} calls {name}"

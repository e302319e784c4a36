"""The project keeps the shape that its documents promise."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ENGINE_MODULES = sorted((ROOT / "engine").rglob("*.py"))
APP_MODULES = sorted((ROOT / "adaptsr_app").rglob("*.py"))
TEST_MODULES = sorted((ROOT / "tests").rglob("test_*.py"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
QT_PACKAGES = {"PySide6", "pyqtgraph", "qtawesome", "superqt"}
NEEDS_QT = (ROOT / "tests" / "gui", ROOT / "tests" / "unit" / "adaptsr_app")


def name(path):
    return path.relative_to(ROOT).as_posix()


def imported_packages(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("path", ENGINE_MODULES + APP_MODULES, ids=name)
def test_every_module_says_in_its_first_line_what_it_does(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    assert len(docstring.splitlines()[0]) > 15


def test_only_the_window_imports_qt():
    outside = ENGINE_MODULES + [
        path for path in TEST_MODULES if not any(path.is_relative_to(f) for f in NEEDS_QT)
    ]
    assert [name(path) for path in outside if QT_PACKAGES & set(imported_packages(path))] == []


def test_the_engine_imports_only_what_the_project_declares():
    declared = [
        *PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"]["raw"],
    ]
    declared = {re.match(r"[\w-]+", item)[0] for item in declared}
    distributions = importlib.metadata.packages_distributions()
    imported = {package for path in ENGINE_MODULES for package in imported_packages(path)}
    foreign = imported - sys.stdlib_module_names - {"engine"}
    undeclared = {
        package
        for package in foreign
        if not {re.sub("_", "-", found.lower()) for found in distributions.get(package, [package])}
        & declared
    }
    assert undeclared == set()


def test_every_import_inside_a_function_says_why():
    modules = ENGINE_MODULES + APP_MODULES
    lines = (line for path in modules for line in path.read_text("utf-8").splitlines())
    assert [line for line in lines if line.endswith("noqa: PLC0415")] == []


def test_test_modules_have_unique_names():
    stems = [path.stem for path in TEST_MODULES]
    assert sorted(stems) == sorted(set(stems))


def test_unit_tests_mirror_the_packages():
    known = {"adaptsr_app", "packaging"} | {path.parent.name for path in ENGINE_MODULES}
    folders = {
        path.relative_to(ROOT / "tests" / "unit").parts[0]
        for path in TEST_MODULES
        if path.is_relative_to(ROOT / "tests" / "unit") and path.parent.name != "unit"
    }
    assert folders <= known


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_documents_point_only_to_files_that_exist(document):
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_documents_name_only_modules_and_folders_that_exist(document):
    text = document.read_text(encoding="utf-8")
    paths = re.findall(r"`((?:engine|adaptsr_app|packaging|docs|resources)/[\w./-]*)`", text)
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_constraints_pin_every_direct_dependency_and_name_no_host():
    lines = (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[a-z0-9-]+==[\w.+!]+", line)] == []
    groups = PROJECT["dependency-groups"].values()
    requested = [
        *PROJECT["project"]["dependencies"],
        *(item for extra in PROJECT["project"]["optional-dependencies"].values() for item in extra),
        *(item for group in groups for item in group if isinstance(item, str)),
    ]
    pinned = {line.partition("==")[0] for line in pins}
    assert {re.match(r"[\w-]+", item)[0] for item in requested} <= pinned


def test_the_version_is_the_same_wherever_it_is_written():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.*)$", citation, re.MULTILINE)[1] == importlib.metadata.version(
        "adaptsr"
    )


def test_no_module_looks_for_shipped_files_by_itself():
    looking = [
        name(path)
        for path in ENGINE_MODULES + APP_MODULES
        if "parent.parent" in path.read_text(encoding="utf-8")
        and path.name != "launch.py"  # starts a process where this one was imported from
    ]
    assert looking == []

"""Collects the window's texts for translators, and turns what they wrote into what is loaded.

    python packaging/translations.py update de      writes resources/translations/adaptsr_de.ts
    python packaging/translations.py release        makes a .qm beside each .ts

Edit the .ts with Qt Linguist or any editor; `update` keeps what is translated. The window takes
the translation of the system's language at its next start.
"""

from __future__ import annotations

import argparse
import ast
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "translations"
CONTEXT = "AdaptSR"

_ARGUMENT_OF = {"tr": 0, "to_translate": 0, "tr_count": 1}
"""Which argument holds the text, by function of `adaptsr_app.messages`."""


def texts_in(source: Path) -> list[tuple[str, bool]]:
    """Return the texts of a Python file, and for each whether it has plural forms."""
    found = []
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        place = _ARGUMENT_OF.get(node.func.id)
        if place is None or len(node.args) <= place:
            continue
        text = node.args[place]
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            found.append((text.value, node.func.id == "tr_count"))
    return found


def all_texts(folder: Path = ROOT / "adaptsr_app") -> list[tuple[str, bool]]:
    """Return every text of the window once, in the order of the files."""
    found: dict[tuple[str, bool], None] = {}
    for source in sorted(folder.rglob("*.py")):
        for text, is_counted in texts_in(source):
            found[text, is_counted] = None
    return list(found)


def update(language: str, folder: Path = FOLDER) -> Path:
    """Write or refresh a language's .ts.

    Args:
        language: Such as "de" or "pt_BR".
        folder: Where it lies.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"adaptsr_{language}.ts"
    with tempfile.TemporaryDirectory() as temporary:
        # Qt's tool reads `tr` as a method of a class; given as C++ it takes every text as it is.
        listing = Path(temporary) / "texts.cpp"
        listing.write_text("\n".join(_as_cpp(*text) for text in all_texts()), encoding="utf-8")
        options = ["-locations", "none", "-no-obsolete", "-target-language", language]
        _run("lupdate", *options, str(listing), "-ts", str(path))
    return path


def release(folder: Path = FOLDER) -> list[Path]:
    """Make a .qm of each .ts and return them; texts that are not translated stay English."""
    made = []
    for path in sorted(folder.glob("adaptsr_*.ts")):
        made.append(path.with_suffix(".qm"))
        _run("lrelease", "-silent", str(path), "-qm", str(made[-1]))
    return made


def _as_cpp(text: str, is_counted: bool) -> str:
    literal = json.dumps(text, ensure_ascii=False)
    more = ", nullptr, n" if is_counted else ""
    return f'QCoreApplication::translate("{CONTEXT}", {literal}{more});'


def _run(tool: str, *arguments: str) -> None:
    program = shutil.which(f"pyside6-{tool}", path=str(Path(sys.executable).parent))
    if program is None:
        sys.exit(f"pyside6-{tool} is missing; install the packages of the window first.")
    subprocess.run([program, *arguments], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("update").add_argument("language")
    commands.add_parser("release")
    options = parser.parse_args()
    paths = [update(options.language)] if options.command == "update" else release()
    for path in paths:
        print(path)


if __name__ == "__main__":
    main()

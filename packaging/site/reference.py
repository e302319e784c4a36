"""Makes the site's pages that no file in `docs/` is: the start, and one for each module.

Run by properdocs, see `properdocs.yml` beside it.
"""

from __future__ import annotations

import re
from pathlib import Path

import mkdocs_gen_files
from mkdocs_gen_files.nav import Nav

ROOT = Path(__file__).resolve().parents[2]
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "", "CHANGELOG.md": "", "SECURITY.md": ""}


def main() -> None:
    """Write the pages and their table of contents."""
    nav = Nav()
    for name, start in PAGES.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        text = re.sub(r"\]\(docs/screens/?\)", "](screens.md)", text).replace("](docs/", "](")
        text = text.replace("(LICENSE)", "(licence.md)").replace("(README.md", "(index.md")
        _write(start or name, text)
        nav[name.split(".")[0].capitalize()] = start or name
    _write("licence.md", "```text\n" + (ROOT / "LICENSE").read_text(encoding="utf-8") + "\n```\n")
    pictures = sorted(path.name for path in (ROOT / "docs" / "screens").glob("*.png"))
    shown = "\n\n".join(f"![{name}](screens/{name})" for name in pictures)
    _write("screens.md", f"# Every page of the window\n\n{shown}\n")
    for path in sorted((ROOT / "docs").glob("*.md")):
        nav["Documents", _title(path)] = path.name
    for package in ("engine", "adaptsr_app"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if parts[-1] == "__init__":
                parts = parts[:-1]
            if parts[-1] == "__main__":
                continue
            page = "/".join(("reference", *parts, "index.md"))
            _write(page, f"::: {'.'.join(parts)}\n")
            nav[("Reference", *parts)] = page
    with mkdocs_gen_files.open("SUMMARY.md", "w") as file:
        file.writelines(nav.build_literate_nav())


def _write(page: str, text: str) -> None:
    with mkdocs_gen_files.open(page, "w") as file:
        file.write(text)


def _title(path: Path) -> str:
    return path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")


main()  # the plugin runs the file, under a name of its own

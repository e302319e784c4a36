"""Draws `docs/images/imports.svg`: the layers as pyproject has them, and who imports whom.

    python packaging/site/imports.py [--check]

Nothing of it is drawn by hand: boxes are the layers of the import contracts, arrows the imports that
are there, the wider the more. `--check` says by its exit code whether the picture is up to date.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from xml.sax.saxutils import escape

import grimp
import tomllib

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "docs" / "images" / "imports.svg"
WIDTH, ROW, BOX_HEIGHT, GAP, MARGIN = 1000, 84, 40, 16, 24


def layers_of(package: str) -> list[list[str]]:
    """Return the modules of each layer of a package, from the top, as the contract has them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for contract in project["tool"]["importlinter"]["contracts"]:
        if contract.get("containers") == [package]:
            return [re.findall(r"\w+", layer) for layer in contract["layers"]]
    raise LookupError(package)


def draw() -> str:
    """Return the picture."""
    graph = grimp.build_graph("engine", "adaptsr_app")
    rows = [["adaptsr_app"], *layers_of("engine")]
    place = {name: index for index, row in enumerate(rows) for name in row}
    modules, arrows = Counter[str](), Counter[tuple[str, str]]()
    for module in graph.modules:
        one = _box_of(module, place)
        modules[one] += 1
        for imported in graph.find_modules_directly_imported_by(module):
            other = _box_of(imported, place)
            if other != one:
                arrows[one, other] += 1
    boxes: dict[str, tuple[float, float, float]] = {}
    for index, row in enumerate(rows):
        width = (WIDTH - 2 * MARGIN - GAP * (len(row) - 1)) / len(row)
        for number, name in enumerate(row):
            boxes[name] = (MARGIN + number * (width + GAP), MARGIN + index * ROW, width)
    height = MARGIN * 2 + (len(rows) - 1) * ROW + BOX_HEIGHT
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            'font-family="sans-serif" font-size="13">'
        ),
        "<title>Who imports whom, made from the imports</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for (one, other), count in sorted(arrows.items()):
        x1, y1, w1 = boxes[one]
        x2, y2, w2 = boxes[other]
        start = (x1 + w1 / 2, y1 + BOX_HEIGHT / 2)
        end = (x2 + w2 / 2, y2 + BOX_HEIGHT / 2)
        parts.append(
            f'<line x1="{start[0]:.0f}" y1="{start[1]:.0f}" x2="{end[0]:.0f}" y2="{end[1]:.0f}" '
            f'stroke="#1f69cc" stroke-opacity="0.25" stroke-width="{min(9.0, 0.6 + count**0.5):.1f}">'
            f"<title>{escape(one)} imports {escape(other)}: {count}</title></line>"
        )
    for name, (x, y, width) in boxes.items():
        count = modules[name]
        words = f"{name} ({count})" if count > 1 else name
        size = min(13.0, width / (0.62 * len(words)))
        parts.append(
            f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{BOX_HEIGHT}" rx="6" '
            'fill="#eef3fb" stroke="#1f69cc"/>'
            f'<text x="{x + width / 2:.1f}" y="{y + BOX_HEIGHT / 2 + 5}" text-anchor="middle" '
            f'font-size="{size:.1f}" fill="#1c2430">{escape(words)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


def _box_of(module: str, place: dict[str, int]) -> str:
    parts = module.split(".")
    if parts[0] == "adaptsr_app" or len(parts) == 1:
        return parts[0] if parts[0] in place else "environment"
    return parts[1]


def main() -> int:
    """Draw it, or say whether it is up to date."""
    drawn = draw()
    if "--check" in sys.argv[1:]:
        return int(PICTURE.read_text(encoding="utf-8") != drawn)
    PICTURE.write_text(drawn, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

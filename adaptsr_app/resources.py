"""Finds the files that ship with the window."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "resources"


def resource(*parts: str) -> Path:
    """Return the path of a shipped file, such as `resource("style", "tokens.toml")`."""
    return FOLDER.joinpath(*parts)

"""Imports of the optional packages that write other programs' formats."""

import importlib
from types import ModuleType

from engine.errors import ExportError


def optional_package(name: str, *, format_name: str) -> ModuleType:
    """Import a package of the extra `export`.

    Raises:
        ExportError: If it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:  # it is there, and something else is not
            raise
        raise ExportError(
            f"Writing {format_name} files needs the package {name}, which is not installed.",
            remedy='Install it with: uv pip install "adaptsr[export]"',
        ) from error

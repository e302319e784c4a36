"""Loads pages, torch and the engine behind the window's back, so that nothing waits for them."""

import atexit
import contextlib
import ctypes
import gc
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QThread

_LIBRARIES = {
    "torch": ("lib/libtorch_python.so", "lib/libtorch_python.dylib"),
    "triton": ("_C/libtriton.so",),
}
_LIGHT = ("engine.backbones.catalogue", "engine.profiles.matching")
_HEAVY = (
    "torch",
    "spandrel",
    "engine.jobs.adapt",
    "engine.jobs.upscale",
    "engine.jobs.score",
)


class EngineLoader(QThread):
    """Imports what pages and jobs need; `finished` says that it is there."""

    def __init__(self, pages: Sequence[str]) -> None:
        """Load nothing yet.

        Args:
            pages: Modules of the pages that are not in front.
        """
        super().__init__()
        self._pages = tuple(pages)

    def run(self) -> None:
        """Load, on a thread of its own."""
        # A million objects come to stay: looking through them all for garbage, again and again,
        # would hold the window up for a third of a second each time.
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            _import(*_LIGHT, *self._pages)
            _tidy_up()
            # After what other threads import at the start: an import that waits for the linker
            # holds the interpreter, and with it the window.
            _map_libraries()
            _import(*_HEAVY)
        finally:
            gc.freeze()
            if was_enabled:
                gc.enable()
            atexit.register(gc.unfreeze)  # libraries look for leaks when Python ends


def _tidy_up() -> None:
    from engine.jobs.storage import remove_leftovers  # noqa: PLC0415 - not before the first paint

    with contextlib.suppress(OSError):
        remove_leftovers()


def _import(*names: str) -> None:
    for name in names:
        importlib.import_module(name)


def _map_libraries() -> None:
    """Map the largest libraries without holding the interpreter, as `import` would.

    A function called through ctypes runs without the lock, even where it is `dlopen` itself.
    Elsewhere than on Linux and macOS torch does this on its own.
    """
    if not hasattr(os, "RTLD_NOW"):
        return
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes, dlopen.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
    for package, names in _LIBRARIES.items():
        found = None if package in sys.modules else importlib.util.find_spec(package)
        if found is None or found.origin is None:
            continue
        for name in names:
            path = Path(found.origin).parent / name
            if path.exists():
                # Only torch's own libraries look for one another's symbols.
                scope = os.RTLD_GLOBAL if package == "torch" else os.RTLD_LOCAL
                dlopen(os.fsencode(path), os.RTLD_NOW | scope)

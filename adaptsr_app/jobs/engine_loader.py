"""Loads torch and the engine behind the window's back, so that the first job starts at once."""

import atexit
import ctypes
import gc
import importlib
import importlib.util
import os
import sys
from pathlib import Path

from PySide6.QtCore import QThread

_LIBRARIES = ("libtorch_python.so", "libtorch_python.dylib")
_MODULES = (
    "pyqtgraph",  # of the pages that are not in front
    "torch",
    "spandrel",
    "engine.jobs.adapt",
    "engine.jobs.upscale",
    "engine.jobs.score",
)


class EngineLoader(QThread):
    """Imports what jobs need; `finished` says that it is there."""

    def run(self) -> None:
        """Load, on a thread of its own."""
        _map_libraries()
        # A million objects come to stay: looking through them all for garbage, again and again,
        # would hold the window up for a third of a second each time.
        gc.disable()
        try:
            for name in _MODULES:
                importlib.import_module(name)
        finally:
            gc.freeze()
            gc.enable()
            atexit.register(gc.unfreeze)  # libraries look for leaks when Python ends


def _map_libraries() -> None:
    """Map torch's libraries without holding the interpreter, as `import` would.

    A function called through ctypes runs without the lock, even where it is `dlopen` itself.
    Elsewhere than on Linux and macOS torch does this on its own.
    """
    found = None if "torch" in sys.modules else importlib.util.find_spec("torch")
    if found is None or found.origin is None or not hasattr(os, "RTLD_NOW"):
        return
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes, dlopen.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
    for name in _LIBRARIES:
        path = Path(found.origin).parent / "lib" / name
        if path.exists():
            dlopen(os.fsencode(path), os.RTLD_NOW | os.RTLD_GLOBAL)

"""Loads torch and the engine behind the window's back, so that the first job starts at once."""

import ctypes
import importlib
import importlib.util
import sys
from pathlib import Path

from PySide6.QtCore import QThread

_LIBRARIES = ("libtorch_python.so", "libtorch_python.dylib")
_MODULES = ("torch", "spandrel", "engine.jobs.adapt", "engine.jobs.upscale", "engine.jobs.score")


class EngineLoader(QThread):
    """Imports what jobs need; `finished` says that it is there."""

    def run(self) -> None:
        """Load, on a thread of its own."""
        _load_shared_libraries()
        for name in _MODULES:
            importlib.import_module(name)


def _load_shared_libraries() -> None:
    """Map torch's libraries without holding the interpreter, which `import` would do for seconds."""
    found = None if "torch" in sys.modules else importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return
    folder = Path(found.origin).parent / "lib"
    for name in _LIBRARIES:
        if (folder / name).exists():
            ctypes.CDLL(str(folder / name), mode=ctypes.RTLD_GLOBAL)

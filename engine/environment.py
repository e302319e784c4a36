"""Tells libraries, before any of them is imported, to send nothing, litter nowhere, wait quietly.

Each of them reads its variables when it is imported. What the user has set stays as it is.
"""

import os
from pathlib import Path

import platformdirs


def keep_libraries_quiet() -> None:
    """Set the variables; nothing is made on the disk."""
    cache = Path(platformdirs.user_cache_dir("adaptsr"))
    for variable, value in {
        # Or it looks up its maker's event host, and keeps a number for this computer.
        "ORT_DISABLE_TELEMETRY": "1",
        # Threads that wait for each other by spinning keep a busy computer from the work they wait
        # for: a training step took 45 times as long beside four busy programs, and with this 6
        # times (docs/measurements.md). Only GNU's OpenMP reads it, which torch has on Linux.
        "GOMP_SPINCOUNT": "1000",
        "MPLCONFIGDIR": str(cache / "matplotlib"),
        "SKIMAGE_DATADIR": str(cache / "scikit-image"),
        "TORCH_HOME": str(cache / "torch"),
        "TORCHINDUCTOR_CACHE_DIR": str(cache / "torchinductor"),
        "TRITON_CACHE_DIR": str(cache / "triton"),
    }.items():
        os.environ.setdefault(variable, value)

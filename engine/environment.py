"""Tells libraries, before any of them is imported, to send nothing and to litter nowhere.

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
        "MPLCONFIGDIR": str(cache / "matplotlib"),
        "SKIMAGE_DATADIR": str(cache / "scikit-image"),
        "TORCH_HOME": str(cache / "torch"),
        "TORCHINDUCTOR_CACHE_DIR": str(cache / "torchinductor"),
        "TRITON_CACHE_DIR": str(cache / "triton"),
    }.items():
        os.environ.setdefault(variable, value)

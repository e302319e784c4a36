"""Remembers what came from an address the first time, where nobody publishes what should."""

import json
from datetime import UTC, datetime
from pathlib import Path

from engine.backbones.catalogue.installed import models_folder
from engine.errors import storage_errors
from engine.files import atomic_write_text
from engine.locks import held

_FILE = "first-seen.json"
_PATIENCE_S = 10.0


def change_since_first_download(
    address: str, sha256: str, folder: Path | None = None
) -> str | None:
    """Compare a file with the first one from this address; remember it if it is the first.

    Args:
        address: Where the file came from.
        sha256: Its SHA-256.
        folder: `models_folder()` if None.

    Returns:
        The day the first one came, as 2025-01-31, if that was another file; else None.

    Raises:
        StorageError: If the disk is full, gone or not writable.
    """
    path = (models_folder() if folder is None else folder) / _FILE
    with held(path, "remembering a network", patience_s=_PATIENCE_S):
        known = _read(path)
        first = known.get(address)
        if first is not None:
            return None if first["sha256"] == sha256 else first["day"]
        known[address] = {"sha256": sha256, "day": datetime.now(UTC).date().isoformat()}
        atomic_write_text(path, json.dumps(known, indent=2, sort_keys=True) + "\n")
        return None


def _read(path: Path) -> dict[str, dict[str, str]]:
    try:
        with storage_errors(path):
            content = json.loads(path.read_text("utf-8"))
        return {
            str(address): {"sha256": str(first["sha256"]), "day": str(first["day"])}
            for address, first in content.items()
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}  # begun anew: it only serves to warn

"""How the process that decodes is started: the one place that knows what the program is run by."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import engine

DECODER_WORD = "--decode-photos"
"""First word by which a frozen program, whose interpreter is the program itself, knows its child."""

_ROOT = Path(engine.__file__).resolve().parent.parent
_KEEP_FREED_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "67108864"}
"""For glibc: what a file is read into is used for the next file, too. Others pass over it."""

# The folder that `engine` was imported from comes first only where it is not on the path already:
# site-packages before the standard library would let a back-port shadow it.
_START = (
    "import sys; sys.path[:0] = [r for r in sys.argv[2:3] if r not in sys.path]; "
    "from engine.imaging.decoding_process.worker import main; main(sys.argv[1])"
)


def command(connection: str) -> list[str]:
    """Return the words that start a decoder.

    Args:
        connection: Names the child's end of the connection, as `channel` understands it.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, DECODER_WORD, connection]
    # -P: what lies in the current folder, which may be a stranger's, is never imported.
    return [sys.executable, "-P", "-c", _START, connection, str(_ROOT)]


def start(connection: str, *, descriptors: Sequence[int]) -> "subprocess.Popen[bytes]":
    """Start a decoder that no key of a terminal reaches and that writes to none.

    Args:
        connection: Names the child's end of the connection.
        descriptors: File descriptors (on Windows: handles) that the child inherits.

    Raises:
        OSError: If no process can be started.
    """
    options: dict[str, Any] = {"cwd": str(_ROOT), "env": environment()}
    if sys.platform == "win32":
        startup = subprocess.STARTUPINFO()
        startup.lpAttributeList = {"handle_list": list(descriptors)}
        # A virtual environment's python.exe only starts another: it would be watched instead.
        options["executable"] = getattr(sys, "_base_executable", sys.executable)
        options["env"]["__PYVENV_LAUNCHER__"] = sys.executable
        options |= {"startupinfo": startup}
        options |= {"creationflags": subprocess.CREATE_NO_WINDOW}
    else:
        options |= {"pass_fds": tuple(descriptors), "start_new_session": True}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
        command(connection), stdin=quiet, stdout=quiet, stderr=quiet, close_fds=True, **options
    )


def environment() -> dict[str, str]:
    """Return the child's environment: freed memory is kept, and no path is the current folder."""
    kept = dict(os.environ) | _KEEP_FREED_MEMORY
    entries = kept.get("PYTHONPATH", "").split(os.pathsep)
    whole = [os.path.abspath(entry) for entry in entries if entry not in {"", "."}]  # noqa: PTH100
    if whole:
        kept["PYTHONPATH"] = os.pathsep.join(whole)
    else:
        kept.pop("PYTHONPATH", None)
    return kept

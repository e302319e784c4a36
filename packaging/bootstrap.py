"""Sets AdaptSR up on a bare machine and runs it. Needs Python with pip, nothing else.

    python3 packaging/bootstrap.py install      everything into .venv
    python3 packaging/bootstrap.py demo [...]   install, then `adaptsr demo`
    python3 packaging/bootstrap.py test         install, then every check and test

This file and the ones beside it run on any Python from 3.7 on, so that an old one gets a sentence.
"""

from __future__ import annotations

import subprocess
import sys

from checks import run_all
from environments import Environment, SetupError, check_disk, program_environment

_ENGINE = ("torch", "torchvision", "spandrel", "engine")
_EVERYTHING = Environment(
    ".venv", extras=("export", "gui", "openvino", "raw"), groups=("dev",), imports=_ENGINE
)
# Also without OpenVINO, so that the tests run where it is missing.
_WITHOUT_QT = Environment(
    ".venv-without-qt", extras=("export", "raw"), groups=("test",), imports=_ENGINE
)
_INSTALLED = Environment(".venv-of-wheel", extras=("gui",))


def main(words: list[str]) -> int:
    """Carry out one of the three commands and return the exit code."""
    command = words[0] if words else ""
    if command not in ("install", "demo", "test") or (command != "demo" and len(words) > 1):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if not _EVERYTHING.path.exists():
            check_disk()
        _EVERYTHING.make()
        if command == "install":
            _EVERYTHING.compile_modules()
        if command == "demo":
            adaptsr = [_EVERYTHING.program("adaptsr"), *words]
            return subprocess.run(adaptsr, env=program_environment(), check=False).returncode
        if command == "test":
            _WITHOUT_QT.make()
            run_all(_EVERYTHING, _WITHOUT_QT, _INSTALLED)
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Finds the system libraries that Qt needs and this machine lacks, and installs them on Debian."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

DEBIAN_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}

# The modules the window uses, and the two platforms it runs on: a screen, and none (tests).
_QT_FILES = (
    "QtCore.abi3.so",
    "QtGui.abi3.so",
    "QtNetwork.abi3.so",
    "QtWidgets.abi3.so",
    "QtSvg.abi3.so",
    "QtTest.abi3.so",
    "Qt/plugins/platforms/libqoffscreen.so",
    "Qt/plugins/platforms/libqxcb.so",
)


def missing_libraries(pyside_folder: Path) -> list[str]:
    """Return the shared libraries that Qt would not find, sorted; empty other than on Linux."""
    if not sys.platform.startswith("linux") or shutil.which("ldd") is None:
        return []
    missing = set()
    for name in _QT_FILES:
        file = pyside_folder / name
        if not file.exists():
            continue
        listing = subprocess.run(["ldd", str(file)], stdout=subprocess.PIPE, check=False)
        for line in listing.stdout.decode(errors="replace").splitlines():
            if line.endswith("not found"):
                missing.add(line.split()[0])
    return sorted(missing)


def install_missing(pyside_folder: Path) -> str:
    """Install what Qt lacks where that is possible, as root on Debian and its relatives.

    Returns:
        What is still missing and how to get it, in one sentence; empty if nothing is.
    """
    missing = missing_libraries(pyside_folder)
    if not missing:
        return ""
    packages = sorted({DEBIAN_PACKAGES[name] for name in missing if name in DEBIAN_PACKAGES})
    is_debian = shutil.which("apt-get") is not None
    if is_debian and packages and os.geteuid() == 0:
        print(f"Installing the system libraries Qt needs: {' '.join(packages)}", flush=True)
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
        for command in (["apt-get", "update", "-qq"], install):
            subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment,
                check=False,
            )
        missing = missing_libraries(pyside_folder)
        if not missing:
            return ""
    sentence = f"Qt needs system libraries that are not here: {', '.join(missing)}."
    if is_debian and packages:
        return f"{sentence} As root: apt-get install --no-install-recommends {' '.join(packages)}"
    return f"{sentence} Install them with your system's package manager."

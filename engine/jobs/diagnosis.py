"""What this machine can do, and what is missing: devices, versions, libraries, folders, space."""

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import platformdirs
import psutil
import torch

from engine import __version__
from engine.bug_reports import log_dir
from engine.devices import has_fast_bfloat16, pick_device
from engine.formatting import format_size

_PACKAGES = (
    "torch",
    "torchvision",
    "spandrel",
    "numpy",
    "pillow",
    "pillow-heif",
    "opencv-python-headless",
    "scikit-image",
    "openvino",
    "PySide6-Essentials",
)
_QT_FILES = (
    "QtCore.abi3.so",
    "QtGui.abi3.so",
    "QtWidgets.abi3.so",
    "QtSvg.abi3.so",
    "Qt/plugins/platforms/libqxcb.so",
)
_LITTLE_SPACE_BYTES = 2 * 10**9


@dataclass(frozen=True, slots=True)
class Device:
    """A processor a job can run on.

    Attributes:
        name: As `--device` takes it.
        description: What it is.
        memory_bytes: Its memory in all.
        free_memory_bytes: What of it is free now.
        fast_bfloat16: Half the numbers' size at full speed.
        is_default: "auto" means this one.
    """

    name: str
    description: str
    memory_bytes: int | None
    free_memory_bytes: int | None
    fast_bfloat16: bool
    is_default: bool


@dataclass(frozen=True, slots=True)
class Folder:
    """Where AdaptSR keeps something, and the space that is left there."""

    purpose: str
    path: Path
    free_bytes: int | None
    is_writable: bool


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The state of this machine.

    Attributes:
        versions: By package; None for one that is not installed.
        system: Name and version of the operating system.
        cores: Physical processor cores, or what there is of them for this process.
        devices: Where jobs can run.
        folders: Where things are kept.
        missing_qt_libraries: What the window needs from the system and does not find.
        problems: Sentences for the user: what is wrong and what to do. Empty if all is well.
    """

    versions: dict[str, str | None]
    system: str
    cores: int
    devices: tuple[Device, ...]
    folders: tuple[Folder, ...]
    missing_qt_libraries: tuple[str, ...]
    problems: tuple[str, ...]


def diagnose() -> Diagnosis:
    """Look at this machine. Nothing is changed."""
    versions = _versions()
    folders = _folders()
    missing = _missing_qt_libraries()
    return Diagnosis(
        versions=versions,
        system=platform.platform(),
        cores=_cores(),
        devices=_devices(),
        folders=folders,
        missing_qt_libraries=missing,
        problems=tuple(_problems(versions, folders, missing)),
    )


def _versions() -> dict[str, str | None]:
    versions: dict[str, str | None] = {
        "adaptsr": __version__,
        "python": platform.python_version(),
    }
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    return versions


def _cores() -> int:
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(allowed, psutil.cpu_count(logical=False) or allowed)


def _devices() -> tuple[Device, ...]:
    default = pick_device().type
    memory = psutil.virtual_memory()
    devices = [
        Device(
            name="cpu",
            description=f"{platform.processor() or platform.machine()}, {_cores()} cores",
            memory_bytes=memory.total,
            free_memory_bytes=memory.available,
            fast_bfloat16=has_fast_bfloat16(torch.device("cpu")),
            is_default=default == "cpu",
        )
    ]
    for index in range(torch.cuda.device_count()):
        free_bytes, total_bytes = torch.cuda.mem_get_info(index)
        devices.append(
            Device(
                name=f"cuda:{index}",
                description=torch.cuda.get_device_name(index),
                memory_bytes=total_bytes,
                free_memory_bytes=free_bytes,
                fast_bfloat16=has_fast_bfloat16(torch.device("cuda", index)),
                is_default=default == "cuda" and index == 0,
            )
        )
    if torch.backends.mps.is_available():
        devices.append(
            Device("mps", "Apple graphics", None, None, False, is_default=default == "mps")
        )
    return tuple(devices)


def _folders() -> tuple[Folder, ...]:
    places = {
        "decoded photos": Path(platformdirs.user_cache_dir("adaptsr")),
        "settings": Path(platformdirs.user_config_dir("adaptsr")),
        "profiles": Path(platformdirs.user_data_dir("adaptsr")),
        "bug reports": log_dir(),
    }
    return tuple(_folder(purpose, path) for purpose, path in places.items())


def _folder(purpose: str, path: Path) -> Folder:
    existing = next((p for p in (path, *path.parents) if p.exists()), None)
    try:
        free_bytes = None if existing is None else shutil.disk_usage(existing).free
    except OSError:
        free_bytes = None
    is_writable = existing is not None and os.access(existing, os.W_OK)
    return Folder(purpose, path, free_bytes, is_writable)


def _missing_qt_libraries() -> tuple[str, ...]:
    """Ask the system's linker what it does not find; only Linux leaves these to the system."""
    spec = importlib.util.find_spec("PySide6")
    ldd = shutil.which("ldd")
    if sys.platform != "linux" or ldd is None or spec is None or not spec.origin:
        return ()
    missing = set()
    for name in _QT_FILES:
        file = Path(spec.origin).parent / name
        if not file.exists():
            continue
        listing = subprocess.run(  # noqa: S603 - a fixed program on a file of a package of ours
            [ldd, str(file)], capture_output=True, text=True, check=False
        )
        for line in listing.stdout.splitlines():
            if line.endswith("not found"):
                missing.add(line.split()[0])
    return tuple(sorted(missing))


def _problems(
    versions: dict[str, str | None], folders: tuple[Folder, ...], missing: tuple[str, ...]
) -> list[str]:
    problems = []
    if versions["PySide6-Essentials"] is None:
        problems.append(
            "The window is not installed; the commands work. "
            "Install AdaptSR with its extra 'gui' to have it."
        )
    if missing:
        problems.append(
            f"The window cannot open: Qt needs {', '.join(missing)}. "
            "Install them with your system's package manager; the commands work without."
        )
    for folder in folders:
        if not folder.is_writable:
            problems.append(f"The folder for {folder.purpose} is not writable: {folder.path}.")
        elif folder.free_bytes is not None and folder.free_bytes < _LITTLE_SPACE_BYTES:
            problems.append(
                f"Only {format_size(folder.free_bytes)} are free for {folder.purpose} at "
                f"{folder.path}."
            )
    return problems

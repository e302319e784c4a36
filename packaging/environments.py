"""Makes the project's Python environments: finds or fetches uv, installs, verifies, reuses."""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Mapping

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"
PYTHON_RANGE = ">=3.11,<3.14"
OLDEST_UV = (0, 7, 0)
_TOOLS = ROOT / ".tools"
_SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_GIGABYTE = 10**9
# torch with CUDA takes 6; uv's cache shares it where it lies on the same disk.
_DISK_NEEDED_BYTES = 8 * _GIGABYTE


class SetupError(Exception):
    """Something is missing; the message says what, and what to do."""


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run `command` in the project's folder.

    Raises:
        SetupError: If it fails.
    """
    code = subprocess.run(
        command, cwd=str(ROOT), env=environment, stdin=subprocess.DEVNULL, check=False
    ).returncode
    if code != 0:
        words = " ".join(command)
        raise SetupError(f"This command failed with exit code {code}: {words}")


def program_environment(**settings: str) -> dict[str, str]:
    """Return the variables installed programs run with.

    Python may keep its compiled modules: without them, each start compiles all of torch anew.
    """
    environment = dict(os.environ, **settings)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def output_of(command: list[str]) -> str | None:
    """Return what `command` prints, or None if it cannot be run or fails."""
    try:
        result = subprocess.run(
            command,
            cwd=str(ROOT),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return None
    return result.stdout.decode(errors="replace") if result.returncode == 0 else None


def check_disk() -> None:
    """Refuse to start what cannot be finished.

    Raises:
        SetupError: If the disk has no room for a first installation.
    """
    free = shutil.disk_usage(str(ROOT)).free
    if free < _DISK_NEEDED_BYTES:
        raise SetupError(
            f"Only {free / _GIGABYTE:.1f} GB are free where this folder lies, and PyTorch needs "
            f"{_DISK_NEEDED_BYTES / _GIGABYTE:.0f} GB to install. Free some space first."
        )


def _uv_version(uv: str) -> tuple[int, ...]:
    found = re.match(r"uv (\d+)\.(\d+)\.(\d+)", output_of([uv, "--version"]) or "")
    return tuple(int(part) for part in found.groups()) if found else (0,)


def find_or_fetch_uv() -> str:
    """Return the path of a recent enough uv; pip brings one into .tools/ where there is none.

    Raises:
        SetupError: If there is no uv and pip cannot bring one.
    """
    name = "uv.exe" if os.name == "nt" else "uv"
    fetched = [_TOOLS / folder / name for folder in ("bin", "Scripts")]
    for candidate in [shutil.which("uv"), *map(str, fetched)]:
        if candidate and _uv_version(candidate) >= OLDEST_UV:
            return candidate
    pip = [sys.executable, "-m", "pip"]
    if output_of([*pip, "--version"]) is None:
        raise SetupError(
            "Neither uv nor pip is here. Install one of them, on Debian as root: "
            "apt-get install python3-pip"
        )
    print("Fetching uv, which installs the rest", flush=True)
    # --target leaves the system's Python alone, so it works where that is externally managed.
    shutil.rmtree(str(_TOOLS), ignore_errors=True)
    target = ["--target", str(_TOOLS), "--constraint", str(CONSTRAINTS)]
    environment = dict(
        os.environ,
        PIP_USER="0",
        PIP_REQUIRE_VIRTUALENV="0",
        PIP_ROOT_USER_ACTION="ignore",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
    )
    run([*pip, "install", "--quiet", *target, "uv"], environment)
    for candidate in map(str, fetched):
        if _uv_version(candidate) >= OLDEST_UV:
            return candidate
    raise SetupError("pip installed uv, but it does not run on this machine.")


def pip_settings(listing: str) -> dict[str, str]:
    """Return the settings in what `pip config list` prints, those that win for `pip install`."""
    settings = {}
    for section in ("global", "install", ":env:"):  # later ones win, as in pip
        for name, value in re.findall(rf"^{section}\.([\w-]+)=(.*)$", listing, re.MULTILINE):
            settings[name] = str(ast.literal_eval(value))
    return settings


def uv_environment(own: Mapping[str, str], pip: Mapping[str, str]) -> dict[str, str]:
    """Return the variables uv runs with: the user's, and pip's index and certificates.

    uv does not read pip's configuration; a machine set up for pip alone should work all the same.
    What the user set for uv wins.

    Args:
        own: The variables of this process.
        pip: pip's settings by name.
    """
    elsewhere = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME")
    environment = {name: value for name, value in own.items() if name not in elsewhere}
    environment.setdefault("UV_HTTP_TIMEOUT", "300")
    if "index-url" in pip and not {"UV_INDEX_URL", "UV_DEFAULT_INDEX"} & set(environment):
        environment["UV_DEFAULT_INDEX"] = pip["index-url"]
    certificates = pip.get("cert", str(_SYSTEM_CERTIFICATES))
    if Path(certificates).exists():
        environment.setdefault("SSL_CERT_FILE", certificates)
    return environment


def _uv() -> tuple[str, dict[str, str]]:
    """Return uv and the variables it runs with."""
    listing = output_of([sys.executable, "-m", "pip", "config", "list"]) or ""
    return find_or_fetch_uv(), uv_environment(os.environ, pip_settings(listing))


def _supported_python(uv: str) -> str:
    if (3, 11) <= sys.version_info[:2] < (3, 14):
        return sys.executable
    found = output_of([uv, "python", "find", "--no-python-downloads", "--no-project", PYTHON_RANGE])
    if found:
        return found.strip()
    here = ".".join(str(part) for part in sys.version_info[:3])
    raise SetupError(
        f"AdaptSR needs Python 3.11, 3.12 or 3.13. This one is {here}, and no other was found. "
        "Install one (Debian 12: python3.11, Debian 13: python3.13; anywhere: "
        f"{uv} python install 3.13), then run this again."
    )


class Environment:
    """One virtual environment with this project in it, editable.

    Args:
        folder: Its name in the project's folder.
        extras: Optional dependencies to install, such as "gui".
        groups: Dependency groups to install, such as "dev".
        imports: Modules that must import afterwards.
    """

    def __init__(
        self,
        folder: str,
        *,
        extras: tuple[str, ...] = (),
        groups: tuple[str, ...] = (),
        imports: tuple[str, ...] = (),
    ) -> None:
        self.path = ROOT / folder
        self.extras = extras
        self.groups = groups
        self.imports = imports
        self._stamp = self.path / "adaptsr-installed"

    def program(self, name: str) -> str:
        """Return the path of an installed program, such as "python" or "adaptsr"."""
        if os.name == "nt":
            return str(self.path / "Scripts" / f"{name}.exe")
        return str(self.path / "bin" / name)

    @property
    def packages(self) -> Path:
        """Where installed packages are."""
        purelib = "import sysconfig; print(sysconfig.get_path('purelib'))"
        return Path((output_of([self.program("python"), "-c", purelib]) or "").strip())

    def compile_modules(self) -> None:
        """Compile what is installed on all cores, which the first start would do on one."""
        print("Compiling, so that the first start is as quick as later ones", flush=True)
        command = [self.program("python"), "-m", "compileall", "-q", "-j", "0"]
        # Packages bring templates and tests that are no valid Python: nothing to worry about.
        output_of([*command, str(self.packages)])

    def _fingerprint(self) -> str:
        requested = repr((self.extras, self.groups)).encode()
        for file in (ROOT / "pyproject.toml", CONSTRAINTS):
            requested += file.read_bytes()
        return hashlib.sha256(requested).hexdigest()

    def _is_ready(self) -> bool:
        return (
            self._stamp.exists()
            and self._stamp.read_text(encoding="ascii") == self._fingerprint()
            and output_of([self.program("python"), "-c", "import engine"]) is not None
        )

    def _has_supported_python(self) -> bool:
        check = "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))"
        return output_of([self.program("python"), "-c", check]) is not None

    def make(self) -> None:
        """Create or update the environment; quick when there is nothing to do.

        Raises:
            SetupError: If something it needs is missing.
        """
        if self._is_ready():
            return
        project = f"{ROOT}[{','.join(self.extras)}]" if self.extras else str(ROOT)
        groups = [word for group in self.groups for word in ("--group", group)]
        self._install(["--editable", project, *groups])
        self._verify()
        self._stamp.write_text(self._fingerprint(), encoding="ascii")

    def make_of_wheel(self) -> None:
        """Build the project's wheel and install that, and nothing of this folder beside it.

        Raises:
            SetupError: If it cannot be built or installed.
        """
        uv, variables = _uv()
        with tempfile.TemporaryDirectory() as folder:
            pins = ["--build-constraints", str(CONSTRAINTS)]
            run([uv, "build", "--quiet", "--wheel", *pins, "--out-dir", folder], variables)
            (wheel,) = Path(folder).glob("*.whl")
            extras = f"[{','.join(self.extras)}]" if self.extras else ""
            self._install(["--reinstall-package", "adaptsr", f"{wheel}{extras}"])

    def _install(self, what: list[str]) -> None:
        uv, variables = _uv()
        if not self._has_supported_python():
            python = _supported_python(uv)
            create = [uv, "venv", "--quiet", "--clear", "--no-project", "--prompt", "adaptsr"]
            run([*create, "--python", python, str(self.path)], variables)
        print(f"Installing into {self.path.name}", flush=True)
        install = [uv, "pip", "install", "--python", self.program("python")]
        install += ["--constraint", str(CONSTRAINTS), "--build-constraints", str(CONSTRAINTS)]
        run([*install, *what], variables)

    def _verify(self) -> None:
        script = "".join(f"import {module}\n" for module in self.imports)
        code = subprocess.run(
            [self.program("python"), "-c", script],
            cwd=str(ROOT),
            env=program_environment(),
            check=False,
        ).returncode
        if code != 0:
            raise SetupError(
                f"Everything was installed, but one of these does not import: "
                f"{', '.join(self.imports)}. The lines above say why. If this folder held an older "
                f"installation, delete {self.path} and run this again."
            )

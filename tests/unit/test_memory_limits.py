"""What may still be taken is read from every place that limits it, and its end is recognised."""

import errno
import os
import subprocess
import sys
import textwrap
import uuid
from pathlib import Path

import pytest
import torch

from engine.errors import MemoryExhaustedError
from engine.free_memory import free_memory_bytes
from engine.memory import is_out_of_memory, memory_errors

if sys.platform == "win32":
    pytest.skip("limits of a process are another thing on Windows", allow_module_level=True)

_GROUPS = Path("/sys/fs/cgroup")


@pytest.fixture
def group():
    """A control group of this test's own; skipped where none may be made."""
    version_1 = (_GROUPS / "memory").is_dir()
    folder = _GROUPS / ("memory" if version_1 else "") / f"adaptsr-test-{uuid.uuid4().hex[:8]}"
    limit = folder / ("memory.limit_in_bytes" if version_1 else "memory.max")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("control groups may not be made here")
    try:
        limit.write_text(str(1 << 30))
    except OSError:
        folder.rmdir()
        pytest.skip("memory may not be limited by control groups here")
    yield folder, limit
    folder.rmdir()


def in_group(folder, script, *words):
    """Run Python in a control group."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, words)],
        preexec_fn=lambda: (folder / "cgroup.procs").write_text(str(os.getpid())),
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_containers_limit_is_seen(group):
    folder, limit = group
    limit.write_text(str(300 << 20))
    found = in_group(folder, "from engine.free_memory import *; print(free_memory_bytes())")
    assert 0 < int(found.stdout) < 300 << 20, found.stderr


def test_a_limit_on_the_process_is_seen():
    script = (
        "import resource; from engine.free_memory import *;"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31)); print(free_memory_bytes())"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert 0 < int(found.stdout) < 1 << 31
    assert free_memory_bytes() > 0


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError(),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory"
        ),
        RuntimeError("could not create a primitive"),
        RuntimeError("can't start new thread"),
        RuntimeError("std::bad_alloc"),
        ImportError("libx.so: failed to map segment from shared object"),
    ],
)
def test_every_way_in_which_memory_ends_is_recognised(error):
    assert is_out_of_memory(error)
    with pytest.raises(MemoryExhaustedError), memory_errors("Close other programs."):
        raise error
    with pytest.raises(MemoryExhaustedError), memory_errors("Close other programs."):
        raise ValueError("something else") from error


@pytest.mark.parametrize(
    "error", [RuntimeError("shapes differ"), ImportError("no module"), ValueError("out of memory")]
)
def test_other_errors_stay_what_they_are(error):
    with pytest.raises(type(error)), memory_errors(""):
        raise error


_UPSCALE = """
import sys
from pathlib import Path
from engine.cancellation import CancelToken
from engine.config.upscaling import UpscaleSettings
from engine.running import run_job
from engine.jobs.upscale import upscale
out, *photos = map(Path, sys.argv[1:])
settings = UpscaleSettings(sources=tuple(photos), out=out, backbone="safmn-x2", backend="torch")
outcome = run_job("upscale", lambda e, t: upscale(settings, e, t), lambda e: None, CancelToken())
value = getattr(outcome, "value", None)
print(type(outcome).__name__, len(value.done) if value else outcome.error)
print([why for _, why in value.failed] if value else "")
"""


@pytest.mark.slow
@pytest.mark.parametrize("megabytes", [700, 1100])
def test_a_batch_in_a_small_container_is_not_killed(tmp_path, group, megabytes):
    from PIL import Image  # noqa: PLC0415 - only here

    folder, limit = group
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(tmp_path / "p.jpg")
    limit.write_text(str(megabytes << 20))
    found = in_group(folder, _UPSCALE, tmp_path / "out", tmp_path / "p.jpg")
    assert found.returncode == 0, found.stderr[-2000:]
    assert found.stdout.startswith("Done 1") or "memory" in found.stdout, found.stdout

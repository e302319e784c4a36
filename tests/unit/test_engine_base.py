"""Errors, cancellation, events and the registry every module stands on."""

import dataclasses
import errno
import os
import subprocess
import sys
import threading
import typing

import numpy as np
import numpy.typing as npt
import pytest
import torch

from engine import events
from engine.cancellation import Cancelled, CancelToken
from engine.devices import has_fast_bfloat16, pick_device
from engine.errors import (
    ConfigError,
    EngineError,
    MemoryExhaustedError,
    StorageError,
    storage_errors,
)
from engine.memory import memory_errors
from engine.registry import Registry


def test_an_error_says_what_where_and_what_to_do():
    error = EngineError("This photo is cut short.", path="a/b.jpg", remedy="Copy it again.")
    assert str(error).endswith("b.jpg: This photo is cut short. Copy it again.")


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (errno.ENOSPC, "full"),
        (errno.EIO, "plugged"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "permission"),
    ],
)
def test_a_failing_drive_is_put_in_words(tmp_path, number, says):
    with pytest.raises(StorageError, match=says) as caught, storage_errors(tmp_path):
        raise OSError(number, "no")
    assert caught.value.path == tmp_path


def test_other_system_errors_are_left_alone(tmp_path):
    with pytest.raises(FileNotFoundError), storage_errors(tmp_path):
        (tmp_path / "missing").read_bytes()


def test_a_cancelled_token_stops_a_paused_job():
    token, stopped = CancelToken(), threading.Event()

    def job():
        try:
            token.check()
        except Cancelled:
            stopped.set()

    token.pause()
    thread = threading.Thread(target=job)
    thread.start()
    assert not stopped.wait(0.05)
    token.cancel()
    thread.join(5)
    assert stopped.is_set()
    assert token.is_cancelled
    token.pause()
    assert not token.is_paused


def test_a_resumed_token_lets_the_job_go_on():
    token = CancelToken()
    token.pause()
    token.resume()
    token.check()
    assert not token.is_paused


@pytest.mark.parametrize("event", typing.get_args(events.Event), ids=lambda cls: cls.__name__)
def test_events_are_frozen_slotted_and_hold_no_tensors(event):
    assert dataclasses.is_dataclass(event)
    assert event.__dataclass_params__.frozen
    assert hasattr(event, "__slots__")
    hints = typing.get_type_hints(event, localns={"np": np, "npt": npt})
    assert not any(hint is torch.Tensor for hint in hints.values())


def test_a_registry_refuses_a_taken_name_and_keeps_the_first():
    registry: Registry[int] = Registry("number")
    registry.add("one", 1)
    with pytest.raises(ValueError, match="'one' already"):
        registry.add("one", 2)
    assert registry.get("one") == 1
    assert list(registry) == ["one"]
    with pytest.raises(ConfigError, match="Choose one of: one"):
        registry.get("zzz")


def test_running_out_of_memory_is_put_in_words():
    with (
        pytest.raises(MemoryExhaustedError, match="smaller batch"),
        memory_errors("Choose a smaller batch."),
    ):
        raise torch.OutOfMemoryError
    with pytest.raises(MemoryExhaustedError), memory_errors(""):
        torch.empty(2**60)
    with pytest.raises(RuntimeError, match="another"), memory_errors(""):
        raise RuntimeError("another fault")


def test_devices_are_what_was_asked_for():
    assert pick_device("cpu").type == "cpu"
    assert pick_device().type in {"cpu", "cuda", "mps"}
    assert isinstance(has_fast_bfloat16(torch.device("cpu")), bool)
    assert not has_fast_bfloat16(torch.device("meta"))


def test_whatever_shows_an_outcome_or_follows_a_job_loads_no_library_of_numbers():
    script = (
        "import sys; import engine.outcomes, engine.events, engine.running, engine.memory;"
        "print({'torch', 'numpy', 'cv2', 'PIL', 'psutil'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert result.stdout == "set()\n", result.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="GNU's OpenMP is torch's on Linux only")
@pytest.mark.parametrize(("chosen", "spins"), [({}, "1000"), ({"GOMP_SPINCOUNT": "7"}, "7")])
def test_threads_do_not_spin_long_unless_the_user_says_so(chosen, spins):
    """What OpenMP itself says it took over, not what was put into the environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GOMP")}
    done = subprocess.run(
        [sys.executable, "-c", "import engine, torch"],
        env={**kept, **chosen, "OMP_DISPLAY_ENV": "verbose"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"GOMP_SPINCOUNT = '{spins}'" in done.stderr

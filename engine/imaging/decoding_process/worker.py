"""The process that decodes: waits for a file, reads it, says what it found, waits again.

Runs without Qt and torch and ends with the program, also when that is killed in the middle of a
photo: a thread of its own waits for what comes next, and the end of the connection is the end.
"""

import os
import queue
import signal
import sys
import threading
import traceback
from pathlib import Path

from engine.errors import EngineError, MemoryExhaustedError, StorageError
from engine.imaging.decoding_process.channel import Channel, inherited
from engine.imaging.decoding_process.protocol import (
    Bug,
    DecodingFailed,
    ProtocolError,
    Ready,
    Request,
    Room,
    pack,
    text_of,
)

_CPU_MARGIN_S = 10
_MOST_CHARACTERS = 4000


def main(connection: str) -> None:
    """Read files until the program ends.

    Args:
        connection: The inherited end, as `launch.start` named it.
    """
    _calm_down()
    channel = inherited(connection)
    try:
        from engine.imaging.decoding_process.reader import Reader  # noqa: PLC0415 - may fail
    except BaseException:  # noqa: BLE001 - whatever it is, the program has to be told
        channel.send(pack(Bug(traceback.format_exc()[-_MOST_CHARACTERS:])))
        return
    incoming: queue.SimpleQueue[tuple[Request | Room, int | None]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(channel, incoming), daemon=True).start()
    reader = Reader(channel, incoming)
    channel.send(pack(Ready()))
    while True:
        request, _ = incoming.get()
        if isinstance(request, Request):
            _limit_processor_time(request.cpu_s)
            path = Path(os.fsdecode(bytes.fromhex(request.path)))
            try:
                answer = reader.read(path, request)
            except EngineError as error:
                answer = pack(_failure(error))
            except Exception:  # noqa: BLE001 - told to the program, which raises it
                answer = pack(Bug(traceback.format_exc()[-_MOST_CHARACTERS:]))
            reader.clean_up()
            channel.send(answer)


def _listen(
    channel: Channel, incoming: "queue.SimpleQueue[tuple[Request | Room, int | None]]"
) -> None:
    """Take what the program says; when it is gone, end in the middle of whatever is done."""
    try:
        while True:
            message, descriptor = channel.receive()
            kind, body, _ = text_of(message)
            incoming.put(((Request if kind == "Request" else Room)(**body), descriptor))
    except (EOFError, OSError, ProtocolError):
        os._exit(0)


def _failure(error: EngineError) -> DecodingFailed:
    what, remedy = error.what[:_MOST_CHARACTERS], error.remedy[:_MOST_CHARACTERS]
    if isinstance(error, StorageError):
        return DecodingFailed("StorageError", what, remedy)
    if isinstance(error, MemoryExhaustedError):
        return DecodingFailed("MemoryExhaustedError", what, remedy)
    return DecodingFailed("PhotoError", what, remedy)


def _calm_down() -> None:
    """Leave nothing behind in a crash, and leave keys of the terminal to the program."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - Windows only

        fail_critical_errors, no_fault_box = 1, 2
        ctypes.windll.kernel32.SetErrorMode(fail_critical_errors | no_fault_box)
    else:
        import resource  # noqa: PLC0415 - not on Windows

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_processor_time(cpu_s: int) -> None:
    """Have the system end this process where nobody else is left to do so."""
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not on Windows

        times = os.times()
        soft = int(times.user + times.system) + cpu_s + _CPU_MARGIN_S
        # Only the administrator may raise the hard limit, which `ulimit -t` sets.
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        if hard != resource.RLIM_INFINITY:
            soft = min(soft, hard)
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))

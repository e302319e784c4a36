"""What running out of memory looks like."""

import contextlib
import errno
from collections.abc import Iterator

from engine.errors import MemoryExhaustedError

_SIGNS = (
    "can't allocate memory",
    "cannot allocate memory",
    "bad allocation",
    "bad_alloc",
    "out of memory",
    "could not create a primitive",
    "could not create a memory object",
    "could not execute a primitive",
    "failed to map segment",
    "can't start new thread",
    "insufficient memory",
    "not enough memory",
    "std::length_error",
)
"""What libraries say in a `RuntimeError`, an `ImportError` or an error of their own. A new thread
needs room for its stack; a system that refuses one is at its end in one way or another."""


def is_out_of_memory(error: BaseException | None) -> bool:
    """Return whether an exception, or one that led to it, means that memory ran out."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, MemoryError | MemoryExhaustedError):
            return True
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:
            return True
        if type(error).__name__ == "OutOfMemoryError":  # torch's, which this module does not load
            return True
        text = str(error).lower()
        libraries = isinstance(error, RuntimeError | ImportError | SystemError)
        if (libraries or type(error).__module__ == "cv2") and any(sign in text for sign in _SIGNS):
            return True
        error = error.__cause__
    return False


@contextlib.contextmanager
def memory_errors(remedy: str) -> Iterator[None]:
    """Turn running out of memory, on any device, into a `MemoryExhaustedError`.

    Args:
        remedy: What to change to need less.
    """
    try:
        yield
    except MemoryExhaustedError:
        raise
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise MemoryExhaustedError("The memory is not enough for this.", remedy=remedy) from error

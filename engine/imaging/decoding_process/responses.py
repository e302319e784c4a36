"""Checks what a decoder says against its type, on the program's side."""

import functools

from pydantic import TypeAdapter, ValidationError

from engine.imaging.decoding_process.protocol import RESPONSES, ProtocolError, Response, text_of


@functools.cache
def _adapter(kind: str) -> TypeAdapter[Response]:
    return TypeAdapter(RESPONSES[kind])


def response_of(message: bytes) -> tuple[Response, bytes]:
    """Return an answer and the blobs that follow it.

    Raises:
        ProtocolError: If it is none that a decoder may give.
    """
    kind, body, blobs = text_of(message)
    if kind not in RESPONSES:
        raise ProtocolError("an answer of an unknown kind")
    try:
        return _adapter(kind).validate_python(body), blobs
    except ValidationError as error:
        raise ProtocolError("an answer of the wrong form") from error

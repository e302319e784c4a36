"""Where words go: results to stdout, all else to stderr; with --json one object and no more."""

import io
import json
import logging
import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from engine.texts import has_acting, visible

_WIDTH_IN_A_PIPE = 200


class Terminal:
    """The two streams of one invocation.

    Args:
        as_json: Print the result as JSON.

    Attributes:
        out: For the result as people read it.
        err: For everything else.
        as_json: As given.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self.out = _console(sys.stdout)
        self.err = _console(sys.stderr)
        self._stdout = sys.stdout

    def result(self, values: Mapping[str, Any], *shown: RenderableType) -> None:
        """Print a result, either as JSON or as people read it.

        Args:
            values: For JSON: plain values, paths and mappings; what is not finite becomes null.
            shown: For people, one below the other.
        """
        if self.as_json:
            self._stdout.write(_json(plain(values), self._stdout.encoding or "utf-8") + "\n")
            self._stdout.flush()
            return
        for item in shown:
            self.out.print(item)

    def say(self, text: str, style: str = "") -> None:
        """Print a line that is not the result."""
        self.err.print(text, style=style)


def plain(value: Any) -> Any:
    """Return `value` as JSON knows it: no paths, no numbers that are not finite."""
    match value:
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case Path():
            return str(value)
        case float() if not math.isfinite(value):
            return None
        case _:
            return value


class SafeConsole(Console):
    """Shows names of files, layers, profiles and servers as they are, whatever they hold.

    They come as strings, as cells of tables and as parts of bars. All of them become segments here
    before rich adds the codes for colours and for moving bars, which are its own.
    """

    def render_str(self, text: str, **options: Any) -> Text:
        """Return a string as rich's text, with what would act on the terminal written out."""
        return super().render_str(visible(text, lines=True), **options)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Turn anything into segments, with what would act on the terminal written out."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(visible(segment.text, lines=True), segment.style)


def make_safe(stream: TextIO) -> None:
    """Let a stream write letters it has no code for as escapes, instead of failing."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


class SafeFormatter(logging.Formatter):
    """Formats a line of the log with what would act on a terminal written out."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return visible(super().format(record), lines=True)


def _json(values: Any, encoding: str) -> str:
    """Return JSON for a stream: exact, and without anything a terminal would obey."""
    text = json.dumps(values, ensure_ascii=False, allow_nan=False)
    text = "".join(f"\\u{ord(c):04x}" if has_acting(c) and c < "\U00010000" else c for c in text)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(values, allow_nan=False)
    return text


def _console(stream: TextIO) -> Console:
    # Names of files and layers are shown as they are: no markup, no emoji, no guessed colours.
    make_safe(stream)
    console = SafeConsole(file=stream, markup=False, emoji=False, highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console = SafeConsole(
            file=stream, markup=False, emoji=False, highlight=False, width=_WIDTH_IN_A_PIPE
        )
    return console

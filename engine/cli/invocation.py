"""One call of a command: what was given, where its words go, and how to go on after Ctrl-C."""

import shlex
from dataclasses import dataclass
from typing import Any

from engine.cli.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Invocation:
    """What a command's function is called with.

    Attributes:
        values: Given settings by field, nested for nested settings; without what was not given.
        terminal: The streams.
        words: The words after `adaptsr`.
        can_resume: Whether the command takes `--resume`.
    """

    values: dict[str, Any]
    terminal: Terminal
    words: tuple[str, ...] = ()
    can_resume: bool = False

    def resuming(self) -> str | None:
        """Return the command that goes on with this one when interrupted, if there is one."""
        if not self.can_resume:
            return None
        words = [word for word in self.words if word != "--resume"]
        return shlex.join(["adaptsr", *words, "--resume"])

"""The headless face: every job as a command, with the same events a window gets.

A command is two modules. The one in `declarations` says what it takes and is light; the one in
`commands` does it, is imported when it is called, and imports what it needs at its top.
"""

from engine.cli.program import app, main

__all__ = ["app", "main"]

"""Imports a command when it is called: `--help` of the program, and of one command, load no other."""

from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup


def load(target: str) -> Any:
    """Return what "package.module:name" names.

    Whoever freezes the program has to name `engine.cli.declarations` and `engine.cli.commands`:
    nothing else imports them.
    """
    module, _, name = target.partition(":")
    return getattr(import_module(module), name)


class DeferredCommand(TyperCommand):
    """A command's name and one line about it; the command itself is imported when it is called.

    Args:
        name: As users write it.
        target: "module:name" of a `Declaration`, or of a `typer.Typer` that groups some.
        help: The first line of its help.
    """

    def __init__(self, name: str, target: str, help: str) -> None:  # noqa: A002 - typer's name
        super().__init__(name, help=help)
        self._target = target

    def load(self) -> TyperCommand | TyperGroup:
        """Import the command."""
        declared = load(self._target)
        if not isinstance(declared, typer.Typer):
            declared, command = typer.Typer(add_completion=False), declared
            declared.command(self.name)(command)
        loaded = typer.main.get_command(declared)
        if not isinstance(loaded, TyperCommand | TyperGroup):
            raise TypeError(f"{self._target} is no command")
        return loaded

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Let the command itself read its words and run."""
        return self.load().make_context(*arguments, **options)


class LazyGroup(TyperGroup):
    """A group whose commands are imported when they are called.

    Attributes:
        deferred: The commands, in the order of the help.
    """

    deferred: ClassVar[tuple[DeferredCommand, ...]] = ()

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for command in self.deferred:
            self.add_command(command)

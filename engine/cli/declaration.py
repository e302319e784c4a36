"""Declares a command: what it takes and what its help says. The work is imported when it is done."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from engine.cli.invocation import Invocation
from engine.cli.lazy import load
from engine.cli.options import SettingOption, nested
from engine.cli.terminal import Terminal

Check = Callable[[dict[str, Any]], None]
_KEYWORD = inspect.Parameter.KEYWORD_ONLY
_CONTEXT = inspect.Parameter("context", _KEYWORD, annotation=typer.Context)
_JSON = inspect.Parameter(
    "json",
    _KEYWORD,
    default=False,
    annotation=Annotated[
        bool,
        typer.Option("--json", help="Print one JSON object on stdout, and all else on stderr."),
    ],
)


class Declaration:
    """A command as typer sees it: a function with the command's parameters and help.

    Args:
        work: "module:name" of the function that does it, called with an `Invocation` and what the
            command takes beside settings.
        stub: A function that does nothing. Its parameters are those beside settings, its docstring
            is the help.
        options: Those whose values go into the settings.
        check: Refuses settings that do not go together, before anything large is imported.
    """

    def __init__(
        self,
        work: str,
        stub: Callable[..., None],
        options: tuple[SettingOption, ...],
        check: Check | None,
    ) -> None:
        own = list(inspect.signature(stub, eval_str=True).parameters.values())
        first = [parameter for parameter in own if parameter.default is parameter.empty]
        parameters = [
            _CONTEXT,
            *first,
            *(option.parameter for option in options),
            *(parameter for parameter in own if parameter not in first),
            _JSON,
        ]
        self._work, self._options, self._check = work, options, check
        self.__name__ = stub.__name__
        self.__doc__ = stub.__doc__
        self.__signature__ = inspect.Signature(parameters)
        self.__annotations__ = {one.name: one.annotation for one in parameters}

    def __call__(self, context: typer.Context, *, json: bool, **given: Any) -> None:
        """Do the work with what was given."""
        values = nested(self._options, given)
        if self._check is not None:
            self._check(values)
        own = {name: value for name, value in given.items() if name not in self._of_settings()}
        invocation = Invocation(
            values,
            Terminal(as_json=json),
            context.find_object(tuple) or (),
            can_resume="resume" in self._of_settings(),
        )
        load(self._work)(invocation, **own)

    def _of_settings(self) -> set[str]:
        return {option.parameter.name for option in self._options}


def command(
    work: str, *options: SettingOption, check: Check | None = None
) -> Callable[[Callable[..., None]], Declaration]:
    """Make a declaration of a function that does nothing; see `Declaration`."""
    return lambda stub: Declaration(work, stub, options, check)

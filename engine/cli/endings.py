"""Explains on stderr, or in JSON, why a command did not finish, and chooses the exit code."""

from dataclasses import dataclass
from pathlib import Path

import typer

from engine.cancellation import Cancelled
from engine.cli.outcomes import ExitCode, Interrupted, ReportedBug
from engine.cli.terminal import Terminal
from engine.errors import EngineError, outside_error

_BUG = "Something went wrong inside AdaptSR. This is a bug, not your fault."


@dataclass(frozen=True, slots=True)
class Ending:
    """Why a command did not finish.

    Attributes:
        code: The process's exit code.
        kind: A word for programs.
        what: What happened.
        path: The file it happened to, or where more is to be found.
        remedy: What the user can do.
    """

    code: ExitCode
    kind: str
    what: str
    path: Path | None = None
    remedy: str = ""


def end_with(error: BaseException, terminal: Terminal) -> ExitCode:
    """Explain an exception that ended a command and return the exit code for it."""
    ending = _ending_of(outside_error(error) if isinstance(error, OSError) else error)
    if terminal.as_json:
        described = {
            "kind": ending.kind,
            "what": ending.what,
            "path": ending.path,
            "remedy": ending.remedy or None,
        }
        terminal.result({"error": described})
    if ending.code != ExitCode.BUG and ending.path is not None:
        terminal.say(str(ending.path), style="bold")
    terminal.say(ending.what, style="" if ending.code == ExitCode.CANCELLED else "red")
    if ending.remedy:
        terminal.say(ending.remedy)
    return ending.code


def _ending_of(error: BaseException) -> Ending:
    match error:
        case typer.TyperException():
            remedy = "`adaptsr --help` and `adaptsr COMMAND --help` list what there is."
            return Ending(ExitCode.USAGE, "usage", error.format_message(), remedy=remedy)
        case EngineError():
            kind = type(error).__name__
            return Ending(ExitCode.ERROR, kind, error.what, error.path, error.remedy)
        case Interrupted():
            remedy = f"Go on later with: {error.resume}" if error.resume else ""
            return Ending(
                ExitCode.CANCELLED, "cancelled", "Stopped.", error.checkpoint, remedy=remedy
            )
        case KeyboardInterrupt() | Cancelled() | typer.Abort():
            return Ending(ExitCode.CANCELLED, "cancelled", "Stopped.")
        case ReportedBug():
            return _bug(error.error, error.report)
        case _:
            from engine.bug_reports import write_bug_report  # noqa: PLC0415 - rarely needed

            return _bug(error, write_bug_report(error, "command"))


def _bug(error: BaseException, report: Path | None) -> Ending:
    what = f"{_BUG}\n{type(error).__name__}: {error}"
    remedy = "" if report is None else f"Details are in {report}"
    return Ending(ExitCode.BUG, "bug", what, report, remedy)

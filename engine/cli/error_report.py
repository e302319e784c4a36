"""Explains on stderr, or in JSON, why a command did not finish, and chooses the exit code."""

from dataclasses import dataclass
from pathlib import Path

import typer

from engine.cancellation import Cancelled
from engine.cli.exit_codes import ExitCode, Interrupted, ReportedBug
from engine.cli.terminal import Terminal
from engine.errors import EngineError, MemoryExhaustedError, outside_error
from engine.memory import is_out_of_memory

_BUG = "Something went wrong inside AdaptSR. This is a bug, not your fault."


@dataclass(frozen=True, slots=True)
class ErrorReport:
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


def report_error(error: BaseException, terminal: Terminal) -> ExitCode:
    """Explain an exception that ended a command and return the exit code for it."""
    report = _report_on(_known(error))
    if terminal.as_json:
        described = {
            "kind": report.kind,
            "what": report.what,
            "path": report.path,
            "remedy": report.remedy or None,
        }
        terminal.result({"error": described})
    if report.code != ExitCode.BUG and report.path is not None:
        terminal.say(str(report.path), style="bold")
    terminal.say(report.what, style="" if report.code == ExitCode.CANCELLED else "red")
    if report.remedy:
        terminal.say(report.remedy)
    return report.code


def _known(error: BaseException) -> BaseException:
    """Return what the outside did in our words; the exception itself where it did nothing."""
    if isinstance(error, EngineError | typer.TyperException):
        return error
    if is_out_of_memory(error):  # of the libraries too, when a command loads them
        return MemoryExhaustedError(
            "The memory is not enough for this.", remedy="Close other programs, then try again."
        )
    return outside_error(error) if isinstance(error, OSError) else error


def _report_on(error: BaseException) -> ErrorReport:
    match error:
        case typer.TyperException():
            remedy = "`adaptsr --help` and `adaptsr COMMAND --help` list what there is."
            return ErrorReport(ExitCode.USAGE, "usage", error.format_message(), remedy=remedy)
        case EngineError():
            kind = type(error).__name__
            return ErrorReport(ExitCode.ERROR, kind, error.what, error.path, error.remedy)
        case Interrupted():
            remedy = f"Go on later with: {error.resume}" if error.resume else ""
            return ErrorReport(
                ExitCode.CANCELLED, "cancelled", "Stopped.", error.checkpoint, remedy=remedy
            )
        case KeyboardInterrupt() | Cancelled() | typer.Abort():
            return ErrorReport(ExitCode.CANCELLED, "cancelled", "Stopped.")
        case ReportedBug():
            return _bug(error.error, error.report)
        case _:
            from engine.bug_reports import write_bug_report  # noqa: PLC0415 - 10 ms, rarely needed

            return _bug(error, write_bug_report(error, "command"))


def _bug(error: BaseException, written: Path | None) -> ErrorReport:
    what = f"{_BUG}\n{type(error).__name__}: {error}"
    remedy = "" if written is None else f"Details are in {written}"
    return ErrorReport(ExitCode.BUG, "bug", what, written, remedy)

"""Turns the outcome of a job into what a person is told.

Every text of the window goes through `tr`, `tr_count` where it counts something, and `to_translate`
where it is translated later. `packaging/translations.py` collects them, and a test translates all of
them on the fly and finds what was left out. The engine's sentences stay English.
"""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from engine.errors import EngineError
from engine.texts import visible

_CONTEXT = "AdaptSR"


@dataclass(frozen=True, slots=True)
class Message:
    """What happened, in the user's words.

    Attributes:
        title: One short line.
        text: What happened.
        remedy: What to do next, or "".
        details: For the fold: the file, or the traceback.
        report: The bug report that was written, if it is a bug.
    """

    title: str
    text: str = ""
    remedy: str = ""
    details: str = ""
    report: Path | None = None


def sentence_of(error: EngineError) -> str:
    """Return an error without the file's name, for where that stands already."""
    return " ".join(part for part in (error.what, error.remedy) if part)


def tr(text: str) -> str:
    """Return `text` in the user's language."""
    return QCoreApplication.translate(_CONTEXT, text)


def to_translate(text: str) -> str:
    """Mark a text that is given to `tr` later, so that translators get to see it."""
    return text


def tr_count(one: str, many: str, count: int) -> str:
    """Return what is said of so many things, in the user's language.

    Args:
        one: In English, for one of them.
        many: In English, for any other number. Translations have as many forms of it as their
            language needs.
        count: How many; stands where the text says %n.
    """
    found = QCoreApplication.translate(_CONTEXT, many, None, count)
    number = str(count)
    if count == 1 and found == many.replace("%n", number):  # not translated
        return one.replace("%n", number)
    return found


def message_for(error: Exception, report: Path | None = None) -> Message:
    """Describe an error.

    Args:
        error: What a job raised.
        report: The bug report that was written, if any.
    """
    if isinstance(error, EngineError):
        where = visible(str(error.path)) if error.path else ""
        title = tr("This did not work") if not error.path else visible(error.path.name)
        return Message(title, visible(error.what), visible(error.remedy), where)
    return Message(
        tr("Something went wrong inside AdaptSR"),
        tr("This is a bug, not your fault. Your photos are untouched."),
        tr("Send us the report, and try again.") if report else tr("Try again."),
        visible(f"{type(error).__name__}: {error}", lines=True),
        report,
    )

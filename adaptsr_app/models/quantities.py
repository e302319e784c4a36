"""Days as a person reads them."""

from datetime import datetime

from PySide6.QtCore import QDate, QLocale


def day_text(moment: datetime) -> str:
    """Return the day of a moment, in the user's own time and way of writing it."""
    day = moment.astimezone().date()
    return QLocale().toString(QDate(day.year, day.month, day.day), QLocale.FormatType.ShortFormat)

"""Sizes and days as a person reads them."""

from datetime import datetime

from PySide6.QtCore import QDate, QLocale


def size_in_words(size_bytes: int) -> str:
    """Return a size such as "340 kB", "4.2 MB" or "1.3 GB"."""
    for unit, factor in (("GB", 10**9), ("MB", 10**6)):
        if size_bytes >= factor:
            return f"{size_bytes / factor:.1f} {unit}"
    return f"{size_bytes / 1000:.0f} kB"


def day_in_words(moment: datetime) -> str:
    """Return the day of a moment, in the user's own time and way of writing it."""
    day = moment.astimezone().date()
    return QLocale().toString(QDate(day.year, day.month, day.day), QLocale.FormatType.ShortFormat)

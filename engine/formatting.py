"""Puts times, amounts and counts as people read them; in the engine's language, English."""


def duration(seconds: float) -> str:
    """Return a time as "0:42", "12:05" or "3:07:00"."""
    minutes, rest = divmod(round(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def counted(count: int, noun: str) -> str:
    """Return "1 photo" or "3 photos"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"

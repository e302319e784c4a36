"""Puts sizes, times and counts as people read them.

Their words are units and plain English. The window translates times and counts, and has its own
(`adaptsr_app/models/job_progress.py`); sizes look the same everywhere.
"""


def format_size(size_bytes: float) -> str:
    """Return a size such as "340 kB", "4.2 MB" or "1.3 GB"; a kB is 1000 bytes, as on a disk."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if size_bytes >= 0.9995 * factor:  # or it would be rounded to 1000 of the smaller unit
            return f"{size_bytes / factor:,.1f} {unit}"
    return f"{size_bytes / 1e3:.0f} kB"


def format_pixels(pixels: float) -> str:
    """Return a number of pixels such as "300 megapixels"."""
    return f"{pixels / 1e6:.0f} megapixels"


def format_duration(seconds: float) -> str:
    """Return a time as "0:42", "12:05" or "3:07:00"."""
    minutes, rest = divmod(round(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def format_count(count: int, noun: str) -> str:
    """Return "1 photo" or "3 photos"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"

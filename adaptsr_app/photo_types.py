"""Which files are offered as photos."""

from engine.imaging.formats import photo_suffixes


def photo_filter() -> str:
    """Return what a file dialog shows: names as they are and in capitals, as cameras write them."""
    names = sorted(photo_suffixes())
    return "Photos ({})".format(" ".join(f"*{name} *{name.upper()}" for name in names))

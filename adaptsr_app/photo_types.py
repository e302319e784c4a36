"""Which files are offered as photos."""

from engine.data.pairs import PHOTO_SUFFIXES

PHOTO_FILTER = "Photos ({})".format(" ".join(f"*{suffix}" for suffix in sorted(PHOTO_SUFFIXES)))

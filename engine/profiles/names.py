"""What a profile may be called: a name that every file system takes as one folder."""

import re
import unicodedata

from engine.errors import ProfileError
from engine.texts import has_acting, visible

LONGEST_NAME_BYTES = 120
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


def check_profile_name(name: str) -> str:
    """Return `name` in its composed form, fit to be the name of a folder everywhere.

    Raises:
        ProfileError: If it is empty, too long, leads elsewhere or is reserved on some system.
    """
    composed = unicodedata.normalize("NFC", name)
    size_bytes = len(composed.encode("utf-8", errors="replace"))
    if not composed.strip():
        raise ProfileError("A profile needs a name.", remedy="Give it the camera's name.")
    if size_bytes > LONGEST_NAME_BYTES:
        raise ProfileError("This profile's name is too long.", remedy="Choose a shorter one.")
    if (
        _FORBIDDEN.search(composed)
        or _RESERVED.fullmatch(composed)
        or composed.startswith(".")
        or composed != composed.strip().rstrip(".")
        or has_acting(composed)
    ):
        raise ProfileError(
            f"“{visible(name)}” cannot be the name of a profile.",
            remedy='Use letters, digits, spaces and dashes, without any of < > : " / \\ | ? *.',
        )
    return composed

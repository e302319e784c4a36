"""Text that Qt shows as it is: it takes whatever looks like markup for that, and loads pictures."""

from PySide6.QtGui import Qt

from engine.texts import visible

_JOINER = "\N{WORD JOINER}"


def plain(text: str) -> str:
    """Return `text` such that no part of Qt takes it for markup; it looks the same.

    Where a widget can be told that its text is plain, that is told as well. A tool tip cannot.

    Args:
        text: From anywhere; ends of lines are kept.
    """
    shown = visible(text, lines=True)
    if Qt.mightBeRichText(shown):
        # A letter without width in front of what would be a tag's name, or an entity's.
        shown = shown.replace("<", f"<{_JOINER}").replace("&lt;", f"&{_JOINER}lt;")
    return shown

"""Tool tips: always plain text, whoever wrote it. Nobody else sets one."""

from typing import Protocol

from adaptsr_app.plain_text import plain


class HasTip(Protocol):
    """A widget, an action, or an item of a list."""

    def setToolTip(self, toolTip: str, /) -> None:  # noqa: N802, N803 - Qt's names
        """Say it when the mouse rests there."""


def set_tip(target: HasTip, text: str) -> None:
    """Say `text` when the mouse rests on `target`; nothing if it is empty.

    Args:
        target: A widget, an action, or an item of a list.
        text: From anywhere; ends of lines are kept.
    """
    target.setToolTip(plain(text))

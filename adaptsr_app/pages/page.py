"""What the window expects of a page."""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Self

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from adaptsr_app.context import Context
from adaptsr_app.widgets.commands import Entry, entries_of


class Page(QWidget):
    """One page of the rail.

    Attributes:
        key: Its name in code and preferences.
        icon: Its icon's name in `adaptsr_app.theme.icons`.
    """

    key: ClassVar[str]
    icon: ClassVar[str]

    def __init__(self, context: Context) -> None:
        """Build the page; nothing slow, and no torch, before the first paint."""
        super().__init__()
        self.context = context

    @classmethod
    def in_parts(cls, context: Context) -> Iterator[Self | None]:
        """Build the page bit by bit, so that the window answers in between.

        Yields:
            None after each bit, and at the end the page, to be put into the window.
        """
        page = cls(context)
        yield None
        yield page

    @property
    def title(self) -> str:
        """What the user calls the page."""
        raise NotImplementedError

    def shown(self) -> None:
        """Called whenever the page comes to the front."""

    def commands(self) -> Sequence[Entry]:
        """Return what can be done here, for the page's menu: its buttons, unless said otherwise.

        Asked for whenever the menu opens.
        """
        return entries_of(self)

    @property
    def undo(self) -> QAction | None:
        """What takes back what was done last; None where nothing can be."""
        return None

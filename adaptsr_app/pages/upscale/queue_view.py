"""The list of photos: selecting, reordering by drag, and a menu for the photos that are selected."""

from collections.abc import Sequence

from PySide6.QtCore import QItemSelection, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QMenu
from typing_extensions import override

from adaptsr_app.messages import tr
from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.models.upscale_queue import ITEM_ROLE, UpscaleQueue
from adaptsr_app.pages.upscale.row_delegate import RowDelegate
from adaptsr_app.theme.theme import Theme


class QueueView(QListView):
    """Shows the queue.

    Signals:
        selected: Other photos are selected now.
        network_requested: What the selected photos are upscaled with is to be chosen; where on the
            screen.

    Attributes:
        menus: Further parts of the menu for the photos that are selected.
    """

    selected = Signal()
    network_requested = Signal(QPoint)

    def __init__(self, queue: UpscaleQueue, theme: Theme) -> None:
        """Show a queue."""
        super().__init__()
        self.menus: Sequence[QMenu] = ()
        self.setAccessibleName(tr("Photos to upscale"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("role", "boxed")
        self.rows = RowDelegate(theme, self)
        self.setItemDelegate(self.rows)
        self.setModel(queue)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)
        theme.changed.connect(self.viewport().update)

    def selected_rows(self) -> list[int]:
        """Return which rows are selected, from top to bottom."""
        return sorted(index.row() for index in self.selectedIndexes())

    def selected_items(self) -> Sequence[UpscaleItem]:
        """Return the photos that are selected, from top to bottom."""
        model = self.model()
        return [model.index(row, 0).data(ITEM_ROLE) for row in self.selected_rows()]

    def selectionChanged(  # noqa: N802 - Qt's name
        self, selected: QItemSelection, deselected: QItemSelection
    ) -> None:
        """Tell who listens."""
        super().selectionChanged(selected, deselected)
        self.selected.emit()

    def ask_for_network(self) -> None:
        """Let the user choose what the selected photos are upscaled with, at the current row."""
        index = self.currentIndex()
        if index.isValid() and self.selectedIndexes():
            self.scrollTo(index)
            self._ask_for_network(index)

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the user choose what a photo is upscaled with where that is written."""
        super().mouseReleaseEvent(event)
        place = event.position().toPoint()
        index = self.indexAt(place)
        if (
            event.button() == Qt.MouseButton.LeftButton
            and event.modifiers() == Qt.KeyboardModifier.NoModifier
            and self.selectedIndexes() == [index]
            and self.rows.network_place(self.visualRect(index), index).contains(place)
        ):
            self._ask_for_network(index)

    def _ask_for_network(self, index: QModelIndex) -> None:
        area = self.visualRect(index)
        place = self.rows.network_place(area, index)
        below = (place if place.isValid() else area).center() + QPoint(0, 24)
        if place.isValid():
            below.setX(place.left())
        self.network_requested.emit(self.viewport().mapToGlobal(below))

    def _open_menu(self, where: QPoint) -> None:
        if self.selectedIndexes():
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.addActions(self.actions())
            for part in self.menus:
                menu.addMenu(part)
            menu.popup(self.viewport().mapToGlobal(where))

"""The photos to upscale, in order; folds the events of upscaling into what each row shows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from adaptsr_app.messages import tr
from adaptsr_app.models.upscale_item import ItemState, UpscaleItem
from adaptsr_app.plain_text import plain
from engine.events import (
    FileSkipped,
    Notice,
    PhotoFailed,
    PhotoFinished,
    PhotoNotice,
    PhotoStarted,
    Progress,
    Stage,
)

AnyIndex = QModelIndex | QPersistentModelIndex

ITEM_ROLE = Qt.ItemDataRole.UserRole
"""Gives the row's `UpscaleItem`."""

_TOP = QModelIndex()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many photos of a run stand where."""

    done: int = 0
    failed: int = 0
    skipped: int = 0
    waiting: int = 0
    working: int = 0


class UpscaleQueue(QAbstractListModel):
    """A list of `UpscaleItem`, each photo once.

    Signals:
        changed: Rows came, went, or stand elsewhere now; not for progress within one.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[UpscaleItem] = []
        self._working: UpscaleItem | None = None
        self.remarks: list[str] = []
        """What the job at hand had to say of all photos."""

    @property
    def items(self) -> Sequence[UpscaleItem]:
        """All rows, in order."""
        return tuple(self._items)

    def rowCount(self, parent: AnyIndex = _TOP) -> int:  # noqa: N802 - Qt's name
        """Return how many photos there are."""
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a row's name, its path as tool tip, or the row itself."""
        if not index.isValid():
            return None
        item = self._items[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return item.path.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return ", ".join(filter(None, (item.path.name, _said(item.state), item.reason)))
            case Qt.ItemDataRole.ToolTipRole:
                return plain(
                    "\n".join((str(item.path), *filter(None, (item.reason, *item.notices))))
                )
            case Qt.ItemDataRole.UserRole:
                return item
            case _:
                return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        """Let rows be dragged between rows, never onto one."""
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        if not self._items[index.row()].in_run:
            flags |= Qt.ItemFlag.ItemIsDragEnabled
        return flags | Qt.ItemFlag.ItemNeverHasChildren

    def supportedDropActions(self) -> Qt.DropAction:  # noqa: N802 - Qt's name
        """Rows are moved, never copied."""
        return Qt.DropAction.MoveAction

    def add(self, items: Iterable[UpscaleItem]) -> list[UpscaleItem]:
        """Append photos that are not in the queue yet and return those."""
        known = {item.key for item in self._items}
        new = []
        for item in items:
            if item.key not in known:
                known.add(item.key)
                new.append(item)
        if new:
            first = len(self._items)
            self.beginInsertRows(_TOP, first, first + len(new) - 1)
            self._items += new
            self.endInsertRows()
            self.changed.emit()
        return new

    def remove(self, rows: Iterable[int]) -> None:
        """Take photos out of the queue, but for those that are being worked on."""
        for row in sorted(set(rows), reverse=True):
            if not self._items[row].in_run:
                self.beginRemoveRows(_TOP, row, row)
                del self._items[row]
                self.endRemoveRows()
        self.changed.emit()

    def moveRows(  # noqa: N802 - Qt's name
        self,
        sourceParent: AnyIndex,  # noqa: N803 - Qt's name
        sourceRow: int,  # noqa: N803 - Qt's name
        count: int,
        destinationParent: AnyIndex,  # noqa: N803 - Qt's name
        destinationChild: int,  # noqa: N803 - Qt's name
    ) -> bool:
        """Put rows elsewhere; called by the view when rows are dragged."""
        if any(item.in_run for item in self._items):
            return False
        last = sourceRow + count - 1
        if not self.beginMoveRows(
            sourceParent, sourceRow, last, destinationParent, destinationChild
        ):
            return False
        moved = self._items[sourceRow : last + 1]
        del self._items[sourceRow : last + 1]
        at = destinationChild - count if destinationChild > sourceRow else destinationChild
        self._items[at:at] = moved
        self.endMoveRows()
        self.changed.emit()
        return True

    def shift(self, rows: Iterable[int], step: int) -> None:
        """Move rows up (-1) or down (1) by one place, as one block that stops at the ends."""
        requested = sorted(set(rows), reverse=step > 0)
        ends = {-1, len(self._items)}
        if not requested or requested[0] + step in ends:
            return
        for row in requested:
            self.moveRows(_TOP, row, 1, _TOP, row + step + (step > 0))

    def update(self, items: Iterable[UpscaleItem], change: Callable[[UpscaleItem], None]) -> None:
        """Change photos and repaint their rows; those that left the queue are passed over."""
        requested = {id(item) for item in items}
        for row, item in enumerate(self._items):
            if id(item) in requested:
                change(item)
                self._repaint(row)
        self.changed.emit()

    def repaint(self, item: UpscaleItem) -> None:
        """Repaint a photo's row, without a word to those who count; for many in quick succession.

        Call `tell` once afterwards.
        """
        if item in self._items:
            self._repaint(self._items.index(item))

    def tell(self) -> None:
        """Tell those who listen that photos changed."""
        self.changed.emit()

    def begin_run(self, items: Iterable[UpscaleItem]) -> None:
        """Note which photos a job starts with."""
        self.remarks.clear()
        self.update(items, _enter_run)

    def end_run(self) -> None:
        """Note that the job ended; what it did not finish waits again."""
        self._working = None
        self.update([item for item in self._items if item.in_run], _leave_run)

    def fold(self, event: object) -> None:
        """Take an event of the job in."""
        match event:
            case PhotoStarted(path):
                self._set(path, "working")
            case PhotoFinished(path, output, elapsed_s):
                self._set(path, "done", output=output, elapsed_s=elapsed_s)
            case PhotoFailed(path, reason):
                self._set(path, "failed", reason=reason.removeprefix(f"{path}: "))
            case FileSkipped(path, reason):
                self._set(path, "skipped", reason=f"{reason[:1].upper()}{reason[1:]}.")
            case Progress(Stage.UPSCALE) if self._working is not None:
                if event.text == self._working.path.name and event.item_share is not None:
                    self._working.share = event.item_share
                    self._repaint(self._items.index(self._working))
            case PhotoNotice(path, text):
                self._note(path, text)
            case Notice(text):
                self.remarks.append(text)
                self.changed.emit()
            case _:
                pass

    def counts(self, items: Iterable[UpscaleItem]) -> Counts:
        """Count where photos stand."""
        states = [item.state for item in items]
        return Counts(
            **{
                state: states.count(state)
                for state in ("done", "failed", "skipped", "waiting", "working")
            }
        )

    def _set(
        self,
        path: Path,
        state: ItemState,
        *,
        reason: str = "",
        output: Path | None = None,
        elapsed_s: float = 0.0,
    ) -> None:
        row = next((row for row, item in enumerate(self._items) if item.path == path), None)
        if row is None:
            return
        item = self._items[row]
        item.state, item.reason, item.elapsed_s = state, reason, elapsed_s
        item.output = output or item.output
        item.share = float(state == "done")
        self._working = item if state == "working" else None
        self._repaint(row)
        self.changed.emit()

    def _note(self, path: Path, text: str) -> None:
        for item in self._items:
            if item.path == path:
                item.notices.append(text)
        self.changed.emit()

    def _repaint(self, row: int) -> None:
        index = self.index(row)
        self.dataChanged.emit(index, index)


def _said(state: ItemState) -> str:
    return {
        "waiting": tr("waiting"),
        "working": tr("being upscaled"),
        "done": tr("done"),
        "skipped": tr("left out"),
        "failed": tr("did not work"),
    }[state]


def _enter_run(item: UpscaleItem) -> None:
    item.in_run = True


def _leave_run(item: UpscaleItem) -> None:
    item.in_run = False
    if item.state == "working":
        item.reset()

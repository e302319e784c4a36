"""Takes photos and folders into the queue and finds out about each, off the window's thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from adaptsr_app.context import Context
from adaptsr_app.jobs.background import Background, attempt
from adaptsr_app.jobs.library_reading import read_network_choices
from adaptsr_app.jobs.photo_reading import read_photo_facts, read_thumbnail
from adaptsr_app.messages import Message, message_for, tr, tr_count
from adaptsr_app.models.network_choices import NetworkChoices
from adaptsr_app.models.photo_facts import PhotoFacts
from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.models.upscale_options import output_folder, resolve
from adaptsr_app.models.upscale_queue import UpscaleQueue
from engine.errors import EngineError
from engine.upscaling.batch.sources import find_sources

_NAMED_AT_MOST = 3
_TELL_EVERY_MS = 50
"""Headers of hundreds of photos are read in a second; counting after each would be felt."""


@dataclass(frozen=True, slots=True)
class _Searched:
    items: tuple[UpscaleItem, ...]
    missing: tuple[EngineError, ...]


class Intake(QObject):
    """Fills the queue.

    Signals:
        searching: Folders are being looked through, or no longer: a bool.
        told: A `Message` about what could not be taken.
        choices_changed: Other profiles or networks are known: `NetworkChoices`.
    """

    searching = Signal(bool)
    told = Signal(object)
    choices_changed = Signal(object)

    def __init__(self, context: Context, queue: UpscaleQueue, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._queue = context, queue
        self.choices = NetworkChoices()
        self._searches = 0
        self._knows_choices = False
        self._soon = QTimer(self, singleShot=True, interval=_TELL_EVERY_MS)
        self._soon.timeout.connect(queue.tell)
        self._headers = Background(self)
        self._thumbnails = Background(self)

    @property
    def is_settled(self) -> bool:
        """True where all that was found out is shown."""
        return not self._soon.isActive()

    def add(self, paths: list[Path]) -> None:
        """Take photos, and folders with all photos in them."""
        self.find_choices()
        out = output_folder(self._context.preferences)
        self._searches += 1
        self.searching.emit(True)
        self._headers.submit(
            lambda: attempt(lambda: _search(paths, out)), self._take, self._end_search
        )

    def restore(self, items: Sequence[UpscaleItem]) -> None:
        """Take photos that were in the queue before, as they were."""
        self.find_choices()
        for item in self._queue.add(items):
            self._look_at(item)

    def close(self) -> None:
        """Forget what was not begun."""
        self._headers.close()
        self._thumbnails.close()

    def find_choices(self, *, anew: bool = False) -> None:
        """Find out what there is to upscale with, once, or anew."""
        if anew or not self._knows_choices:
            self._knows_choices = True
            self._headers.submit(read_network_choices, self._set_choices)

    def resolve_waiting(self) -> None:
        """Work out again what every photo that waits will become."""
        waiting = [item for item in self._queue.items if _is_open(item)]
        self._queue.update(waiting, self._resolve)

    def retry(self, items: list[UpscaleItem]) -> None:
        """Let photos wait again, and look again at those that could not be read."""
        unread = [item for item in items if item.thumbnail is None]
        self._queue.update(items, UpscaleItem.reset)
        for item in unread:
            item.facts = None
            self._look_at(item)

    def _end_search(self) -> None:
        self._searches -= 1
        self.searching.emit(self._searches > 0)

    def _take(self, found: _Searched | EngineError) -> None:
        self._end_search()
        if isinstance(found, EngineError):
            self.told.emit(message_for(found))
            return
        new = self._queue.add(found.items)
        if found.missing:
            self.told.emit(_about(found.missing))
        for item in new:
            self._look_at(item)

    def _look_at(self, item: UpscaleItem) -> None:
        path = item.path
        self._headers.submit(
            lambda: read_photo_facts(path), lambda facts: self._set_facts(item, facts)
        )
        self._thumbnails.submit(
            lambda: read_thumbnail(path), lambda found: self._set_thumbnail(item, found)
        )

    def _set_facts(self, item: UpscaleItem, facts: PhotoFacts) -> None:
        item.facts = facts
        if facts.problem and _is_open(item):
            item.state, item.reason = "failed", facts.problem
        self._resolve(item)
        self._show(item)

    def _set_thumbnail(self, item: UpscaleItem, found: QImage | str) -> None:
        if isinstance(found, QImage):
            item.thumbnail = found
        elif item.state == "waiting":
            item.reason = found
        self._show(item)

    def _show(self, item: UpscaleItem) -> None:
        self._queue.repaint(item)
        if not self._soon.isActive():
            self._soon.start()

    def _set_choices(self, choices: NetworkChoices) -> None:
        self.choices = choices
        if choices.problem:
            self.told.emit(Message(tr("Your profiles cannot be read"), choices.problem))
        self.choices_changed.emit(choices)
        self.resolve_waiting()

    def _resolve(self, item: UpscaleItem) -> None:
        resolve(item, self.choices, self._context.preferences)


def _is_open(item: UpscaleItem) -> bool:
    return item.state in {"waiting", "failed"} and not item.in_run


def _search(paths: list[Path], out: Path) -> _Searched:
    found = find_sources(paths, out)
    items = tuple(UpscaleItem(one.path.absolute(), one.folder) for one in found.sources)
    return _Searched(items, found.missing)


def _about(missing: Sequence[EngineError]) -> Message:
    """Say which of the things that were dropped are no photos."""
    names = [str(error.path.name if error.path else "") for error in missing]
    rest = len(names) - _NAMED_AT_MOST
    listed = ", ".join(names[:_NAMED_AT_MOST])
    if rest > 0:
        listed += tr_count(" and 1 more", " and %n more", rest)
    return Message(
        tr("Some of it could not be taken"),
        f"{listed}: {missing[0].what}",
        details="\n".join(str(error) for error in missing),
    )

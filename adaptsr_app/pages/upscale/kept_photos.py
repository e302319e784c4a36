"""Keeps the queue on disk while it changes, and offers to go on with it at the next start."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from adaptsr_app.context import Context
from adaptsr_app.jobs.background import Background
from adaptsr_app.jobs.kept_file import KeptFile
from adaptsr_app.jobs.kept_queue import Unfinished, kept_text, read_unfinished
from adaptsr_app.messages import Message, message_for, tr, tr_count
from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.models.upscale_queue import UpscaleQueue
from adaptsr_app.widgets.message_banner import MessageBanner
from engine.errors import EngineError

_WRITE_AFTER_MS = 500
_NAMED_AT_MOST = 3


class KeptPhotos(QObject):
    """Knows what was left over, until the user decides about it."""

    def __init__(
        self,
        context: Context,
        queue: UpscaleQueue,
        banner: MessageBanner,
        restore: Callable[[Sequence[UpscaleItem]], None],
        start: Callable[[], None],
    ) -> None:
        """Follow the queue.

        Args:
            context: Tells where it is kept.
            queue: What is kept.
            banner: Asks the user.
            restore: Takes photos back into the queue.
            start: Starts upscaling what waits.
        """
        super().__init__(queue)
        self._queue = queue
        self._file = KeptFile(context.home / "queue.json", self)
        self._left = Unfinished()
        self._banner, self._restore, self._start = banner, restore, start
        self._is_read = self._has_warned = False
        self._file.not_kept.connect(self._warn)
        self._reading = Background(self)
        self._soon = QTimer(self, singleShot=True, interval=_WRITE_AFTER_MS)
        self._soon.timeout.connect(self._write)
        queue.changed.connect(self._write_soon)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.flush)

    @property
    def is_open(self) -> bool:
        """True while the user has not decided about what was left over."""
        return bool(self._left.items)

    def look(self) -> None:
        """Find out, once and off the window's thread, whether something was left over."""
        if not self._is_read:
            self._is_read = True
            self._reading.submit(lambda: read_unfinished(self._file.path), self._take)

    def flush(self) -> None:
        """Wait until the queue is on disk; for leaving."""
        if self._soon.isActive():
            self._soon.stop()
            self._write()
        self._file.flush()

    def _take(self, left: Unfinished) -> None:
        if left.waiting or left.vanished:
            self._left = left
            self._offer(message_about(left))

    def _offer(self, message: Message) -> None:
        banner = self._banner
        banner.show_message(message, "info")
        if self.is_open:
            banner.add_action(tr("Go on"), self._go_on, "primary")
            banner.add_action(tr("Only list them"), self._list)
        banner.add_action(tr("Forget them"), self._forget)

    def _go_on(self) -> None:
        self._list()
        self._start()

    def _list(self) -> None:
        left = self._left
        self._forget()
        self._restore(left.items)

    def _forget(self) -> None:
        self._banner.clear()
        self._left = Unfinished()
        self._soon.start()

    def _write_soon(self) -> None:
        if not self._soon.isActive():  # else a run that finishes photo after photo puts it off
            self._soon.start()

    def _write(self) -> None:
        if not self._is_read:
            self._soon.start()  # what was left over would be lost
            return
        # What nobody decided about yet is asked about again.
        items = (*self._left.items, *self._queue.items)
        self._file.write(lambda: kept_text(items))

    def _warn(self, problem: EngineError) -> None:
        """Say once that the list will not be there after a restart."""
        if self._has_warned or self.is_open:
            return
        self._has_warned = True
        message = message_for(problem)
        title = tr("The list of photos cannot be kept")
        self._banner.show_message(replace(message, title=title), "warning")


def message_about(left: Unfinished) -> Message:
    """Say what was left over, and which of it is gone."""
    count = left.waiting
    title = tr_count("1 photo was not finished", "%n photos were not finished", count)
    parts = []
    if left.vanished:
        if not count:
            title = tr_count(
                "1 photo that waited is gone", "%n photos that waited are gone", len(left.vanished)
            )
        names = ", ".join(path.name for path in left.vanished[:_NAMED_AT_MOST])
        rest = len(left.vanished) - _NAMED_AT_MOST
        if rest > 0:
            names += tr_count(" and 1 more", " and %n more", rest)
        parts.append(tr("Not there any more: {names}.").format(names=names))
    if left.lost_profiles:
        parts.append(
            tr(
                "You had chosen {profiles}, which is not among your profiles any more; those "
                "photos get the profile of their camera."
            ).format(profiles=", ".join(left.lost_profiles))
        )
    remedy = tr("Go on where you left off, with the options as they are now.") if count else ""
    details = "\n".join(str(path) for path in left.vanished)
    return Message(title, " ".join(parts), remedy, details)

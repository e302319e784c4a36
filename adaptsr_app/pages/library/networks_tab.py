"""The networks: shipped, downloaded, added, and those that can be had."""

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import Qt, QUrl, Signal, SignalInstance
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from adaptsr_app.jobs.running_job import RunningJob
from adaptsr_app.messages import tr
from adaptsr_app.models.job_progress import JobProgress
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.commands import Entry, Submenu, entries_of, with_keys
from adaptsr_app.widgets.elided_label import ElidedLabel
from adaptsr_app.widgets.files import reveal
from adaptsr_app.widgets.text import label
from engine.backbones.catalogue.overview import CatalogueEntry
from engine.formatting import format_size

_BAR_PX = 120
_BYTES_PER_PARAMETER = 4


class NetworksTab(QWidget):
    """One row for each network.

    Signals:
        download_requested: A network's name.
        remove_requested: The same; it is to be deleted.
        add_requested: A file of the user's is to be taken in.
    """

    download_requested = Signal(str)
    remove_requested = Signal(str)
    add_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rows: dict[str, NetworkRow] = {}
        self._inside = QWidget()
        self._list = QVBoxLayout(self._inside)
        self._list.setContentsMargins(0, 0, 8, 0)
        self._list.setSpacing(8)
        self._list.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self._inside)
        self.add = push_button(tr("Add a network file …"), self.add_requested.emit)
        with_keys(self.add, "Ctrl+Shift+N")
        foot = QHBoxLayout()
        foot.addWidget(self.add)
        foot.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 16, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(scroll, 1)
        layout.addLayout(foot)

    def show_networks(self, entries: Mapping[str, CatalogueEntry]) -> None:
        """Show what there is; a download that runs keeps its row."""
        for name, row in list(self.rows.items()):
            if not row.is_busy:
                self._list.removeWidget(row)
                row.hide()
                row.deleteLater()
                del self.rows[name]
        for place, (name, entry) in enumerate(entries.items()):
            if name not in self.rows:
                row = NetworkRow(entry)
                row.get.clicked.connect(partial(self._ask, self.download_requested, name))
                row.remove.clicked.connect(partial(self._ask, self.remove_requested, name))
                self.rows[name] = row
                self._list.insertWidget(place, row)

    def commands(self) -> list[Entry]:
        """Return what can be done with each network, for a menu."""
        return [Submenu(name, entries_of(row)) for name, row in self.rows.items()]

    def _ask(self, requested: SignalInstance, name: str) -> None:
        requested.emit(name)


class NetworkRow(QFrame):
    """A network: what it is, how good, and a way to have it or to see it."""

    def __init__(self, entry: CatalogueEntry) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.entry = entry
        self.is_busy = False
        self._progress = JobProgress()
        self.setAccessibleName(entry.name)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 10, 16, 10)
        layout.setSpacing(16)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(ElidedLabel(entry.name, "heading"))
        words.addWidget(ElidedLabel(_facts(entry), "small"))
        layout.addLayout(words, 1)
        self.state = label(_state(entry), "secondary")
        self.bar = QProgressBar()
        self.bar.setMaximum(1000)
        self.bar.setFixedWidth(_BAR_PX)
        self.bar.setAccessibleName(tr("Download: {name}").format(name=entry.name))
        self.bar.hide()
        self.get = push_button(tr("Download"))
        self.stop = push_button(tr("Stop"))
        self.stop.hide()
        self.show_file = push_button(tr("Show in its folder"), self._reveal)
        self.page = push_button(tr("Open its page"), self._open_page)
        self.remove = push_button(tr("Remove"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        for button, keys in (
            (self.get, "Return"),
            (self.stop, "Escape"),
            (self.show_file, "Ctrl+R"),
            (self.remove, "Delete"),
            (self.page, "Ctrl+Return"),
        ):
            with_keys(button, keys, within=self)
        for widget in (self.state, self.bar, self.get, self.stop):
            layout.addWidget(widget)
        for widget in (self.remove, self.show_file, self.page):
            layout.addWidget(widget)
        # Only now: what is shown before it has a place is a window of its own for a moment.
        self.get.setVisible(entry.state == "downloadable")
        self.show_file.setVisible(entry.path is not None)
        self.remove.setVisible(entry.state in {"downloaded", "added"})
        self.page.setVisible(entry.state == "by hand")

    def follow(self, job: RunningJob) -> None:
        """Show how far a download is, and a way to stop it."""
        self.is_busy = True
        self._progress = JobProgress()
        self.get.hide()
        self.bar.setValue(0)
        self.bar.show()
        self.stop.show()
        self.stop.clicked.connect(job.cancel)
        job.happened.connect(self._show_progress)
        job.ended.connect(lambda _outcome: self._end())

    def _show_progress(self, event: object) -> None:
        self._progress.fold(event)
        self.bar.setValue(round(1000 * self._progress.share))
        self.state.setText(self._progress.text.rpartition(", ")[2])

    def _end(self) -> None:
        self.is_busy = False
        for widget in (self.bar, self.stop):
            widget.hide()
        self.get.setVisible(self.entry.state == "downloadable")
        self.state.setText(_state(self.entry))

    def _reveal(self) -> None:
        if self.entry.path is not None:
            reveal(self.entry.path)

    def _open_page(self) -> None:
        published = self.entry.published
        if published is not None and published.page is not None:
            QDesktopServices.openUrl(QUrl(published.page))


def _state(entry: CatalogueEntry) -> str:
    words = {
        "shipped": tr("Comes with AdaptSR"),
        "downloaded": tr("Downloaded"),
        "added": tr("Added by you"),
        "downloadable": "",
        "by hand": tr("To be had on its page"),
    }
    return words[entry.state]


def _facts(entry: CatalogueEntry) -> str:
    size = entry.size_bytes
    about = "" if size else tr("about") + " "
    parts = [
        entry.architecture,
        f"×{entry.scale}",
        tr("{count} numbers").format(count=f"{entry.parameters:,}"),
        about + format_size(size or entry.parameters * _BYTES_PER_PARAMETER),
    ]
    if entry.psnr_y_db:
        bench, psnr = next(iter(entry.psnr_y_db.items()))
        parts.append(f"{psnr:.2f} dB {bench}")
    if entry.licence:
        parts.append(entry.licence)
    return " · ".join(parts)

"""The upscale page: an empty one asks for photos, a filled one shows the queue and its options."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from adaptsr_app.context import Context
from adaptsr_app.messages import tr, tr_count
from adaptsr_app.models.network_choices import NetworkChoice, NetworkChoices
from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.models.upscale_options import output_folder
from adaptsr_app.models.upscale_queue import UpscaleQueue
from adaptsr_app.pages.page import Page
from adaptsr_app.pages.upscale import summary
from adaptsr_app.pages.upscale.intake import Intake
from adaptsr_app.pages.upscale.kept_photos import KeptPhotos
from adaptsr_app.pages.upscale.network_menu import NetworkMenu
from adaptsr_app.pages.upscale.options_panel import OptionsPanel
from adaptsr_app.pages.upscale.preview import PreviewPanel
from adaptsr_app.pages.upscale.queue_view import QueueView
from adaptsr_app.pages.upscale.row_actions import RowActions
from adaptsr_app.pages.upscale.run_bar import RunBar
from adaptsr_app.pages.upscale.selection_bar import SelectionBar
from adaptsr_app.pages.upscale.upscale_run import UpscaleRun
from adaptsr_app.theme.icons import icon
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.commands import (
    CommandButton,
    Entry,
    Submenu,
    entries_of,
    entry_of,
    visible_entries,
    with_keys,
)
from adaptsr_app.widgets.drop_zone import DropZone
from adaptsr_app.widgets.files import reveal
from adaptsr_app.widgets.message_banner import MessageBanner
from adaptsr_app.widgets.text import label
from engine.outcomes import Done, Failed

if TYPE_CHECKING:
    from engine.upscaling.batch.report import UpscaleReport

_AFTER_FIRST_PAINT_MS = 300


class UpscalePage(Page):
    """Photos come in by drop, menu or button and leave as larger files."""

    key = "upscale"
    icon = "upscale"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.queue = UpscaleQueue(self)
        self.view = QueueView(self.queue, context.theme)
        self.actions_of_rows = RowActions(self.view, self.queue, context.navigation, context.theme)
        self.networks = NetworkMenu()
        self.view.menus = (self.networks,)
        self.selection = SelectionBar(self.actions_of_rows.actions[:-1])
        self.options = OptionsPanel(context)
        self.bar = RunBar(context.theme)
        self.preview = PreviewPanel(context)
        self.banner = MessageBanner(context.theme)
        self.drop_zone = DropZone(context.theme, "photos", *_invitation(is_searching=False))
        self.intake = Intake(context, self.queue, self)
        self.run = UpscaleRun(context, self.queue, self.bar)
        restore, start = self.intake.restore, self.run.start
        self.kept = KeptPhotos(context, self.queue, self.banner, restore, start)
        self._shows_preview = True
        self._stack = QStackedWidget()
        self._heads: list[QPushButton] = []
        self._lay_out()
        self._connect()
        self._refresh()

    @property
    def title(self) -> str:
        """What the user calls the page."""
        return tr("Upscale")

    def shown(self) -> None:
        """Show what holds now, and find out, after painting, what there is to upscale with."""
        self.options.show_preferences()
        QTimer.singleShot(_AFTER_FIRST_PAINT_MS, self, self.intake.find_choices)
        QTimer.singleShot(_AFTER_FIRST_PAINT_MS, self, self.kept.look)

    def add_paths(self, paths: list[Path]) -> None:
        """Take photos and folders into the queue."""
        if self.run.job is None and not self.kept.is_open:
            self.banner.clear()
        self.intake.add(paths)

    def commands(self) -> Sequence[Entry]:
        """Return what can be done with the photos."""
        self._allow_networks()
        return [
            *map(entry_of, (self.bar.start, self.bar.pause, self.bar.stop)),
            None,
            *self.actions_of_rows.actions,
            self.networks,
            None,
            *map(entry_of, (self.clear, self.selection.preview)),
            *entries_of(self.options),
            Submenu(tr("Message"), visible_entries(self.banner)),
        ]

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label(self.title, "title"))
        head.addStretch()
        navigation = self.context.navigation
        for action in (navigation.add_photos, navigation.add_folder):
            self.drop_zone.add_button(CommandButton(action))
            self._heads.append(CommandButton(action))
            head.addWidget(self._heads[-1])
        self.clear = with_keys(push_button(tr("Clear the list"), self._clear), "Ctrl+Shift+Del")
        self._heads.append(self.clear)
        head.addWidget(self.clear)
        photos = QWidget()
        below = QVBoxLayout(photos)
        below.setContentsMargins(0, 0, 12, 0)
        below.setSpacing(12)
        beside = QHBoxLayout()
        beside.setSpacing(24)
        beside.addWidget(self.view, 1)
        beside.addWidget(self.options)
        below.addWidget(self.selection)
        below.addLayout(beside, 3)
        below.addWidget(self.preview, 2)
        below.addWidget(self.bar)
        self._stack.addWidget(self.drop_zone)
        self._stack.addWidget(photos)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(32, 24, 20, 24)
        layout.setSpacing(16)
        layout.addLayout(head)
        layout.addWidget(self.banner)
        layout.addWidget(self._stack, 1)

    def _connect(self) -> None:
        navigation = self.context.navigation
        navigation.photos_dropped.connect(self.add_paths)
        navigation.library_changed.connect(lambda: self.intake.find_choices(anew=True))
        self.drop_zone.dropped.connect(self.add_paths)
        self.actions_of_rows.retry_requested.connect(self.intake.retry)
        self.intake.searching.connect(self._show_searching)
        self.intake.told.connect(lambda message: self.banner.show_message(message, "warning"))
        self.intake.choices_changed.connect(self._offer)
        self.selection.chosen.connect(self._choose)
        self.networks.chosen.connect(self._choose)
        self.view.network_requested.connect(self.networks.popup)
        self.selection.preview.setChecked(self.context.preferences.show_preview)
        self.selection.preview.toggled.connect(self._toggle_preview)
        self.options.changed.connect(self.intake.resolve_waiting)
        self.view.selected.connect(self._show_selection)
        self.queue.changed.connect(self._refresh)
        self.run.changed.connect(self._refresh)
        self.run.ended.connect(self._tell_end)
        self.context.theme.changed.connect(self._draw)
        self._draw()

    def _clear(self) -> None:
        self.banner.clear()
        self.queue.remove(range(self.queue.rowCount()))

    def _choose(self, choice: NetworkChoice) -> None:
        def change(item: UpscaleItem) -> None:
            if not item.in_run:
                item.choice = choice
                if item.state in {"done", "skipped"}:
                    item.reset()

        self.queue.update(self.view.selected_items() or self.queue.items, change)
        self.intake.resolve_waiting()

    def _offer(self, choices: NetworkChoices) -> None:
        self.selection.offer(choices)
        self.networks.offer(choices)
        self._show_selection()

    def _show_preview(self, requested: bool) -> None:
        if self._shows_preview and not requested:
            self.preview.close_down()
        self._shows_preview = requested

    def _toggle_preview(self, requested: bool) -> None:
        self.context.preferences.show_preview = requested
        self.context.save()
        self._refresh()

    def _show_searching(self, is_searching: bool) -> None:
        self.drop_zone.set_words(*_invitation(is_searching=is_searching))

    def _show_selection(self) -> None:
        selected = self.view.selected_items()
        about = selected or self.queue.items
        self.selection.show_items(selected, self.queue.items)
        self.networks.show_choices({item.choice for item in about})
        self._allow_networks()
        self.options.show_example(next(iter((*selected, *self.queue.items)), None))
        is_one = len(selected) == 1 and self._shows_preview
        self.preview.show_item(selected[0] if is_one else None)

    def _allow_networks(self) -> None:
        about = self.view.selected_items() or self.queue.items
        can_choose = self.isVisible() and any(not item.in_run for item in about)
        self.networks.setEnabled(can_choose)

    def _refresh(self) -> None:
        items = self.queue.items
        is_running = self.run.job is not None
        self._stack.setCurrentIndex(1 if items else 0)
        for button in self._heads:
            button.setVisible(bool(items))
        self._heads[-1].setEnabled(not is_running)
        self.options.body.setEnabled(not is_running)
        self.selection.preview.setEnabled(not is_running)
        self._show_preview(self.selection.preview.isChecked() and not is_running)
        self.view.rows.is_paused = self.run.is_paused
        if not is_running:
            self.bar.show_idle(self.queue.counts(items))
        self._show_selection()
        self.view.viewport().update()

    def _tell_end(self, outcome: object, items: list[UpscaleItem]) -> None:
        from engine.upscaling.batch.report import UpscaleReport  # noqa: PLC0415 - the same

        counts = self.queue.counts(items)
        if isinstance(outcome, Failed):
            self.banner.show_message(*summary.failed(outcome))
            self.banner.add_action(tr("Try again"), self._try_again)
            return
        if isinstance(outcome, Done) and isinstance(outcome.value, UpscaleReport):
            self._take_outputs(outcome.value)
            in_the_way = dict(outcome.value.in_the_way)
            self.banner.show_message(
                *summary.finished(counts, self.queue.remarks, list(in_the_way.values()))
            )
            if in_the_way:
                self.banner.add_action(
                    tr_count("Replace it", "Replace these %n files", len(in_the_way)),
                    lambda: self._replace(in_the_way),
                )
        else:
            self.banner.show_message(*summary.stopped(counts))
        if counts.failed:
            self.banner.add_action(tr("Try the failed again"), self._try_failed_again)
        if counts.done or counts.skipped:
            self.banner.add_action(tr("Show the folder"), self._show_folder)

    def _take_outputs(self, report: "UpscaleReport") -> None:
        """Let photos that were finished before be compared and opened too."""
        outputs = dict(report.skipped)

        def change(item: UpscaleItem) -> None:
            item.output = item.output or outputs.get(item.path)

        self.queue.update(self.queue.items, change)

    def _replace(self, in_the_way: Mapping[Path, Path]) -> None:
        """Upscale photos again over files that were named in the question.

        Args:
            in_the_way: Files of others by the photos whose results they stand in the way of.
        """
        self.intake.retry([item for item in self.queue.items if item.path in in_the_way])
        self.banner.clear()
        self.run.start(replace=list(in_the_way.values()))

    def _try_again(self) -> None:
        self.banner.clear()
        self.run.start()

    def _try_failed_again(self) -> None:
        failed = [item for item in self.queue.items if item.state == "failed"]
        self.intake.retry(failed)
        self._try_again()

    def _show_folder(self) -> None:
        reveal(output_folder(self.context.preferences))

    def _draw(self) -> None:
        names = ("add", "folder", "remove")
        for button, name in zip(self._heads, names, strict=True):
            button.setIcon(icon(name, self.context.theme.tokens))
        self.selection.preview.setIcon(icon("loupe", self.context.theme.tokens))


def _invitation(*, is_searching: bool) -> tuple[str, str]:
    if is_searching:
        return tr("Looking for photos …"), tr("Large folders take a moment.")
    return (
        tr("Drop photos or folders here"),
        tr(
            "They come out larger and sharper, each with the profile of its camera. "
            "Your own files are never changed unless you say so by name."
        ),
    )

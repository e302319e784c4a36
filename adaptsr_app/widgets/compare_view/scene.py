"""Draws the panes: pictures, handle, captions, loupe, and what is said where there is no picture."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from adaptsr_app.messages import tr
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.compare_view.modes import Mode
from adaptsr_app.widgets.compare_view.overlays import (
    LOUPE_FACTOR,
    draw_captions,
    draw_handle,
    loupe,
    say,
)
from adaptsr_app.widgets.compare_view.painting import paint_picture
from adaptsr_app.widgets.compare_view.picture_store import PictureStore, StoredPicture
from adaptsr_app.widgets.compare_view.tile_cache import TileKey
from adaptsr_app.widgets.compare_view.viewport import ScreenRect, Viewport


class Scene:
    """What is to be seen, apart from zoom and place.

    Attributes:
        mode: The way the pictures are looked at.
        left: Which picture is left of the handle, or the first of a difference.
        right: Which one is right of it, or the second.
        split: Where the handle is, as a share of the width.
        turn: Counts up with each blink.
        gain: How much a difference is brightened, a power of two.
        has_loupe: Whether the cursor carries a loupe.
        cursor: Where it is, in the screen's pixels; None if it is elsewhere.
        empty_text: What is said while there are no pictures.
        is_new: Something was not painted yet since the shelf changed.
    """

    def __init__(self, shelf: PictureStore, theme: Theme) -> None:
        """Begin with a split in the middle."""
        self.mode: Mode = "split"
        self.left, self.right = 0, 1
        self.split = 0.5
        self.turn = 0
        self.gain = 4
        self.has_loupe = False
        self.cursor: tuple[float, float] | None = None
        self.empty_text = tr("Choose two pictures to compare.")
        self.is_new = False
        self._shelf, self._theme = shelf, theme
        self._ratio = 1.0
        self._panes: list[ScreenRect] = []

    @property
    def shown(self) -> list[StoredPicture]:
        """The pictures that are in sight now, from the left."""
        entries = self._shelf.entries
        if len(entries) < 2 or self.mode == "side by side":
            return list(entries)
        if self.mode == "blink":
            return [entries[self.turn % len(entries)]]
        return [entries[self.left % len(entries)], entries[self.right % len(entries)]]

    @property
    def has_handle(self) -> bool:
        """Whether there is a handle to drag."""
        return self.mode == "split" and len(self._shelf.entries) > 1

    def set_split(self, share: float) -> None:
        """Move the handle, but not out of sight."""
        self.split = min(0.98, max(0.02, share))

    def paint(
        self,
        painter: QPainter,
        panes: list[ScreenRect],
        viewport: Viewport,
        ratio: float,
        has_focus: bool,
    ) -> list[TileKey]:
        """Paint everything.

        Args:
            painter: In the screen's own pixels.
            panes: Where the pictures go.
            viewport: Zoom and place.
            ratio: The screen's pixels per logical one.
            has_focus: The keyboard leads here.

        Returns:
            Tiles in sight that are not here.
        """
        self._ratio, self._panes = ratio, panes
        self._shelf.cache.begin_frame()
        device = painter.device()
        whole = QRect(0, 0, round(device.width() * ratio), round(device.height() * ratio))
        painter.fillRect(whole, self._theme.tokens.colour("stage"))
        shown = self.shown
        if not shown:
            self._say(painter, whole, self.empty_text)
            return []
        if len(panes) > 1:
            painter.fillRect(whole, self._theme.tokens.colour("window"))
        missing: list[TileKey] = []
        for index, pane in enumerate(panes):
            entries = shown if len(panes) == 1 else [shown[index]]
            missing += self._paint_pane(painter, pane, entries, viewport)
        if has_focus:
            pen = QPen(self._theme.tokens.colour("accent"), 2 * ratio)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(whole).adjusted(ratio, ratio, -ratio, -ratio))
        return list(dict.fromkeys(missing))

    def _paint_pane(
        self, painter: QPainter, pane: ScreenRect, entries: list[StoredPicture], viewport: Viewport
    ) -> list[TileKey]:
        area = _rect(pane)
        painter.fillRect(area, self._theme.tokens.colour("stage"))
        target = viewport.target(pane)
        split_x = pane.x + round(self.split * pane.width)
        missing = self._paint_pictures(painter, area, entries, target, split_x)
        if self.has_handle:
            draw_handle(painter, area, split_x, self._ratio)
        at = self._loupe_place(pane)
        if at is not None and all(entry.opened is not None for entry in entries):
            with loupe(painter, area, at, self._ratio) as inside:
                split = at[0] + (split_x - at[0]) * LOUPE_FACTOR
                magnified = target.magnified(*at, LOUPE_FACTOR)
                missing += self._paint_pictures(painter, inside, entries, magnified, split)
        draw_captions(painter, area, self._captions(entries), self._ratio)
        return missing

    def _captions(self, entries: list[StoredPicture]) -> list[str]:
        if self.mode == "difference" and len(entries) > 1:
            first, second = (entry.picture.title for entry in entries)
            words = tr("Difference of {first} and {second}, × {gain}")
            return [words.format(first=first, second=second, gain=self.gain)]
        return [entry.picture.caption for entry in entries]

    def _loupe_place(self, pane: ScreenRect) -> tuple[float, float] | None:
        """Return where the loupe is in a pane: over the same place of the picture in each."""
        if not self.has_loupe or self.cursor is None:
            return None
        for other in self._panes:
            if other.contains(*self.cursor):
                return self.cursor[0] - other.x + pane.x, self.cursor[1] - other.y + pane.y
        return None

    def _paint_pictures(
        self,
        painter: QPainter,
        area: QRect,
        entries: list[StoredPicture],
        target: ScreenRect,
        split_x: float,
    ) -> list[TileKey]:
        if len(entries) == 1:
            return self._paint_one(painter, area, entries[0], target)
        if self.mode == "difference":
            return self._paint_difference(painter, area, entries, target)
        middle = min(max(round(split_x), area.left()), area.right() + 1)
        left, right = QRect(area), QRect(area)
        left.setRight(middle - 1)
        right.setLeft(middle)
        missing = self._paint_one(painter, left, entries[0], target)
        return missing + self._paint_one(painter, right, entries[1], target)

    def _paint_one(
        self, painter: QPainter, area: QRect, entry: StoredPicture, target: ScreenRect
    ) -> list[TileKey]:
        if entry.opened is not None:
            return paint_picture(
                painter, entry.number, entry.opened, target, clip=area, cache=self._shelf.cache
            )
        if entry.problem:
            self._say(painter, area, f"{entry.picture.title}\n\n{entry.problem}")
        elif entry.share:
            words = tr("Opening {title}: {share} %")
            self._say(
                painter,
                area,
                words.format(title=entry.picture.title, share=round(100 * entry.share)),
            )
        else:
            self._say(painter, area, tr("Opening {title} …").format(title=entry.picture.title))
        return []

    def _paint_difference(
        self, painter: QPainter, area: QRect, entries: list[StoredPicture], target: ScreenRect
    ) -> list[TileKey]:
        if any(entry.opened is None for entry in entries):
            first = next(entry for entry in entries if entry.opened is None)
            return self._paint_one(painter, area, first, target)
        moved = ScreenRect(target.x - area.x(), target.y - area.y(), target.width, target.height)
        images, missing = [], []
        for entry in entries:
            image = QImage(area.size(), QImage.Format.Format_RGB32)
            image.fill(0)
            canvas = QPainter(image)
            missing += self._paint_one(canvas, image.rect(), entry, moved)
            canvas.end()
            images.append(image)
        result, other = images
        canvas = QPainter(result)
        canvas.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
        canvas.drawImage(0, 0, other)
        canvas.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
        for _ in range(self.gain.bit_length() - 1):
            canvas.drawImage(0, 0, result.copy())
        canvas.end()
        painter.drawImage(area.topLeft(), result)
        return missing

    def _say(self, painter: QPainter, area: QRect, text: str) -> None:
        say(painter, area, text, self._theme.tokens.scheme, self._ratio)


def _rect(pane: ScreenRect) -> QRect:
    return QRect(int(pane.x), int(pane.y), int(pane.width), int(pane.height))

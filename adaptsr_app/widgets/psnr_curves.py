"""Curves of trainings in one picture, told apart by colour, dash and name."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from adaptsr_app.messages import tr
from adaptsr_app.theme.theme import Theme

_COLOURS = {"light": ("#1f69cc", "#c05a00"), "dark": ("#6ea8fe", "#ffb057")}
_DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine)
_LEFT_PX, _TOP_PX, _RIGHT_PX, _BOTTOM_PX = 56.0, 12.0, 16.0, 40.0
_LEGEND_PX = 18.0
_ROOM_DB = 0.05


@dataclass(frozen=True, slots=True)
class Curve:
    """One training.

    Attributes:
        name: In the legend.
        points: Step and PSNR in dB, in order.
        baseline_db: Of the backbone before training, if known.
    """

    name: str
    points: tuple[tuple[int, float], ...]
    baseline_db: float | None = None


class PsnrCurves(QWidget):
    """At most two curves over the same axes."""

    def __init__(self, theme: Theme) -> None:
        """Start empty."""
        super().__init__()
        self._theme = theme
        self._curves: tuple[Curve, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Curves of the trainings"))
        theme.changed.connect(self.update)

    def show_curves(self, curves: Sequence[Curve]) -> None:
        """Draw these and no others; those beyond the second are left out."""
        self._curves = tuple(curve for curve in curves if curve.points)[: len(_DASHES)]
        said = [
            tr("{name}: {best:.2f} dB at best").format(
                name=curve.name, best=max(db for _, db in curve.points)
            )
            for curve in self._curves
        ]
        self.setAccessibleDescription("; ".join(said))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Large enough to read."""
        return QSize(480, 300)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint axes, baselines and curves."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(self._theme.tokens.sizes["text_small"])
        painter.setFont(font)
        if not self._curves:
            painter.setPen(self._theme.tokens.colour("text_secondary"))
            words = tr("Choose a finished training to see its curve; choose two to compare them.")
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(self.rect()), int(flags), words)
            return
        area = self._area()
        low, high, last = self._range()
        self._paint_axes(painter, area, low, high, last)
        colours = _COLOURS[self._theme.tokens.scheme]
        for index, curve in enumerate(self._curves):
            colour = QColor(colours[index])
            line = QPolygonF(
                [_place(area, step / last, (db - low) / (high - low)) for step, db in curve.points]
            )
            painter.setPen(QPen(colour, 2.0, _DASHES[index]))
            painter.drawPolyline(line)
            self._paint_best(painter, area, curve, colour, (low, high, last))
            if curve.baseline_db is not None:
                y = _place(area, 0, (curve.baseline_db - low) / (high - low)).y()
                painter.setPen(QPen(colour, 1.0, Qt.PenStyle.DotLine))
                painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            self._paint_legend(painter, index, curve, colour)

    def _area(self) -> QRectF:
        top = _TOP_PX + _LEGEND_PX * len(self._curves)
        return QRectF(
            _LEFT_PX, top, self.width() - _LEFT_PX - _RIGHT_PX, self.height() - top - _BOTTOM_PX
        )

    def _range(self) -> tuple[float, float, int]:
        levels = [db for curve in self._curves for _, db in curve.points]
        levels += [c.baseline_db for c in self._curves if c.baseline_db is not None]
        room = max(_ROOM_DB, 0.08 * (max(levels) - min(levels)))
        last = max(1, *(step for curve in self._curves for step, _ in curve.points))
        return min(levels) - room, max(levels) + room, last

    def _paint_axes(
        self, painter: QPainter, area: QRectF, low: float, high: float, last: int
    ) -> None:
        tokens = self._theme.tokens
        painter.setPen(tokens.colour("text_secondary"))
        for db in _round_values(low, high):
            y = _place(area, 0, (db - low) / (high - low)).y()
            painter.setPen(QPen(tokens.colour("border"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(tokens.colour("text_secondary"))
            where = QRectF(0, y - 8, _LEFT_PX - 8, 16)
            painter.drawText(
                where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{db:.1f}"
            )
        for step in _round_values(0, last):
            x = _place(area, step / last, 0).x()
            where = QRectF(x - 40, area.bottom() + 4, 80, 16)
            painter.drawText(where, Qt.AlignmentFlag.AlignCenter, f"{step:,.0f}")
        below = QRectF(area.left(), area.bottom() + 20, area.width(), 18)
        painter.drawText(
            below,
            Qt.AlignmentFlag.AlignCenter,
            tr("PSNR in dB on photos kept out, over steps; dotted: before training"),
        )

    def _paint_best(
        self,
        painter: QPainter,
        area: QRectF,
        curve: Curve,
        colour: QColor,
        bounds: tuple[float, float, int],
    ) -> None:
        low, high, last = bounds
        step, best = max(curve.points, key=lambda point: point[1])
        place = _place(area, step / last, (best - low) / (high - low))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(place, 4, 4)

    def _paint_legend(self, painter: QPainter, index: int, curve: Curve, colour: QColor) -> None:
        y = _TOP_PX + _LEGEND_PX * (index + 0.5)
        painter.setPen(QPen(colour, 2.0, _DASHES[index]))
        painter.drawLine(QPointF(_LEFT_PX, y), QPointF(_LEFT_PX + 28, y))
        painter.setPen(self._theme.tokens.colour("text"))
        best = max(db for _, db in curve.points)
        words = tr("{name}, best {best:.2f} dB").format(name=curve.name, best=best)
        if curve.baseline_db is not None:
            words += tr(" ({gain:+.2f} dB)").format(gain=best - curve.baseline_db)
        metrics = QFontMetricsF(painter.font())
        room = self.width() - _LEFT_PX - 36 - _RIGHT_PX
        painter.drawText(
            QPointF(_LEFT_PX + 36, y + metrics.ascent() / 2 - 1),
            metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, room),
        )


def _place(area: QRectF, across: float, up: float) -> QPointF:
    return QPointF(area.left() + across * area.width(), area.bottom() - up * area.height())


def _round_values(low: float, high: float) -> list[float]:
    """Return three to seven round values from `low` to `high`."""
    rough = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    first = math.ceil(low / step)
    return [step * index for index in range(first, math.floor(high / step) + 1)]

"""The curve of a training: sharpness over steps against its baselines, loss and rate below."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from adaptsr_app.messages import tr
from adaptsr_app.models.training import Series, Training
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.plots import dress, pen, prepare_plot, prepare_view, second_colour

_ROOM_DB = 0.08
_MOST_POINTS = 2000
_LABEL_PLACE = 0.98
"""At the right: there the curve is far from where it began."""


class CurvePlot(QWidget):
    """PSNR with bicubic and backbone as baselines; loss and learning rate under it.

    The curves are told apart by place, dash and label too, never by colour alone.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._training = Training()
        self.setAccessibleName(tr("Curve of the training"))
        self._view = pg.GraphicsLayoutWidget()
        prepare_view(self._view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)
        self.psnr = self._plot(0, tr("PSNR in the middle of photos kept out (dB)"))
        self.loss = self._plot(1, tr("Loss"))
        self.rate = self._plot(2, tr("Learning rate"))
        self.rate.setLabel("bottom", tr("Steps"))
        for below in (self.loss, self.rate):
            below.setXLink(self.psnr)
        for row, stretch in enumerate((5, 2, 2)):
            self._view.ci.layout.setRowStretchFactor(row, stretch)
        self._psnr_curve = self.psnr.plot([], [], symbol="o", symbolSize=6)
        self._loss_curve = self.loss.plot([], [])
        self._rate_curve = self.rate.plot([], [])
        self._latest = pg.ScatterPlotItem(size=14, symbol="star")
        self._latest.setZValue(10)
        self.psnr.addItem(self._latest)
        self._latest_label = pg.TextItem(anchor=(1.0, 1.3))
        self.psnr.addItem(self._latest_label, ignoreBounds=True)
        self.bicubic = self._baseline(tr("Bicubic"), Qt.PenStyle.DotLine)
        self.backbone = self._baseline(tr("Backbone"), Qt.PenStyle.DashLine)
        theme.changed.connect(self._draw)
        self._draw()

    def show_training(self, training: Training) -> None:
        """Draw what a training has reached; call it again as it goes on."""
        self._training = training
        _set(self._psnr_curve, training.psnr_y_db)
        _set(self._loss_curve, training.loss)
        _set(self._rate_curve, training.learning_rate)
        if training.total:
            self.psnr.setXRange(0, training.total, padding=0.01)
        self._show_psnr()
        self.setAccessibleDescription(_as_text(training))

    def _show_psnr(self) -> None:
        training, baselines = self._training, self._training.baselines
        levels = [*training.psnr_y_db.values]
        for line in (self.bicubic, self.backbone):
            line.setVisible(baselines is not None)
        if baselines is not None:
            self.bicubic.setValue(baselines.bicubic_psnr_y_db)
            self.backbone.setValue(baselines.backbone_psnr_y_db)
            levels += [baselines.bicubic_psnr_y_db, baselines.backbone_psnr_y_db]
        if levels:
            room = max(_ROOM_DB, 0.12 * (max(levels) - min(levels)))
            self.psnr.setYRange(min(levels) - room, max(levels) + room, padding=0)
        if training.latest is None:
            self._latest.clear()
            self._latest_label.setVisible(False)
            return
        step, psnr_y_db = training.latest
        self._latest.setData([step], [psnr_y_db])
        self._latest_label.setVisible(True)
        self._latest_label.setText(tr("now {psnr:.2f} dB").format(psnr=psnr_y_db))
        early = step < (training.total or step) / 3
        self._latest_label.setAnchor((0.0 if early else 1.0, 1.3))
        self._latest_label.setPos(step, psnr_y_db)

    def _plot(self, row: int, name: str) -> pg.PlotItem:
        plot = self._view.addPlot(row=row, col=0)
        prepare_plot(plot, name)
        if row < 2:
            plot.getAxis("bottom").setStyle(showValues=False)
        return plot

    def _baseline(self, name: str, style: Qt.PenStyle) -> pg.InfiniteLine:
        line = pg.InfiniteLine(
            angle=0,
            label=name + " {value:.2f} dB",
            labelOpts={"position": _LABEL_PLACE, "anchors": [(1, 1), (1, 1)]},
        )
        line.setPen(pg.mkPen(style=style))
        line.setProperty("style", style)
        line.hide()
        self.psnr.addItem(line, ignoreBounds=True)
        return line

    def _draw(self) -> None:
        tokens = self._theme.tokens
        font = dress(self, self._view, (self.psnr, self.loss, self.rate), self._theme)
        text, accent = tokens.colour("text_secondary"), tokens.colour("accent")
        second = second_colour(self._theme)
        self._psnr_curve.setPen(pen(accent))
        self._psnr_curve.setSymbolBrush(accent)
        self._psnr_curve.setSymbolPen(None)
        self._loss_curve.setPen(pen(second, 1.0))
        self._rate_curve.setPen(pen(text, 1.5))
        self._latest.setBrush(second)
        self._latest.setPen(pen(tokens.colour("surface"), 1.0))
        self._latest_label.setColor(tokens.colour("text"))
        self._latest_label.setFont(font)
        for line in (self.bicubic, self.backbone):
            line.setPen(pen(text, 1.5, line.property("style")))
            line.label.setColor(text)
            line.label.setFont(font)


def _set(curve: pg.PlotDataItem, series: Series) -> None:
    """Draw a series; of a long one, means of neighbours: more than a screen has columns of."""
    together = len(series.steps) // _MOST_POINTS + 1
    if together == 1:
        curve.setData(series.steps, series.values)
        return
    whole = len(series.steps) // together * together
    values = np.asarray(series.values[:whole]).reshape(-1, together).mean(axis=1)
    curve.setData(np.asarray(series.steps[together - 1 : whole : together]), values)


def _as_text(training: Training) -> str:
    if training.latest is None or training.baselines is None:
        return tr("Nothing measured yet.")
    return tr(
        "Step {step} of {total}. Now {latest:.2f} dB; backbone {backbone:.2f} dB; "
        "bicubic {bicubic:.2f} dB."
    ).format(
        step=training.step,
        total=training.total,
        latest=training.latest[1],
        backbone=training.baselines.backbone_psnr_y_db,
        bicubic=training.baselines.bicubic_psnr_y_db,
    )

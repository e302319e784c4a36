"""Writes the rank map that is shown as a picture, a table, or a document."""

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, QSizeF
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QWidget

from adaptsr_app.messages import tr
from adaptsr_app.models.rank_plan import RankPlan
from adaptsr_app.theme.tokens import tokens_of
from adaptsr_app.widgets.rank_heatmap import RankHeatmap
from engine.files import atomic_write_bytes, atomic_write_text
from engine.profiles.rank_map_export import preset_toml, rank_map_csv

FORMATS = ("png", "svg", "csv", "json")
_TITLE_PX = 36
_PIXELS_PER_POINT = 2
_MARGIN_PX = 16


def ask_for_file(parent: QWidget, name: str, ending: str) -> Path | None:
    """Let the user choose where to write; None if they change their mind.

    Args:
        parent: Of the dialog.
        name: Suggested, without the ending.
        ending: The file's kind, such as "png".
    """
    chosen, _ = QFileDialog.getSaveFileName(
        parent, tr("Save"), f"{name}.{ending}", f"{ending.upper()} (*.{ending})"
    )
    if not chosen:
        return None
    path = Path(chosen)
    return path if path.suffix else path.with_suffix(f".{ending}")


def export_map(path: Path, plan: RankPlan, heatmap: RankHeatmap, title: str) -> None:
    """Write the map in the format of the file's ending; PNG for any other.

    Args:
        path: The file to create or replace.
        plan: What is shown.
        heatmap: How it is shown: a picture has the value chosen there.
        title: Written over a picture.

    Raises:
        StorageError: If the disk is full, gone or not writable.
    """
    match path.suffix.lower():
        case ".csv":
            norms = {name: spectrum.norm for name, spectrum in plan.spectra.items()}
            ranks = {name: spectrum.effective_rank for name, spectrum in plan.spectra.items()}
            atomic_write_text(path, rank_map_csv(plan.sites, norms, ranks))
        case ".json":
            document = plan.document()
            if document is not None:
                atomic_write_text(path, document.model_dump_json(indent=1) + "\n")
        case ".svg":
            atomic_write_bytes(path, _svg(heatmap, title))
        case _:
            atomic_write_bytes(path, _png(heatmap, title))


def export_preset(path: Path, plan: RankPlan) -> None:
    """Write the settings that are shown, pins included, as a preset.

    Raises:
        StorageError: If the disk is full, gone or not writable.
    """
    atomic_write_text(path, preset_toml(plan.settings))


def _size(heatmap: RankHeatmap) -> QSize:
    return heatmap.sizeHint() + QSize(2 * _MARGIN_PX, _TITLE_PX + 2 * _MARGIN_PX)


def _png(heatmap: RankHeatmap, title: str) -> bytes:
    image = QImage(_size(heatmap) * _PIXELS_PER_POINT, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_PIXELS_PER_POINT)
    image.setText("Title", title)
    painter = QPainter(image)
    _paint(painter, heatmap, title)
    painter.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(buffer.data().data())


def _svg(heatmap: RankHeatmap, title: str) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(_size(heatmap))
    generator.setViewBox(QRectF(0, 0, _size(heatmap).width(), _size(heatmap).height()))
    generator.setTitle(title)
    generator.setDescription(tr("Rank map"))
    painter = QPainter(generator)
    _paint(painter, heatmap, title)
    painter.end()
    return bytes(buffer.data().data())


def _paint(painter: QPainter, heatmap: RankHeatmap, title: str) -> None:
    tokens = tokens_of("light")
    size = _size(heatmap)
    painter.fillRect(QRectF(0, 0, size.width(), size.height()), tokens.colour("surface"))
    font = heatmap.font()
    font.setPixelSize(tokens.sizes["text_body"] + 1)
    font.setBold(True)
    painter.setFont(font)
    painter.setPen(tokens.colour("text"))
    painter.drawText(_MARGIN_PX, _MARGIN_PX + 14, title)
    painter.translate(_MARGIN_PX, _MARGIN_PX + _TITLE_PX)
    heatmap.paint_on(painter, QSizeF(heatmap.sizeHint()), tokens)

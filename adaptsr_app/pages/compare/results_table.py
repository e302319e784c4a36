"""The table below the pictures: size, PSNR and SSIM of each, the best one marked."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from adaptsr_app.messages import tr
from adaptsr_app.widgets.tips import set_tip

if TYPE_CHECKING:
    from engine.jobs.compare import ComparedPicture, Comparison

_ROW_PX = 30


class ResultsTable(QTableWidget):
    """One row for each picture."""

    def __init__(self) -> None:
        super().__init__(0, 5)
        self.setAccessibleName(tr("Measured against the true HR"))
        heads = (tr("Picture"), tr("Pixels"), tr("PSNR (Y), dB"), tr("SSIM (Y)"), "")
        for column, text in enumerate(heads):
            self.setHorizontalHeaderItem(column, _item(text, column, is_best=False))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setShowGrid(False)
        self.setStyleSheet("QTableView::item { padding: 0 5px; }")
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_PX)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(4, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.hide()

    def show_comparison(self, comparison: "Comparison | None") -> None:
        """Show what was measured; hidden where there is nothing to say."""
        pictures = () if comparison is None else comparison.pictures
        says_more = any(picture.psnr_y_db is not None or picture.problem for picture in pictures)
        self.setVisible(says_more)
        self.setRowCount(len(pictures))
        best = _best(pictures)
        for row, picture in enumerate(pictures):
            texts = (picture.title, _size(picture), *_values(picture), picture.problem)
            for column, text in enumerate(texts):
                self.setItem(row, column, _item(text, column, is_best=picture is best))
        header_px = self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(header_px + _ROW_PX * len(pictures) + 4)


def _best(pictures: "tuple[ComparedPicture, ...]") -> "ComparedPicture | None":
    measured = [picture for picture in pictures if picture.psnr_y_db is not None]
    return max(measured, key=lambda p: p.psnr_y_db or 0.0) if len(measured) > 1 else None


def _size(picture: "ComparedPicture") -> str:
    return f"{picture.width_px} × {picture.height_px}" if picture.path else "–"


def _values(picture: "ComparedPicture") -> tuple[str, str]:
    psnr = "–" if picture.psnr_y_db is None else psnr_text(picture.psnr_y_db)
    ssim = "–" if picture.ssim_y is None else f"{picture.ssim_y:.4f}"
    return psnr, ssim


def psnr_text(psnr_y_db: float) -> str:
    """Return a PSNR as a number, or that there is no difference."""
    return tr("identical") if psnr_y_db == float("inf") else f"{psnr_y_db:.2f}"


def _item(text: str, column: int, *, is_best: bool) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    set_tip(item, text)
    item.setTextAlignment(_alignment(column))
    if is_best and column < 4:
        font = QFont(item.font())
        font.setBold(True)
        item.setFont(font)
    return item


def _alignment(column: int) -> Qt.AlignmentFlag:
    is_number = column in {1, 2, 3}
    across = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
    return across | Qt.AlignmentFlag.AlignVCenter

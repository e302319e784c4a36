"""What was measured on each photo, and on average, in a table."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from adaptsr_app.messages import tr
from engine.metrics.quality import PhotoQuality, mean_psnr_y_db, mean_ssim_y


class QualityTable(QTableWidget):
    """PSNR and SSIM of bicubic, backbone and adapted; the mean is the first row.

    Signals:
        chosen: The name of the photo whose row was chosen.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._photos: tuple[PhotoQuality, ...] = ()
        titles = [
            tr("Photo"),
            tr("Bicubic\ndB"),
            tr("Before\ndB"),
            tr("After\ndB"),
            tr("Gain\ndB"),
            tr("SSIM\nbefore"),
            tr("SSIM\nafter"),
        ]
        self.setColumnCount(len(titles))
        self.setHorizontalHeaderLabels(titles)
        self.setAccessibleName(tr("Measurements by photo"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.itemSelectionChanged.connect(self._say)

    def show_photos(self, photos: Sequence[PhotoQuality]) -> None:
        """Show measurements."""
        self._photos = tuple(photos)
        self.clearSelection()
        self.setRowCount(len(photos) + 1)
        mean = PhotoQuality(tr("All (mean)"), mean_psnr_y_db(photos), mean_ssim_y(photos))
        for row, photo in enumerate((mean, *photos)):
            self._fill(row, photo)

    def choose_first(self) -> None:
        """Choose the first photo."""
        if self._photos:
            self.selectRow(1)
            self._say()

    def _fill(self, row: int, photo: PhotoQuality) -> None:
        psnr_y_db, ssim_y = photo.psnr_y_db, photo.ssim_y
        gain_db = psnr_y_db["adapted"] - psnr_y_db["backbone"]
        cells = [photo.name]
        cells += [f"{psnr_y_db[key]:.2f}" for key in ("bicubic", "backbone", "adapted")]
        cells.append(f"{gain_db:+.2f}")
        cells += [f"{ssim_y[key]:.4f}" for key in ("backbone", "adapted")]
        for column, text in enumerate(cells):
            item = QTableWidgetItem(text)
            side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            if row == 0:
                font = item.font()
                font.setBold(True)
                item.setFont(font)
            self.setItem(row, column, item)

    def _say(self) -> None:
        row = self.currentRow()
        if self.selectedItems() and 0 < row <= len(self._photos):
            self.chosen.emit(self._photos[row - 1].name)

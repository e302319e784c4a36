"""A grid of photos takes what is dropped on it, and only where it should."""

import pytest
from PySide6.QtGui import QImage

from adaptsr_app.widgets.photo_grid import PhotoGrid
from tests.hands import drop


@pytest.fixture
def dropped(window, context):
    """What reached the window because nothing in it wanted the files."""
    found = []
    context.navigation.photos_dropped.connect(found.extend)
    return found


def test_photos_dropped_on_the_wizards_grid_reach_it_and_not_the_window(
    window, qtbot, dropped, tmp_path
):
    window.show_page("adapt")
    step = window.page("adapt").steps[0]
    qtbot.waitUntil(step.grid.isVisible)
    drop(step.grid.viewport(), [tmp_path / "IMG_1.jpg"])
    assert step.grid.count() == 1
    assert dropped == []
    qtbot.waitUntil(lambda: window.page("adapt").session.background.is_idle, timeout=20_000)


def test_a_grid_that_only_shows_takes_no_drops(context, qtbot):
    grid = PhotoGrid(context.theme, "What was found")
    qtbot.addWidget(grid)
    assert not grid.acceptDrops()
    assert not grid.viewport().acceptDrops()


def test_there_is_room_for_the_words_below_every_shape_of_photo(context, qtbot):
    grid = PhotoGrid(context.theme, "What was found")
    qtbot.addWidget(grid)
    grid.resize(600, 300)
    grid.show()
    qtbot.waitExposed(grid)  # laid out with placeholders, as while photos are being read
    shapes = [(256, 256), (300, 200), (200, 300)]
    for key in range(len(shapes)):
        grid.add(key, f"IMG_{key}.jpg")
    for key, shape in enumerate(shapes):
        picture = QImage(*shape, QImage.Format.Format_RGB32)
        picture.fill(0)
        grid.set_picture(key, picture)
    for key in range(len(shapes)):
        item = grid.item(key)
        needed_px = grid.iconSize().height() + grid.fontMetrics().height()
        assert grid.visualItemRect(item).height() >= needed_px
        assert item.icon().availableSizes()[0] == grid.iconSize() * grid.devicePixelRatioF()

"""A grid of photos takes what is dropped on it, and only where it should."""

import pytest

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

"""The rank map as a widget: what is where, and what pointer and keyboard do."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF

from adaptsr_app.widgets.rank_heatmap import QUANTITIES, RankHeatmap, rank_grid
from adaptsr_app.widgets.rank_heatmap.colours import ColourScale
from adaptsr_app.widgets.rank_heatmap.layout import MapLayout
from engine.events import RankedSite


def site(name: str, block: str, kind: str = "conv", score: float = 1.0, rank: int = 2):
    column = name[len(block) :].lstrip(".")
    return RankedSite(name, kind, block, column, score, rank, max_rank=8, rank_cost=100)


SAFMN = [
    site("to_feat", "to_feat"),
    *(
        site(f"feats.{block}.{layer}", f"feats.{block}", score=0.1 * block + 0.5, rank=block)
        for block in range(3)
        for layer in ("safm.aggr", "ccm.ccm.0")
    ),
    site("to_img.0", "to_img"),
]
SWINIR = [
    site(f"layers.{group}.residual_group.blocks.{block}.{layer}", f"layers.{group}", kind)
    for group in range(2)
    for block in range(3)
    for layer, kind in (("attn.qkv.q", "Q"), ("attn.qkv.k", "K"), ("mlp.fc1", "MLP1"))
] + [site("layers.0.conv", "layers.0"), site("layers.1.conv", "layers.1")]


def test_blocks_are_rows_and_layers_that_stand_alone_share_the_last_column():
    grid = rank_grid(SAFMN)
    assert grid.rows == ("to_feat", "feats 0", "feats 1", "feats 2", "to_img")
    assert grid.columns == ("safm.aggr", "ccm.ccm.0", "other")
    assert grid.cells[0, 2].site == "to_feat"
    assert grid.cells[2, 1].site == "feats.1.ccm.ccm.0"


def test_blocks_inside_blocks_are_rows_of_their_own_and_attention_has_its_short_names():
    grid = rank_grid(SWINIR)
    assert grid.columns == ("Q", "K", "MLP1", "other")
    assert grid.rows[:3] == ("layers 0.0", "layers 0.1", "layers 0.2")
    assert len(grid.rows) == 2 * 3 + 2


words = st.sampled_from(["body", "a", "b", "0", "1", "2", "conv"])
names = st.lists(
    st.lists(words, min_size=1, max_size=5).map(".".join), unique=True, min_size=1, max_size=40
)


@given(names=names, depth=st.integers(0, 3))
def test_every_site_has_exactly_one_cell_whatever_the_network(names, depth):
    sites = [site(name, ".".join(name.split(".")[: depth + 1])) for name in names]
    grid = rank_grid(sites)
    assert sorted(found.site for found in grid.cells.values()) == sorted(names)
    assert len(set(grid.rows)) == len(grid.rows)
    assert all(row < len(grid.rows) and col < len(grid.columns) for row, col in grid.cells)


@given(names=names)
def test_the_arrow_keys_reach_only_cells_that_exist_and_stop_at_the_edge(names):
    grid = rank_grid([site(name, name.split(".")[0]) for name in names])
    for cell in grid.cells:
        for down, right in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            there = grid.next_cell(cell, down, right)
            assert there in grid.cells
            assert (there[0] - cell[0]) * down >= 0
            assert (there[1] - cell[1]) * right >= 0


@given(values=st.lists(st.floats(1e-9, 1e9), min_size=1, max_size=20), whole=st.booleans())
def test_a_larger_value_never_lies_lower_on_the_colours(values, whole):
    scale = ColourScale.spanning(values, is_whole=whole)
    places = [scale.position(value) for value in sorted(values)]
    assert places == sorted(places)
    assert places[-1] == pytest.approx(1.0)
    ticks = scale.ticks(is_whole=whole)
    assert all(math.isfinite(tick) for tick in ticks)


def test_colours_get_steadily_lighter_so_that_no_hue_is_needed_to_read_them():
    scale = ColourScale(0.0, 1.0)
    luma = [
        0.2126 * colour.redF() + 0.7152 * colour.greenF() + 0.0722 * colour.blueF()
        for colour in (scale.colour_at(step / 20) for step in range(21))
    ]
    assert all(first < second for first, second in itertools.pairwise(luma))


@pytest.mark.parametrize("values", [(), (0.0,), (0.0, 0.0), (math.nan,), (5.0,), (-1.0, -2.0)])
@pytest.mark.parametrize("is_whole", [False, True])
@pytest.mark.parametrize("is_signed", [False, True])
def test_maps_with_nothing_or_one_value_have_colours_too(values, is_whole, is_signed):
    scale = ColourScale.spanning(values, is_whole=is_whole, is_signed=is_signed)
    assert scale.low < scale.high
    assert all(0.0 <= scale.position(tick) <= 1.0 for tick in scale.ticks(is_whole=is_whole))


def test_signed_values_have_zero_in_the_middle():
    scale = ColourScale.spanning([-1.0, 4.0], is_signed=True)
    assert scale.position(0.0) == pytest.approx(0.5)


def test_two_scales_joined_hold_the_values_of_both():
    joined = ColourScale(0.0, 4.0).joined(ColourScale(2.0, 9.0))
    assert (joined.low, joined.high) == (0.0, 9.0)


@pytest.fixture
def heatmap(context, qtbot) -> RankHeatmap:
    made = RankHeatmap(context.theme)
    made.set_map(SAFMN)
    made.resize(600, 300)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.hide()


def point_of(heatmap: RankHeatmap, name: str) -> QPoint:
    centre = heatmap.cell_centre(name)
    assert centre is not None
    return centre.toPoint()


def test_clicking_a_cell_selects_its_site_and_says_its_numbers(heatmap, qtbot):
    with qtbot.waitSignal(heatmap.selected) as caught:
        qtbot.mouseClick(
            heatmap, Qt.MouseButton.LeftButton, pos=point_of(heatmap, "feats.2.safm.aggr")
        )
    assert caught.args[0].site == "feats.2.safm.aggr"
    assert "rank 2 of at most 8" in heatmap.accessibleDescription()
    assert "200 parameters" in heatmap.accessibleDescription()


def test_clicking_beside_the_cells_selects_nothing(heatmap, qtbot):
    heatmap.select("to_feat")
    qtbot.mouseClick(heatmap, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert heatmap.selected_site is None


def test_moving_over_a_cell_tells_its_site_and_leaving_it_tells_none(heatmap, qtbot):
    heard = []
    heatmap.hovered.connect(lambda found: heard.append(found and found.site))
    qtbot.mouseMove(heatmap, point_of(heatmap, "to_feat"))
    qtbot.waitUntil(lambda: heard == ["to_feat"], timeout=20_000)
    qtbot.mouseMove(heatmap, QPoint(1, 1))
    qtbot.waitUntil(lambda: heard == ["to_feat", None], timeout=20_000)


def test_arrow_keys_move_the_selection(heatmap, qtbot):
    heatmap.select("feats.0.safm.aggr")
    qtbot.keyClick(heatmap, Qt.Key.Key_Right)
    assert heatmap.selected_site.site == "feats.0.ccm.ccm.0"
    qtbot.keyClick(heatmap, Qt.Key.Key_Down)
    assert heatmap.selected_site.site == "feats.1.ccm.ccm.0"
    qtbot.keyClick(heatmap, Qt.Key.Key_Escape)
    assert heatmap.selected_site is None


def test_a_new_map_of_the_same_network_keeps_the_selection_and_says_the_new_rank(heatmap):
    heatmap.select("feats.0.safm.aggr")
    changed = [site(s.site, s.block, score=s.score, rank=7) for s in SAFMN]
    heatmap.set_map(changed)
    assert heatmap.selected_site.rank == 7
    assert "rank 7" in heatmap.accessibleDescription()


def test_every_value_can_be_shown_in_both_themes(heatmap, context):
    measured = {found.site: 0.25 * index for index, found in enumerate(SAFMN)}
    for name in QUANTITIES:
        heatmap.set_measured(name, measured)
    for scheme in ("light", "dark"):
        context.theme.set_appearance(scheme)
        pictures = set()
        for name in QUANTITIES:
            heatmap.set_value(name)
            pictures.add(bytes(heatmap.grab().toImage().constBits()))
        assert len(pictures) == len(QUANTITIES)


def test_all_cells_of_a_large_network_fit_into_a_small_window(heatmap):
    heatmap.set_map(SWINIR)
    size = QSizeF(heatmap.minimumSizeHint())
    grid = rank_grid(SWINIR)
    layout = MapLayout.fitting(grid, size, QFontMetricsF(heatmap.font()))
    assert layout.grid_rect.bottom() <= size.height()
    assert layout.grid_rect.right() <= size.width()
    for cell in grid.cells:
        assert layout.cell_at(QPointF(layout.cell_rect(cell).center())) == cell


def test_without_a_map_it_says_so_and_takes_no_keys(context, qtbot):
    empty = RankHeatmap(context.theme)
    qtbot.addWidget(empty)
    empty.resize(200, 100)
    assert not empty.grab().isNull()
    qtbot.keyClick(empty, Qt.Key.Key_Down)
    assert empty.selected_site is None

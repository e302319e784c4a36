"""How long to learn, and where: pace, ranks, pins."""

from pathlib import Path

from adaptsr_app.models.adaptation import AdaptationModel, AdaptationState
from adaptsr_app.models.rank_plan import RanksForNext
from adaptsr_app.pages.adapt.step import WizardJob
from engine.backbones.installing import add_backbone
from engine.config.adapter import AdapterSettings
from engine.profiles.library import find_profile
from tests.gui.adapt.wizard_samples import (
    DIFFERENCES,
    EFFORT,
    PHONE,
    WAIT,
    click,
    in_front,
    ready_to_train,
)


def test_the_pace_is_measured_and_every_effort_says_how_long_it_takes(
    make_page, qtbot, known, tmp_path, network
):
    add_backbone(Path(network))
    page = make_page()
    page.session.adaptation.update(measured=None, effort="balanced")
    in_front(page, EFFORT)
    step = page.steps[EFFORT]
    page.session.cancel(WizardJob.MEASURING)
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)
    step.backbone.setCurrentIndex(step.backbone.findData("tiny"))
    step.backbone.activated.emit(step.backbone.currentIndex())
    click(qtbot, step.measure)
    assert step.progress.isVisible()
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)
    assert page.session.state.measured.seconds_per_step > 0
    assert all("about" in card.note.text() for card in step.efforts.cards.values())
    assert "of memory" in step.needs.text()
    click(qtbot, step.efforts.cards["quick"].button)
    assert page.session.state.training.steps == 400
    step.advanced.changed.emit("steps", 77)
    assert (page.session.state.effort, page.session.state.training.steps) == ("own", 77)
    assert step.efforts.choice is None
    step.advanced.changed.emit("r_min", 60)
    assert page.banner.message is not None
    assert page.session.state.adapter.r_min == 0


def test_the_layers_are_looked_at_once_and_the_slider_moves_ranks_at_once(make_page, qtbot, known):
    page = make_page()
    page.session.adaptation.update(ranking=None)
    in_front(page, DIFFERENCES)
    step = page.steps[DIFFERENCES]
    assert page.session.does(WizardJob.SCORING)
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)
    assert step.is_ready
    before = step._map.trainable_parameters
    step.budget.setValue(5)
    assert page.session.state.adapter.budget == "5%"
    assert step._map.trainable_parameters < before
    assert "layers will change" in step.words.text()
    assert page.session.job is None
    page.go_to(PHONE)
    page.go_to(DIFFERENCES)
    assert page.session.job is None  # the scores are still good


def test_ranks_are_fixed_by_hand_on_the_steps_own_map_and_stay_fixed(make_page, qtbot, known):
    page = make_page()
    in_front(page, DIFFERENCES)
    step = page.steps[DIFFERENCES]
    site = min(step._map.sites, key=lambda one: (one.rank, one.rank_cost))
    assert not step.free.isVisible()
    step.heatmap.select(site.site)
    assert step.details.pinned.isVisible()
    step.details.pinned.click()
    step.details.rank.setValue(site.rank + 1)
    assert page.session.state.adapter.pins == {site.site: site.rank + 1}
    ranks = {one.site: one.rank for one in step._map.sites}
    assert ranks[site.site] == site.rank + 1
    assert "1 rank is fixed by hand." in step.words.text()
    page.go_to(PHONE)
    page.session.kept.flush()
    page.close()

    again = make_page()
    in_front(again, DIFFERENCES)
    step = again.steps[DIFFERENCES]
    assert {one.site: one.rank for one in step._map.sites} == ranks
    settings = again.session.next_settings
    assert settings.adapter.pins == {site.site: site.rank + 1}
    click(qtbot, step.free)
    assert again.session.state.adapter.pins == {}
    assert not step.free.isVisible()


def test_fixed_ranks_that_cost_too_much_are_told_and_can_be_let_go(make_page, qtbot, known):
    page = make_page()
    in_front(page, DIFFERENCES)
    step = page.steps[DIFFERENCES]
    for site in step._map.sites:
        page.session.adaptation.pin(site.site, site.max_rank)
    assert page.banner.message is not None
    assert page.banner.message.remedy
    assert not step.is_ready
    assert step.missing
    assert step.heatmap.has_values  # the cells stay, to let ranks go by
    click(qtbot, step.free)
    assert step.is_ready
    assert page.banner.message is None


def test_ranks_from_the_page_of_rank_maps_are_shown_in_step_4_and_trained(
    make_page, qtbot, context, known
):
    page = make_page()
    state = page.session.state
    site = next(one for one in state.ranked().sites if one.max_rank > 2)
    adapter = state.adapter.model_copy(
        update={"pins": {site.site: 2}, "strategy": "greedy", "budget": "15%"}
    )
    context.navigation.ranks_requested.emit(RanksForNext(adapter, state.backbone, 2))
    assert page.index == DIFFERENCES
    step = page.steps[DIFFERENCES]
    assert page.banner.message is not None
    assert {one.site: one.rank for one in step._map.sites}[site.site] == 2
    assert step.budget.value() == 15
    context.navigation.ranks_requested.emit(RanksForNext(adapter, state.backbone, 4))
    assert "2 times" in page.banner.message.text
    ready_to_train(page)
    click(qtbot, page.training.start)
    qtbot.waitUntil(lambda: page.session.state.result is not None, **WAIT)
    trained = find_profile(page.session.state.result).rank_map
    assert trained.rank_pattern[site.site] == 2
    assert trained.settings.strategy == "greedy"
    page.session.cancel_current()


def test_ranks_reach_a_wizard_that_was_not_opened_before(window, context):
    adapter = AdapterSettings(pins={"layer": 3}, budget="5%")
    context.navigation.page_requested.emit("adapt")
    context.navigation.ranks_requested.emit(RanksForNext(adapter, "tiny", 2))
    state = window.page("adapt").session.state
    assert (state.adapter.pins, state.adapter.budget, state.backbone) == (
        {"layer": 3},
        "5%",
        "tiny",
    )
    window.page("adapt").session.kept.flush()


def test_fixed_ranks_do_not_outlive_their_network(qapp):
    adaptation = AdaptationModel(AdaptationState())
    adaptation.update(backbone="one", adapter=AdapterSettings(pins={"layer": 3}, budget="5%"))
    adaptation.update(scale=2, backbone="one")
    assert adaptation.state.adapter.pins == {"layer": 3}
    adaptation.update(backbone="other")
    assert adaptation.state.adapter == AdapterSettings(budget="5%")

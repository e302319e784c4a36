"""The rank map page with real profiles of a tiny network."""

import csv
import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFileDialog

from adaptsr_app.models.adaptation import AdaptationState
from adaptsr_app.models.rank_plan import SCORES, STRATEGIES
from adaptsr_app.pages.rank_map import RankMapPage
from adaptsr_app.pages.rank_map.export import FORMATS
from adaptsr_app.pages.rank_map.scoring import can_be_scored, score_settings
from adaptsr_app.pages.rank_map.sentences import what_it_shows
from adaptsr_app.widgets.rank_heatmap import QUANTITIES
from engine.adapters.allocation import STRATEGIES as ENGINE_STRATEGIES
from engine.adapters.methods import METHODS
from engine.adapters.rank_map import without_ranks
from engine.adapters.scores import SCORES as ENGINE_SCORES
from engine.adapters.sites import find_sites
from engine.backbones.installing import add_backbone
from engine.backbones.loading import load_backbone, save_backbone
from engine.config.adapter import AdapterSettings
from engine.config.adapting import AdaptSettings
from engine.errors import StorageError
from engine.profiles.library import default_library, install_profile
from engine.profiles.profile import save_profile
from tests.photo_samples import scene
from tests.profile_samples import adapted, provenance_of, save_sample_profile, tiny_backbone

pytestmark = pytest.mark.usefixtures("own_folders")

WAIT_MS = 20_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    save_sample_profile(folder / "phone", name="phone")
    save_sample_profile(
        folder / "other", name="drone", settings=AdapterSettings(budget="10%", strategy="greedy")
    )
    return folder


@pytest.fixture
def page(context, qtbot):
    made = RankMapPage(context)
    qtbot.addWidget(made, before_close_func=lambda _page: context.jobs.stop_all())
    made.resize(1100, 700)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.hide()


@pytest.fixture
def filled(page, made, context, qtbot):
    for name in ("phone", "other"):
        install_profile(made / name)
    page.shown()
    qtbot.waitUntil(lambda: bool(page.plan.spectra) and not context.jobs.jobs, timeout=WAIT_MS)
    return page


def choose(box, data: str) -> None:
    box.setCurrentIndex(box.findData(data))


def answer_with(monkeypatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(path), ""))


def test_the_scores_and_strategies_offered_are_those_the_engine_has():
    assert list(SCORES) == list(ENGINE_SCORES)
    assert list(STRATEGIES) == list(ENGINE_STRATEGIES)


def test_without_profiles_it_says_what_will_be_here_and_leads_to_adapting(page, context, qtbot):
    page.shown()
    qtbot.waitUntil(page.empty.adapt.isVisible, timeout=WAIT_MS)
    assert not page.maps.isVisible()
    with qtbot.waitSignal(context.navigation.page_requested) as caught:
        qtbot.mouseClick(page.empty.adapt, Qt.MouseButton.LeftButton)
    assert caught.args == ["adapt"]


def test_a_profile_is_shown_as_it_was_trained_with_what_training_changed(filled):
    assert [filled.tools.profile_box.itemText(i) for i in range(2)] == ["drone", "phone"]
    assert filled.plan.profile.name == "drone"
    assert filled.plan.is_as_trained
    assert set(filled.plan.spectra) == {s.site for s in filled.plan.sites if s.rank}


def test_a_profile_that_is_asked_for_is_the_one_shown(filled, context, qtbot):
    filled.context.navigation.page_requested.connect(lambda _key: filled.shown())
    context.navigation.profile_requested.emit(default_library() / "phone")
    qtbot.waitUntil(lambda: filled.plan.profile.name == "phone", timeout=WAIT_MS)
    assert filled.tools.profile_box.currentText() == "phone"
    qtbot.waitUntil(lambda: not context.jobs.jobs, timeout=WAIT_MS)


def test_a_chosen_cell_shows_its_numbers_and_its_singular_values(filled):
    site = max(filled.plan.sites, key=lambda one: one.rank)
    filled.maps.main.select(site.site)
    said = filled.details.bars.accessibleDescription()
    assert len(said.split(", ")) == site.rank
    assert filled.details.findChild(type(filled.details.bars)).isVisible()


def test_a_pinned_rank_changes_the_map_within_the_budget_and_can_be_taken_back(filled):
    site = filled.plan.sites[0]
    filled.maps.main.select(site.site)
    filled.details.pinned.click()
    filled.details.rank.setValue(1 if site.rank != 1 else 2)
    pinned = next(one for one in filled.plan.sites if one.site == site.site)
    assert pinned.rank == filled.details.rank.value()
    assert filled.plan.spent <= filled.plan.budget_parameters
    assert filled.plan.trained_changes
    assert filled.changes.undo.isVisible()
    filled.changes.undo.click()
    assert filled.plan.is_as_trained
    assert filled.plan.sites == filled.plan.profile.rank_rows


def test_pins_that_cost_more_than_the_budget_are_told_in_words(filled):
    filled.plan.change(budget="0.1%")
    filled.plan.pin(filled.plan.sites[0].site, filled.plan.sites[0].max_rank)
    assert filled.plan.problem is not None
    assert not filled.changes.keep.isEnabled()
    filled.plan.as_trained()
    assert filled.plan.problem is None


def test_a_training_that_is_not_in_the_library_is_shown_too(filled, context, made, qtbot):
    context.navigation.page_requested.connect(lambda _key: filled.shown())
    context.navigation.profile_requested.emit(made / "phone")
    qtbot.waitUntil(lambda: filled.plan.profile.folder == made / "phone", timeout=WAIT_MS)
    assert filled.tools.profile_box.currentText().startswith("phone, training of")
    assert filled.tools.profile_box.count() == 3
    qtbot.waitUntil(lambda: not context.jobs.jobs, timeout=WAIT_MS)
    filled.shown()
    qtbot.waitUntil(lambda: filled._reading.is_idle, timeout=WAIT_MS)
    assert filled.plan.profile.folder == made / "phone"


@pytest.mark.parametrize("beside", ["trained", "strategy:uniform", "profile"])
def test_another_map_beside_it_has_the_same_colours(filled, beside):
    folder = default_library() / "phone"
    choose(filled.tools.beside_box, f"profile:{folder}" if beside == "profile" else beside)
    assert filled.maps.other.isVisible()
    main = filled.maps.main.picture(filled.maps.main.size().toSizeF())
    other = filled.maps.other.picture(filled.maps.other.size().toSizeF())
    assert main.scale == other.scale


def test_another_strategy_gives_the_map_the_engine_would(filled):
    choose(filled.tools.strategy_box, "uniform")
    assert filled.plan.sites == filled.plan.with_strategy("uniform")
    assert filled.plan.trained_changes
    choose(filled.tools.value_box, "rank_change")
    assert "As trained" in what_it_shows(filled.plan, "rank_change", "")


def test_every_value_has_its_sentence_and_its_picture(filled):
    sentences = {what_it_shows(filled.plan, name, "") for name in QUANTITIES}
    assert len(sentences) == len(QUANTITIES)


def test_another_score_asks_for_the_pairs_and_says_why(filled):
    choose(filled.tools.score_box, "fisher")
    assert filled.banner.isVisible()
    assert "pairs" in filled.banner.message.text
    assert filled.tools.score_box.currentData() == "gradient"


def test_other_scores_are_measured_as_the_profile_was_made(filled, tmp_path):
    settings = score_settings(filled.plan.profile, tmp_path, "fisher", "cpu")
    assert settings.adapter.score == "fisher"
    assert settings.val == filled.plan.profile.provenance.data.val
    assert settings.scale == 2


@pytest.mark.parametrize(
    ("lr_made", "can_be"),
    [
        ({}, True),
        ({"lr_from": "bicubic"}, True),
        ({"lr_from": "blind", "degradation": "harsh"}, True),
        ({"lr_from": "blind", "degradation": "mine.toml"}, False),
        ({"lr_from": "camera", "camera": "phone"}, False),
    ],
)
def test_scores_are_measured_on_lr_made_as_for_the_training_or_not_at_all(
    filled, tmp_path, lr_made, can_be
):
    profile = filled.plan.profile
    origin = profile.provenance.model_copy(update={"settings": lr_made})
    profile = replace(profile, provenance=origin)
    assert can_be_scored(profile) == can_be
    if can_be:
        settings = score_settings(profile, tmp_path, "fisher", "cpu")
        assert settings.lr_from == lr_made.get("lr_from", "pairs")
    started = AdaptSettings(
        backbone="mine", pairs=tmp_path, scale=2, out=tmp_path, lr_from="camera", camera=tmp_path
    )
    settings = score_settings(profile, tmp_path, "fisher", "cpu", started)
    assert (settings.lr_from, settings.camera) == ("camera", tmp_path)


def test_ranks_tried_out_here_are_taken_to_the_wizard(filled, context, qtbot):
    taken = []
    context.navigation.ranks_requested.connect(taken.append)
    assert not filled.changes.train.isVisible()
    site = filled.plan.sites[0]
    filled.plan.pin(site.site, 1)
    choose(filled.tools.strategy_box, "greedy")
    with qtbot.waitSignal(context.navigation.page_requested) as requested:
        qtbot.mouseClick(filled.changes.train, Qt.MouseButton.LeftButton)
    assert requested.args == ["adapt"]
    (ranks,) = taken
    assert ranks.adapter.pins == {site.site: 1}
    assert ranks.adapter.strategy == "greedy"
    assert ranks.scale == filled.plan.profile.scale


def test_scores_that_arrive_are_shown_and_kept(filled):
    plan = filled.plan
    turned = tuple(
        type(site)(
            site=site.site, kind=site.kind, block=site.block, column=site.column,
            score=1.0 / site.score, rank=site.rank, max_rank=site.max_rank,
            rank_cost=site.rank_cost,
        )
        for site in plan.profile.rank_rows
    )  # fmt: skip
    plan.set_scores(plan.profile.folder, "fisher", turned)
    assert filled.tools.score_box.currentData() == "fisher"
    assert {s.site: s.score for s in plan.sites} == {s.site: s.score for s in turned}
    choose(filled.tools.score_box, "gradient")
    assert plan.is_as_trained


@pytest.fixture
def measurable(page, context, tmp_path, qtbot):
    """A profile of a network that is on this computer, and the pairs it was made from."""
    for side, factor in (("LR", 1), ("HR", 2)):
        (tmp_path / "pairs" / side).mkdir(parents=True)
        for number in range(3):
            picture = Image.fromarray(scene(40 * factor, 48 * factor, seed=number))
            picture.save(tmp_path / "pairs" / side / f"{number}.png")
    save_backbone(tiny_backbone(), tmp_path / "mine.safetensors")
    add_backbone(tmp_path / "mine.safetensors", "mine")
    backbone = load_backbone("mine")
    adaptation, rank_map = adapted(backbone)
    origin = provenance_of(backbone)
    data = origin.data.model_copy(update={"train": ("0", "1"), "val": ("2",)})
    save_profile(
        default_library() / "phone",
        name="phone",
        merged=adaptation.merged(),
        adapter=adaptation.state_dict(),
        rank_map=rank_map,
        provenance=origin.model_copy(update={"data": data}),
    )
    started = AdaptSettings(
        backbone="mine", pairs=tmp_path / "pairs", scale=2, out=tmp_path / "out", name="phone"
    )
    context.home.mkdir(parents=True, exist_ok=True)
    state = AdaptationState(started=started).model_dump_json()
    (context.home / "adapt.json").write_text(state, encoding="utf-8")
    page.shown()
    qtbot.waitUntil(lambda: bool(page.plan.spectra) and not context.jobs.jobs, timeout=WAIT_MS)
    return page


def test_another_score_is_measured_on_the_pairs_the_wizard_remembers(measurable, qtbot):
    choose(measurable.tools.score_box, "activation")
    qtbot.waitUntil(lambda: measurable.plan.knows("activation"), timeout=WAIT_MS)
    assert measurable.tools.score_box.currentData() == "activation"
    trained = {site.site: site.score for site in measurable.plan.profile.rank_rows}
    assert {site.site for site in measurable.plan.sites} == set(trained)
    assert all(site.score != trained[site.site] for site in measurable.plan.sites)
    assert measurable.plan.spent <= measurable.plan.budget_parameters


def test_pairs_that_are_gone_are_asked_for_and_wrong_ones_told(
    measurable, qtbot, tmp_path, monkeypatch
):
    (tmp_path / "pairs").rename(tmp_path / "elsewhere")
    choose(measurable.tools.score_box, "fisher")
    assert measurable.banner.isVisible()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a, **_k: str(tmp_path))
    measurable._ask_for_pairs("fisher")
    qtbot.waitUntil(measurable.banner.isVisible, timeout=WAIT_MS)
    assert not measurable.plan.knows("fisher")


def test_the_map_of_another_profile_shows_what_training_changed_there(filled, context, qtbot):
    choose(filled.tools.value_box, "delta_norm")
    choose(filled.tools.beside_box, f"profile:{default_library() / 'phone'}")
    qtbot.waitUntil(lambda: filled.maps.other.has_values, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not context.jobs.jobs, timeout=WAIT_MS)
    size = filled.maps.main.size().toSizeF()
    main, other = filled.maps.main.picture(size), filled.maps.other.picture(size)
    assert main.values != other.values
    assert main.scale == other.scale


@pytest.mark.parametrize("ending", FORMATS)
def test_the_map_is_exported_in_every_format(filled, tmp_path, monkeypatch, ending):
    path = tmp_path / f"map.{ending}"
    answer_with(monkeypatch, path)
    filled.export(ending)
    if ending == "png":
        assert QImage(str(path)).width() > 400
    elif ending == "svg":
        assert QSvgRenderer(str(path)).isValid()
    elif ending == "csv":
        table = list(csv.DictReader(path.read_text("utf-8").splitlines()))
        assert len(table) == len(filled.plan.sites)
        assert any(line["effective_rank"] for line in table)
    else:
        pattern = json.loads(path.read_text("utf-8"))["rank_pattern"]
        assert pattern == {s.site: s.rank for s in filled.plan.sites if s.rank}


def test_pins_are_saved_as_a_preset_for_the_next_adaptation(filled, tmp_path, monkeypatch):
    site = filled.plan.sites[0].site
    filled.plan.pin(site, 1)
    answer_with(monkeypatch, tmp_path / "mine.toml")
    filled.changes.keep.click()
    preset = tomllib.loads((tmp_path / "mine.toml").read_text("utf-8"))
    assert preset["adapter"]["pins"] == {site: 1}


def test_a_file_that_cannot_be_written_is_told(filled, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr("adaptsr_app.pages.rank_map.page.export_map", _full)
    answer_with(monkeypatch, tmp_path / "map.png")
    filled.export("png")
    assert "full" in filled.banner.message.text


def _full(*_args):
    raise StorageError("The disk is full.", remedy="Free some space.")


def test_a_profile_without_ranks_says_why_there_is_no_map(page, context, qtbot):
    backbone = tiny_backbone()
    settings = AdapterSettings(method="full")
    rank_map = without_ranks(
        find_sites(backbone.module), settings, backbone_parameters=backbone.parameter_count
    )
    adaptation = METHODS.get("full").build(backbone, rank_map, 0)
    save_profile(
        default_library() / "all",
        name="all",
        merged=adaptation.merged(),
        adapter=adaptation.state_dict(),
        rank_map=rank_map,
        provenance=provenance_of(backbone),
    )
    page.shown()
    qtbot.waitUntil(lambda: page.plan.profile is not None, timeout=WAIT_MS)
    assert page.empty.isVisible()
    assert not page.maps.isVisible()
    assert not context.jobs.jobs

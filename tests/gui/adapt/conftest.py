"""Pairs, a network and a wizard for each test; Qt is imported when there is a test."""

import pytest

from engine.adapters.rank_map import plan_ranks
from engine.adapters.sites import find_sites
from engine.backbones.loading import load_backbone, save_backbone
from engine.config.adapter import AdapterSettings
from engine.config.training import TrainingSettings
from tests.tiny_backbones import tiny_backbone


@pytest.fixture
def pairs(tmp_path):
    from tests.gui.adapt.wizard_samples import write_pairs  # noqa: PLC0415 - needs Qt

    return write_pairs(tmp_path / "pairs")


@pytest.fixture
def network(tmp_path):
    """A tiny network of the user's own, so that every job takes a moment."""
    path = tmp_path / "tiny.safetensors"
    save_backbone(tiny_backbone("EDSR"), path)
    return str(path)


@pytest.fixture
def make_page(context, qtbot, monkeypatch, tmp_path):
    from adaptsr_app.pages.adapt.page import AdaptPage  # noqa: PLC0415 - needs Qt

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def make():
        page = AdaptPage(context)
        qtbot.addWidget(page, before_close_func=lambda _page: context.jobs.stop_all())
        page.resize(1100, 760)
        page.show()
        page.shown()
        return page

    return make


@pytest.fixture
def known(context, pairs, network):
    """A state as after four steps, with a training of a second."""
    from adaptsr_app.models.adaptation import Ranking  # noqa: PLC0415 - needs Qt
    from tests.gui.adapt.wizard_samples import adaptation_in, flush  # noqa: PLC0415 - the same

    adaptation = adaptation_in(context.home)
    adaptation.update(
        name="Phone",
        source="data set",
        pairs=pairs,
        usable=4,
        backbone=network,
        effort="own",
        adapter=AdapterSettings(budget="20%", score_batches=1),
        training=TrainingSettings(steps=6, batch=2, patch=16, validate_every=2, checkpoint_every=3),
        step="training",
    )
    state = adaptation.state
    backbone = load_backbone(network)
    scores = {site.name: 1.0 for site in find_sites(backbone.module)}
    ranks = plan_ranks(
        find_sites(backbone.module),
        scores,
        state.adapter,
        backbone_parameters=backbone.parameter_count,
    )
    ranking = Ranking(
        key=state.data_key, sites=ranks.rows(), backbone_parameters=backbone.parameter_count
    )
    adaptation.update(ranking=ranking)
    flush(adaptation)
    return adaptation

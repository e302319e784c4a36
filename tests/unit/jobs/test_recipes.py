"""Every recipe is one that `adaptsr pretrain` takes, and makes the network its name says."""

import tomllib
from pathlib import Path

import pytest

from engine.backbones.building import build_backbone
from engine.cli.settings import build, read_preset
from engine.config.pretraining import PretrainSettings

RECIPES = sorted((Path(__file__).parents[3] / "resources" / "recipes").glob("*.toml"))
PARAMETERS = {
    "safmn-x2": 227_820,
    "safmn-x4": 239_520,
    "edsr-baseline-x2": 1_369_859,
    "edsr-baseline-x4": 1_517_571,
    "swinir-light-x2": 910_152,
    "swinir-light-x4": 929_628,
}


def _network(recipe):
    """Return the network a recipe makes, from nothing or by going on with it."""
    return recipe.stem.removesuffix("-continued").removesuffix("-varied").removesuffix("-refined")


def test_there_is_a_recipe_for_every_network_that_is_meant_to_ship():
    assert {_network(path) for path in RECIPES} == set(PARAMETERS)


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_is_understood_and_makes_a_network_of_the_published_size(path, tmp_path):
    values = read_preset(str(path)) | {"photos": tmp_path, "out": tmp_path}
    settings = build(PretrainSettings, values)
    assert settings.name == _network(path)
    backbone = build_backbone(settings.architecture, scale=settings.scale, **settings.options)
    assert backbone.scale == settings.scale
    assert backbone.parameter_count == PARAMETERS[settings.name]


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_starts_from_nothing_or_from_a_network_that_has_one(path):
    start = tomllib.loads(path.read_text(encoding="utf-8")).get("start_from")
    assert start is None or start in {other.stem for other in RECIPES}

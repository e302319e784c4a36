"""Options are made of the fields of settings: what a field says is what a command takes."""

from pathlib import Path
from typing import Any, Literal

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from engine.cli.declaration import Declaration
from engine.cli.declarations.adapt import adapt
from engine.cli.declarations.data import register
from engine.cli.declarations.evaluate import evaluate
from engine.cli.declarations.export import export
from engine.cli.declarations.pretrain import pretrain
from engine.cli.declarations.score import score
from engine.cli.declarations.sites import sites
from engine.cli.declarations.upscale import upscale
from engine.cli.options import SettingOption, argument, nested, option
from engine.cli.parsing import parse_list, parse_pins, parse_val
from engine.cli.settings import build, read_preset, with_lr_source
from engine.config.adapter import AdapterSettings
from engine.config.base import Settings, Val
from engine.config.training import PAPER_TRAINING, TrainingSettings
from engine.errors import ConfigError
from engine.paths import StoredName, StoredPath


class Inner(Settings):
    strength: int = Field(7, ge=2, le=9, description="How strong.")
    rate: float | None = Field(None, gt=0, le=1, description="How fast.")


class Made(Settings):
    """Settings as jobs have them, one field of each kind."""

    photos: StoredPath = Field(description="Where photos are.")
    folders: tuple[StoredPath, ...] = Field((), description="More of them.")
    name: StoredName | None = Field(None, description="A name.")
    kind: Literal["a", "b"] = Field("a", description="a or b.")
    val: Val = 4
    pins: dict[str, int] = Field({}, description="Fix one.")
    quick: bool = Field(False, description="Hurry.")
    careful: bool = Field(True, description="Take care.")
    inner: Inner = Inner()


MADE = (
    option(Made, "photos"),
    option(Made, "folders"),
    option(Made, "name"),
    option(Made, "kind"),
    option(Made, "val", read=parse_val),
    option(Made, "pins", "--pin", read=parse_pins),
    option(Made, "quick"),
    option(Made, "careful"),
    option(Made, "inner.strength"),
    option(Made, "inner.rate"),
)


def typers(*options: SettingOption) -> dict[str, Any]:
    """Return what typer makes of options, by name."""

    def nothing() -> None:
        """Do nothing."""

    program = typer.Typer(add_completion=False)
    program.command()(Declaration("sys:exit", nothing, options, None))
    return {one.name: one for one in typer.main.get_command(program).params}


def taken(*words: str) -> dict[str, Any]:
    """Return the settings that words give."""

    def nothing() -> None:
        """Do nothing."""

    program = typer.Typer(add_completion=False)
    program.command()(Declaration("sys:exit", nothing, MADE, None))
    command = typer.main.get_command(program)
    context = command.make_context("made", list(words))
    return nested(MADE, context.params)


def test_bounds_default_and_help_are_the_fields() -> None:
    made = typers(*MADE)
    strength = made["inner_strength"]
    assert (strength.min, strength.max, strength.help) == (2, 9, "How strong.")
    assert strength.show_default == "7"
    assert strength.opts == ["--strength"]
    assert made["photos"].required
    assert not made["name"].required
    assert made["folders"].help == "More of them; may be repeated."
    assert (made["quick"].opts, made["quick"].secondary_opts) == (["--quick"], [])
    assert made["careful"].secondary_opts == ["--no-careful"]


def test_what_was_not_given_is_left_to_the_settings() -> None:
    assert taken("--photos", "x") == {"photos": Path("x")}


def test_what_was_given_reaches_its_field_in_the_fields_type() -> None:
    values = taken(
        *("--photos", "~/x", "--folders", "a", "--folders", "~", "--name", "n", "--kind", "b"),
        *("--val", "3", "--pin", "a.b=2", "--quick", "--no-careful", "--strength", "9"),
        *("--rate", "0.5"),
    )
    made = Made.model_validate(values)
    assert made.photos == Path.home() / "x"
    assert made.folders == (Path("a"), Path.home())
    assert (made.name, made.kind, made.val, made.pins) == ("n", "b", 3, {"a.b": 2})
    assert (made.quick, made.careful) == (True, False)
    assert made.inner == Inner(strength=9, rate=0.5)


@given(st.integers(-20, 20))
def test_a_command_takes_a_number_exactly_where_its_field_does(number: int) -> None:
    words = ["--photos", "x", f"--strength={number}"]
    if 2 <= number <= 9:
        assert taken(*words)["inner"] == {"strength": number}
    else:
        with pytest.raises(typer.BadParameter):
            taken(*words)


def test_words_for_a_default_make_a_field_that_must_be_set_an_option() -> None:
    made = typers(option(Made, "photos", default="those at hand"), argument(Made, "name"))
    assert not made["photos"].required
    assert made["photos"].show_default == "those at hand"


@pytest.mark.parametrize(
    "declared",
    [adapt, evaluate, export, pretrain, register, score, sites, upscale],
    ids=lambda declared: declared.__name__,
)
def test_every_option_says_what_it_does(declared: Declaration) -> None:
    program = typer.Typer(add_completion=False)
    program.command()(declared)
    parameters = typer.main.get_command(program).params
    assert [one.name for one in parameters if not getattr(one, "help", None)] == []


def test_a_preset_keeps_what_it_switches_off() -> None:
    """The paper clips no gradients, and the settings' default does."""
    values = read_preset("paper")["training"]
    assert build(TrainingSettings, values) == PAPER_TRAINING


@pytest.mark.parametrize("preset", ["paper", "paper-tables", "paper-headline", "paper-full"])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_preset_of_the_paper_has_hr_patches_of_256(preset: str, scale: int) -> None:
    assert read_preset(preset, scale)["training"]["patch"] == 256 // scale


@pytest.mark.parametrize("words", [["conv,mlp"], ["conv", "mlp"], ["conv, mlp"]])
def test_kinds_of_layers_are_written_with_commas_or_one_by_one(words: list[str]) -> None:
    assert build(AdapterSettings, {"kinds": parse_list(words)}).kinds == ("conv", "mlp")


def test_an_unknown_kind_of_layer_is_refused() -> None:
    with pytest.raises(ConfigError, match="kinds"):
        build(AdapterSettings, {"kinds": ["body"]})


@pytest.mark.parametrize(
    ("given_values", "lr_from"),
    [
        ({}, None),
        ({"camera": Path("c")}, "camera"),
        ({"degradation": "mild"}, "blind"),
        ({"degradation": "mild", "lr_from": "pairs"}, "pairs"),
    ],
)
def test_a_camera_or_a_degradation_says_how_lr_is_made(
    given_values: dict[str, Any], lr_from: str | None
) -> None:
    assert with_lr_source(given_values).get("lr_from") == lr_from

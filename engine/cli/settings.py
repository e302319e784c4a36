"""Turns the words of a command line, and a preset file, into a job's settings."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from engine.config.adapter import PAPER_ADAPTER, PAPER_TABLES_ADAPTER
from engine.config.base import Settings, as_config_error
from engine.config.training import PAPER_FULL_TRAINING, PAPER_TRAINING
from engine.errors import ConfigError, storage_errors
from engine.files import read_small

AnySettings = TypeVar("AnySettings", bound=Settings)

PRESETS: Mapping[str, tuple[Settings, Settings]] = {
    "paper": (PAPER_ADAPTER, PAPER_TRAINING),
    "paper-tables": (PAPER_TABLES_ADAPTER, PAPER_TRAINING),
    "paper-full": (PAPER_ADAPTER.model_copy(update={"method": "full"}), PAPER_FULL_TRAINING),
}
"""Adapter and training settings by the name of a preset."""


def build(settings: type[AnySettings], values: Mapping[str, Any]) -> AnySettings:
    """Return settings made of the values that were given.

    Args:
        settings: The class.
        values: By field, nested for nested settings; None for what was not given.

    Raises:
        ConfigError: If a value is out of range, contradicts another or is unknown.
    """
    try:
        return settings.model_validate(given(values))
    except ValidationError as error:
        raise as_config_error(error) from error


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` without what is None, in nested mappings too."""
    return {
        key: given(value) if isinstance(value, Mapping) else value
        for key, value in values.items()
        if value is not None
    }


def overlaid(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `under` with what is given in `over` put on top, field by field."""
    merged = dict(under)
    for key, value in given(over).items():
        below = merged.get(key)
        both = isinstance(value, Mapping) and isinstance(below, Mapping)
        merged[key] = overlaid(below, value) if both and isinstance(below, Mapping) else value
    return merged


def read_preset(name_or_file: str | None) -> dict[str, Any]:
    """Return the values of a preset: one of `PRESETS`, or a TOML file with their field names.

    Raises:
        ConfigError: If there is no such preset or the file is not TOML.
        StorageError: If the file may not be read.
    """
    if name_or_file is None:
        return {}
    if name_or_file in PRESETS:
        adapter, training = PRESETS[name_or_file]
        return {"adapter": adapter.model_dump(), "training": training.model_dump()}
    path = Path(name_or_file).expanduser()
    try:
        with storage_errors(path):
            return tomllib.loads(read_small(path).decode())
    except (FileNotFoundError, IsADirectoryError) as error:
        raise ConfigError(
            "There is no such preset.",
            path=path,
            remedy=f"Give a TOML file or one of {', '.join(PRESETS)}.",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"This preset cannot be read: {error}.", path=path) from error


def lr_values(lr_from: str | None, camera: Path | None, degradation: str | None) -> dict[str, Any]:
    """Return the fields of `LrSettings`; a camera or a degradation says itself how LR is made."""
    return {
        "lr_from": lr_from or (camera and "camera") or (degradation and "blind"),
        "camera": camera and camera.expanduser(),
        "degradation": degradation,
    }


def camera_values(
    make: str | None, model: str | None, lens: str | None
) -> dict[str, str | None] | None:
    """Return the fields of `CameraName`, or None where nothing was said.

    Raises:
        ConfigError: If the model is missing, without which no photo can be told.
    """
    if make is None and model is None and lens is None:
        return None
    if not model:
        raise ConfigError(
            "The camera's model is missing.",
            remedy="Give it by --camera-model, as the camera's photos name it.",
        )
    return {"make": make, "model": model, "lens": lens}


def parse_val(text: str | None) -> int | Path | None:
    """Return how many scenes to keep out, or the file that lists them."""
    if text is None:
        return None
    return int(text) if text.isdecimal() else Path(text).expanduser()


def parse_lens(text: str | None) -> str | tuple[float, float] | None:
    """Return "off", "fit", or k1 and k2 from "K1,K2".

    Raises:
        ConfigError: If it is none of these.
    """
    if text is None or text in {"off", "fit"}:
        return text
    try:
        k1, k2 = (float(part) for part in text.split(","))
    except ValueError as error:
        raise ConfigError(
            f"{text!r} describes no lens.", remedy="Write off, fit, or two numbers as -0.02,0.001."
        ) from error
    return k1, k2


def parse_pins(pins: list[str] | None) -> dict[str, int] | None:
    """Return ranks by site from "site=rank".

    Raises:
        ConfigError: If one is not of that form.
    """
    if not pins:
        return None
    ranks = {}
    for pin in pins:
        site, _, rank = pin.rpartition("=")
        if not site or not rank.isdecimal():
            raise ConfigError(f"{pin!r} fixes no rank.", remedy="Write it as LAYER=RANK.")
        ranks[site] = int(rank)
    return ranks


def patterns(names: list[str] | None) -> tuple[str, ...] | None:
    """Return patterns as settings take them, None if there are none."""
    return tuple(names) if names else None

"""Turns what was given on a command line, and a preset file, into a job's settings."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from engine.config.adapter import PAPER_ADAPTER, PAPER_HEADLINE_ADAPTER, PAPER_TABLES_ADAPTER
from engine.config.base import Settings, as_config_error
from engine.config.training import PAPER_FULL_TRAINING, PAPER_TRAINING, paper_patch
from engine.errors import ConfigError, storage_errors
from engine.files import read_small
from engine.profiles.library import find_profile

AnySettings = TypeVar("AnySettings", bound=Settings)

PRESETS: Mapping[str, tuple[Settings, Settings]] = {
    "paper": (PAPER_ADAPTER, PAPER_TRAINING),
    "paper-tables": (PAPER_TABLES_ADAPTER, PAPER_TRAINING),
    "paper-headline": (PAPER_HEADLINE_ADAPTER, PAPER_TRAINING),
    "paper-full": (PAPER_ADAPTER.model_copy(update={"method": "full"}), PAPER_FULL_TRAINING),
}
"""Adapter and training settings by the name of a preset."""


def build(settings: type[AnySettings], values: Mapping[str, Any]) -> AnySettings:
    """Return settings made of the values that were given.

    Args:
        settings: The class.
        values: By field, nested for nested settings; without what was not given.

    Raises:
        ConfigError: If a value is out of range, contradicts another or is unknown.
    """
    try:
        return settings.model_validate(values)
    except ValidationError as error:
        raise as_config_error(error) from error


def overlaid(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `under` with what is given in `over` put on top, field by field."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(value, Mapping) and isinstance(below, Mapping)
        merged[key] = overlaid(below, value) if both and isinstance(below, Mapping) else value
    return merged


def read_preset(name_or_file: str | None, scale: int | None = None) -> dict[str, Any]:
    """Return the values of a preset: one of `PRESETS`, or a TOML file with their field names.

    Args:
        name_or_file: Which; None for no values.
        scale: What the paper's patches depend on; that of x4 where it is not known.

    Raises:
        ConfigError: If there is no such preset or the file is not TOML.
        StorageError: If the file may not be read.
    """
    if name_or_file is None:
        return {}
    if name_or_file in PRESETS:
        adapter, training = PRESETS[name_or_file]
        values = training.model_dump()
        if scale is not None:
            values["patch"] = paper_patch(scale)
        return {"adapter": adapter.model_dump(), "training": values}
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


def with_lr_source(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` where a camera or a degradation says itself how LR is made."""
    made = "camera" if "camera" in values else "blind" if "degradation" in values else None
    return dict(values) if made is None else {"lr_from": made, **values}


def with_profile(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with the folder of the profile that they name.

    Raises:
        ProfileError: If there is none of that name.
    """
    name = values.get("profile")
    return dict(values) if name is None else {**values, "profile": find_profile(name).folder}

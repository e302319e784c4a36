"""What results are called: a template filled in, cut to what a disk takes, and what else it may be."""

import itertools
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from engine.errors import ConfigError
from engine.paths import fitting_name

FIELDS = ("stem", "profile", "strength", "scale", "width", "height")
_UNFIT = frozenset('<>:"/\\|?*')


@dataclass(frozen=True, slots=True)
class NamedResult:
    """What a template is filled with.

    Attributes:
        source: The photo's file.
        folder: Folder of the result, relative to the output folder.
        suffix: What the result's name ends in, such as ".jpg".
        profile: Name of the profile or backbone.
        scale: Integer factor of the network.
        width_px: Of the result.
        height_px: Of the result.
        strength: Of the profile, percent.
    """

    source: Path
    folder: PurePath
    suffix: str
    profile: str
    scale: int
    width_px: int
    height_px: int
    strength: int = 100


def check_template(template: str) -> str:
    """Return `template` if it names every photo differently and no folder.

    Raises:
        ConfigError: If a field is unknown, `{stem}` is missing, or a character is unfit.
    """
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise ConfigError(
            f"{template!r} is not a name template: {error}.", remedy="Write a brace as {{ or }}."
        ) from error
    fields = [field for _, field, _, _ in parts if field is not None]
    unknown = [field for field in fields if field not in FIELDS]
    if unknown or any(spec or conversion for _, _, spec, conversion in parts):
        raise ConfigError(
            f"{template!r} has a field that is not known.",
            remedy=f"Use {', '.join(f'{{{field}}}' for field in FIELDS)}.",
        )
    if "stem" not in fields:
        raise ConfigError(
            f"{template!r} would give all photos one name.", remedy="Put {stem} into it."
        )
    if any(_UNFIT & set(text) for text, _, _, _ in parts):
        raise ConfigError(
            f"{template!r} holds a character that file names may not have.",
            remedy=f"Leave out {' '.join(sorted(_UNFIT))}.",
        )
    return template


def names_for(result: NamedResult, template: str) -> Iterator[str]:
    """Yield what a result may be called, the wanted name first, without end.

    A name that is taken is followed by one that tells the photo's old ending, then by numbers. A
    strength other than 100 % stands behind the profile's name ("phone-60pct"), unless the template
    says where it goes: results of two strengths are two files. Names that are longer than disks
    allow lose the end of their stem.

    Args:
        result: What to name.
        template: As `check_template` returned it.
    """
    stem = _stem(result, template)
    yield fitting_name(stem, result.suffix)
    own = result.source.suffix.lstrip(".").lower()
    if own:
        yield fitting_name(stem, f"-{own}{result.suffix}")
    for number in itertools.count(2):
        yield fitting_name(stem, f"-{number}{result.suffix}")


def is_shortened(result: NamedResult, template: str, name: str) -> bool:
    """Return whether a name lost the end of its stem."""
    return not name.startswith(_stem(result, template))


def _stem(result: NamedResult, template: str) -> str:
    profile = "".join("-" if c in _UNFIT or not c.isprintable() else c for c in result.profile)
    fields = (field for _, field, _, _ in string.Formatter().parse(template))
    if result.strength != 100 and "strength" not in fields:
        profile += f"-{result.strength}pct"
    return template.format(
        stem=result.source.stem,
        profile=profile,
        strength=result.strength,
        scale=result.scale,
        width=result.width_px,
        height=result.height_px,
    )

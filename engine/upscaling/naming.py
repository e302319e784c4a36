"""What results are called and where they go: a template, the sources' folders, no two alike."""

import string
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from engine.errors import ConfigError

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


def output_paths(results: Sequence[NamedResult], out: Path, template: str) -> list[Path]:
    """Return the path of every result; where two would be alike, the later tells its old ending.

    A strength other than 100 % stands behind the profile's name ("phone-60pct"), unless the
    template says where it goes: results of two strengths are two files.

    Args:
        results: In the order of work.
        out: The output folder.
        template: As `check_template` returned it.
    """
    taken: set[str] = set()
    paths = []
    names_strength = any(
        field == "strength" for _, field, _, _ in string.Formatter().parse(template)
    )
    for result in results:
        profile = "".join("-" if c in _UNFIT else c for c in result.profile)
        if result.strength != 100 and not names_strength:
            profile += f"-{result.strength}pct"
        stem = template.format(
            stem=result.source.stem,
            profile=profile,
            strength=result.strength,
            scale=result.scale,
            width=result.width_px,
            height=result.height_px,
        )
        candidates = [stem, f"{stem}-{result.source.suffix.lstrip('.').lower()}"]
        number = 2
        while _key(out, result, candidates[0]) in taken:
            candidates.pop(0)
            if not candidates:
                candidates.append(f"{stem}-{number}")
                number += 1
        taken.add(_key(out, result, candidates[0]))
        paths.append(out / result.folder / f"{candidates[0]}{result.suffix}")
    return paths


def _key(out: Path, result: NamedResult, stem: str) -> str:
    # Not every file system tells upper from lower case.
    return str(out / result.folder / f"{stem}{result.suffix}").casefold()

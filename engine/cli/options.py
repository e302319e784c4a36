"""Makes options of commands out of the fields of settings: each is declared once, in `engine.config`.

What an option means, its default and its bounds are the field's. How it is written, in which panel
of the help it stands, and words for a default that depends on other things are said here.
"""

import inspect
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from engine.config.base import Settings

Read = Callable[[Any], Any]
_BOUNDS = ("ge", "le", "gt", "lt")


@dataclass(frozen=True, slots=True)
class SettingOption:
    """An option, or an argument, whose value goes into a field of settings.

    Attributes:
        field: Names of the field and of those it is nested in, the outermost first.
        parameter: The option as typer knows it, a parameter of a function.
        read: Turns what typer read into what the field takes; None for what was not given.
    """

    field: tuple[str, ...]
    parameter: inspect.Parameter
    read: Read


def option(
    settings: type[Settings],
    field: str,
    spelling: str | None = None,
    *,
    panel: str | None = None,
    default: str | None = None,
    adds: str = "",
    metavar: str | None = None,
    read: Read | None = None,
    required: bool | None = None,
) -> SettingOption:
    """Return an option for a field.

    Args:
        settings: What the command's job takes.
        field: The field's name; "adapter.budget" for one of nested settings.
        spelling: How it is written; the field's own name behind "--" if None.
        panel: Where in the help it stands.
        default: What happens without it, where the field's default does not say so.
        adds: What else the command line does with it, for the end of its help.
        metavar: What stands for its value in the help.
        read: Turns what was written into what the field takes, where that is no matter of types.
        required: Whether it has to be given; if None, where the field has no default and no words
            for one are given.
    """
    names = tuple(field.split("."))
    info = _field(settings, names)
    kind = str if read is not None and not _is_list(info.annotation) else _kind(info.annotation)
    if required is None:
        required = info.is_required() and default is None
    written = spelling or "--" + names[-1].replace("_", "-")
    if kind is bool and spelling is None and info.default is True:
        written = f"{written}/--no-{written.removeprefix('--')}"
    if get_origin(kind) is list:
        adds = adds or "may be repeated"
    shown = _shown(info.default) if default is None else default
    described = typer.Option(
        ... if required else info.default if kind is bool else None,
        written,
        help=_help(info, adds),
        show_default=True if kind is bool else shown or False,
        metavar=metavar,
        rich_help_panel=panel,
        **_range(info),
    )
    return SettingOption(
        names, _parameter("_".join(names), described, kind), read or _reader(info, kind)
    )


def argument(
    settings: type[Settings],
    field: str,
    *,
    read: Read | None = None,
    required: bool | None = None,
) -> SettingOption:
    """Return an argument, which has no name, for a field; see `option`."""
    info = _field(settings, (field,))
    kind = _kind(info.annotation) if read is None else str
    required = info.is_required() if required is None else required
    described = typer.Argument(... if required else None, help=info.description, show_default=False)
    return SettingOption((field,), _parameter(field, described, kind), read or _reader(info, kind))


def nested(options: Iterable[SettingOption], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that were given, by field, nested as the fields are.

    Args:
        options: Of the command.
        given: By name of the parameter, as typer read them.

    Raises:
        ConfigError: If a value cannot be read.
    """
    values: dict[str, Any] = {}
    for one in options:
        value = one.read(given[one.parameter.name])
        if value is not None:
            inner = values
            for name in one.field[:-1]:
                inner = inner.setdefault(name, {})
            inner[one.field[-1]] = value
    return values


def _field(settings: type[Settings], names: tuple[str, ...]) -> FieldInfo:
    info = settings.model_fields[names[0]]
    if len(names) == 1:
        return info
    (inner,) = _alternatives(info.annotation)
    return _field(inner, names[1:])


def _alternatives(annotation: Any) -> list[Any]:
    """Return the types that an annotation allows, without None and without validators."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _alternatives(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        return [kind for part in get_args(annotation) for kind in _alternatives(part)]
    return [] if annotation is type(None) else [annotation]


def _is_list(annotation: Any) -> bool:
    kinds = _alternatives(annotation)
    return len(kinds) == 1 and get_origin(kinds[0]) in {tuple, dict}


def _kind(annotation: Any) -> Any:
    """Return the type typer reads: a plain one, or a list of one."""
    (kind,) = _alternatives(annotation)
    match get_origin(kind):
        case origin if origin is Literal:
            return str  # pydantic names what there is, in the same words for a preset
        case origin if origin is tuple:
            return types.GenericAlias(list, (_kind(get_args(kind)[0]),))
        case origin if origin is dict:
            return list[str]
        case _:
            return kind


def _reader(info: FieldInfo, kind: Any) -> Read:
    if kind is Path:
        return lambda path: None if path is None else path.expanduser()
    if kind is bool:  # a flag that was not given leaves it to the preset
        return lambda flag: None if flag == info.default else flag
    if get_origin(kind) is list:
        reader = _reader(info, *get_args(kind))
        return lambda items: tuple(reader(item) for item in items) if items else None
    return lambda value: value


def _shown(default: object) -> str | None:
    match default:
        case float():
            return f"{default:g}"
        case bool() | int() | str():
            return str(default)
        case _:
            return None


def _help(info: FieldInfo, adds: str) -> str:
    text = info.description or ""
    return f"{text.rstrip('.')}; {adds}." if adds else text


def _range(info: FieldInfo) -> dict[str, Any]:
    """Return the bounds as typer knows them; the settings check those that it does not."""
    bounds = {
        name: getattr(item, name)
        for item in info.metadata
        for name in _BOUNDS
        if hasattr(item, name)
    }
    if {"gt", "lt"} & set(bounds):
        return {}
    return {"min": bounds.get("ge"), "max": bounds.get("le")}


def _parameter(name: str, described: Any, kind: Any) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=described, annotation=kind
    )

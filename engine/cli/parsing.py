"""Reads values that are written on a command line otherwise than in a file of settings."""

from pathlib import Path

from engine.errors import ConfigError


def as_written(text: str | None) -> str | None:
    """Return a value as it is, for a command to look up."""
    return text


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


def parse_list(values: list[str] | None) -> list[str] | None:
    """Return words that were given one by one, or several with commas between them."""
    return [word.strip() for value in values for word in value.split(",")] if values else None


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

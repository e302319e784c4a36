"""Options that several commands take, so that they are written the same everywhere."""

from engine.cli.options import SettingOption, option
from engine.cli.parsing import as_written, parse_list, parse_pins, parse_val
from engine.config.base import Settings

SCORING = "Scores and ranks"
TRAINING = "Training"
_RANKS = (
    "budget",
    "strategy",
    "score",
    "score_batches",
    "factorisation",
    "scaling",
    "alpha",
    "basis",
    "r_min",
    "r_max",
)


def lr_source(settings: type[Settings], default: str | None = None) -> tuple[SettingOption, ...]:
    """Return the options that say where LR comes from."""
    return (
        option(settings, "lr_from", default=default),
        option(settings, "camera", adds="sets --lr-from camera"),
        option(settings, "degradation", adds="sets --lr-from blind"),
    )


def backbone_for_scale(settings: type[Settings]) -> SettingOption:
    """Return the option for a network where the best shipped one is taken without it."""
    return option(settings, "backbone", default="the best shipped one for this scale")


def profile(settings: type[Settings], default: str | None = None) -> SettingOption:
    """Return the option for a profile, by name or by folder."""
    return option(settings, "profile", default=default, read=as_written)


def ranks(settings: type[Settings], *, without: tuple[str, ...] = ()) -> tuple[SettingOption, ...]:
    """Return the options for scores and ranks."""
    return (
        *(
            option(settings, f"adapter.{name}", panel=SCORING)
            for name in _RANKS
            if name not in without
        ),
        option(
            settings, "adapter.pins", "--pin", panel=SCORING, metavar="SITE=RANK", read=parse_pins
        ),
        option(
            settings, "adapter.kinds", "--kind", panel=SCORING, metavar="KIND,…", read=parse_list
        ),
        option(settings, "adapter.include", panel=SCORING, metavar="PATTERN"),
        option(settings, "adapter.exclude", panel=SCORING, metavar="PATTERN"),
    )


def kept_out(settings: type[Settings], default: str | None = None) -> SettingOption:
    """Return the option for the scenes kept out of a training."""
    return option(settings, "val", default=default, metavar="N|FILE", read=parse_val)


def machine(settings: type[Settings]) -> tuple[SettingOption, ...]:
    """Return the options for what computes, and for where decoded photos are kept."""
    return (
        option(settings, "device"),
        option(settings, "cache_dir", default="this user's cache"),
    )

"""Reads what there is on this computer: profiles, and what photos can be upscaled with."""

from pathlib import Path

from adaptsr_app.models.network_choices import NetworkChoice, NetworkChoices, choice_of_profile
from adaptsr_app.models.profile_list import ProfileList
from engine.errors import EngineError


def read_network_choices() -> NetworkChoices:
    """Look through library and backbones; slow, so not on the window's thread."""
    from engine.backbones.catalogue import (  # noqa: PLC0415 - after the first paint
        installed_backbones,
        shipped_backbones,
    )
    from engine.profiles.library import list_profiles  # noqa: PLC0415 - the same

    try:
        library = list_profiles().profiles
        shipped, installed = shipped_backbones(), installed_backbones()
    except EngineError as error:
        return NetworkChoices(problem=str(error))
    cards = {name: found.card.scale for name, found in shipped.items()}
    cards |= {name: found.card.scale for name, found in installed.items() if name not in cards}
    return NetworkChoices(
        profiles=tuple(choice_of_profile(profile) for profile in library),
        backbones=tuple(NetworkChoice("backbone", name, scale) for name, scale in cards.items()),
        library=library,
    )


def read_profile_list(also: tuple[Path, ...] = ()) -> ProfileList:
    """Read this user's profiles; every file is checked, so not on the window's thread.

    Args:
        also: Folders of profiles that need not be in the library.
    """
    from engine.profiles.library import list_profiles  # noqa: PLC0415 - after the first paint
    from engine.profiles.profile import load_profile  # noqa: PLC0415 - the same

    try:
        listing = list_profiles()
    except EngineError as error:
        return ProfileList(problem=error)
    inside = {profile.folder for profile in listing.profiles}
    visitors = []
    broken: list[EngineError] = list(listing.broken)
    for folder in also:
        if folder in inside:
            continue
        try:
            visitors.append(load_profile(folder))
        except EngineError as error:
            broken.append(error)
    return ProfileList(listing.profiles, tuple(broken), visitors=tuple(visitors))

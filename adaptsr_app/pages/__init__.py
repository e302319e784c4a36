"""The pages of the window, one module or folder for each, in the order of the rail."""

import importlib
from dataclasses import dataclass

from adaptsr_app.messages import tr
from adaptsr_app.pages.page import Page


@dataclass(frozen=True, slots=True)
class PageEntry:
    """What the rail needs of a page before the page is there.

    Attributes:
        key: Its name in code and preferences.
        name: What it is called, in English.
        module: Where it is.
        kind: Its class there.
    """

    key: str
    name: str
    module: str
    kind: str

    @property
    def title(self) -> str:
        """What the user calls it."""
        return tr(self.name)

    def load(self) -> type[Page]:
        """Import its module, which may take half a second, and return its class."""
        found: type[Page] = getattr(importlib.import_module(self.module), self.kind)
        return found


PAGES = (
    PageEntry("upscale", "Upscale", f"{__name__}.upscale", "UpscalePage"),
    PageEntry("adapt", "Adapt", f"{__name__}.adapt.page", "AdaptPage"),
    PageEntry("rank map", "Rank map", f"{__name__}.rank_map", "RankMapPage"),
    PageEntry("compare", "Compare", f"{__name__}.compare", "ComparePage"),
    PageEntry("library", "Library", f"{__name__}.library", "LibraryPage"),
    PageEntry("settings", "Settings", f"{__name__}.settings", "SettingsPage"),
)

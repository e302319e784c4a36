"""The pages of the window, one module or folder for each, in the order of the rail."""

from adaptsr_app.pages.adapt.page import AdaptPage
from adaptsr_app.pages.compare import ComparePage
from adaptsr_app.pages.library import LibraryPage
from adaptsr_app.pages.page import Page
from adaptsr_app.pages.rank_map import RankMapPage
from adaptsr_app.pages.settings import SettingsPage
from adaptsr_app.pages.upscale import UpscalePage

PAGES: tuple[type[Page], ...] = (
    UpscalePage,
    AdaptPage,
    RankMapPage,
    ComparePage,
    LibraryPage,
    SettingsPage,
)

"""The pages of the window, one module or folder for each, in the order of the rail."""

from adaptsr_app.pages.page import Page
from adaptsr_app.pages.settings import SettingsPage

PAGES: tuple[type[Page], ...] = (SettingsPage,)

"""The page called Settings: what applies everywhere, and what is kept where."""

from adaptsr_app.pages.settings.page import SettingsPage

__all__ = ["SettingsPage"]

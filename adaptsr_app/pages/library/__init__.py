"""The page called Library: profiles, trainings and networks on this computer."""

from adaptsr_app.pages.library.page import LibraryPage

__all__ = ["LibraryPage"]

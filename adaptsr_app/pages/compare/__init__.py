"""The page called Compare: several ways to enlarge one photo, side by side and measured."""

from adaptsr_app.pages.compare.page import ComparePage

__all__ = ["ComparePage"]

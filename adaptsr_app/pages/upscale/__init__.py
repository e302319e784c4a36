"""The page a photographer sees first: drop photos, get them larger."""

from adaptsr_app.pages.upscale.page import UpscalePage

__all__ = ["UpscalePage"]

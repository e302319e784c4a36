"""The before/after viewer: two to four pictures of the same scene, looked at together.

`CompareView(theme)` is a widget; `set_pictures([ShownPicture("Bicubic", pixels),
ShownPicture("Profile", path)])` shows pictures, `clear()` takes them away. See `view.CompareView`.
"""

from adaptsr_app.widgets.compare_view.modes import Mode
from adaptsr_app.widgets.compare_view.picture import ShownPicture
from adaptsr_app.widgets.compare_view.view import CompareView

__all__ = ["CompareView", "Mode", "ShownPicture"]

"""Shows a region of the selected photo by bicubic, plain network and profile, before it is done."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from adaptsr_app.context import Context
from adaptsr_app.jobs.background import Background
from adaptsr_app.messages import tr
from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.pages.upscale.preview_panes import Locator, Pane
from adaptsr_app.pages.upscale.preview_render import Preview, PreviewRenderer, PreviewRequest
from adaptsr_app.theme.theme import Theme
from adaptsr_app.widgets.text import label
from engine.cancellation import CancelToken

_DELAY_MS = 120
"""Lets the user finish a movement first."""

_CENTRE = (0.5, 0.5)


class PreviewPanel(QWidget):
    """Three panes and a locator, hidden without a photo; of several requests the newest wins."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._renderer = PreviewRenderer()
        self._background = Background(self)
        self._token = CancelToken()
        self._item: UpscaleItem | None = None
        self._centre = _CENTRE
        self._asked: PreviewRequest | None = None
        self._shown: PreviewRequest | None = None
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self._render)
        self.locator = Locator(context.theme)
        self.locator.moved.connect(self._move)
        self.panes = _panes(context.theme)
        self._hint = label(tr("Preview"), "small")
        self._hint.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._lay_out()
        self.show_item(None)
        application = QApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close_down)

    @property
    def is_current(self) -> bool:
        """True where what is shown is what was asked for last."""
        is_waiting = self._timer.isActive() or not self._background.is_idle
        return not is_waiting and self._shown == self._asked

    def show_item(self, item: UpscaleItem | None) -> None:
        """Show another photo; None for none.

        The photo's network may have changed, and so may the strength: then it is rendered anew.
        """
        if item is None or item.network is None:
            self._token.cancel()
            self._timer.stop()
            self._item = self._asked = self._shown = None
            self.hide()
            return
        self.show()
        if self._item is not item:
            self._centre = _CENTRE
            self._show_empty(tr("Getting ready …"))
        self._item = item
        if self._request(item) != self._asked:
            self._timer.start()

    def close_down(self) -> None:
        """Stop, and free photo and networks."""
        self._timer.stop()
        self._token.cancel()
        self._background.close()
        self._background.submit(self._renderer.forget, lambda _nothing: None)
        self._asked = self._shown = None

    def _lay_out(self) -> None:
        where = QVBoxLayout()
        where.setSpacing(4)
        where.addWidget(self._hint)
        where.addWidget(self.locator, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(where)
        for pane in self.panes:
            layout.addWidget(pane, 1)
        layout.addStretch()

    def _show_empty(self, text: str) -> None:
        self.locator.show_photo(None, (0.0, 0.0, 1.0, 1.0))
        titles = (tr("Bicubic"), tr("Plain network"), tr("Profile"))
        for pane, title in zip(self.panes, titles, strict=True):
            pane.show_image(title, None)
        self.panes[0].show_image(titles[0], None, text)

    def _move(self, x: float, y: float) -> None:
        self._centre = (x, y)
        if self._item is not None:
            self._timer.start()

    def _request(self, item: UpscaleItem) -> PreviewRequest | None:
        if item.network is None:
            return None
        preferences = self._context.preferences
        is_profile = item.network.kind == "profile"
        strength = preferences.strength if is_profile else 100
        return PreviewRequest(item.path, self._centre, item.network, strength, preferences.device)

    def _render(self) -> None:
        request = None if self._item is None else self._request(self._item)
        if request is None:
            return
        self._token.cancel()
        self._background.close()
        token = self._token = CancelToken()
        self._asked = request
        self._background.submit(lambda: self._renderer.render(request, token), self._show)

    def _show(self, preview: Preview | None) -> None:
        if preview is None or preview.request != self._asked:
            return
        self._shown = preview.request
        if preview.problem:
            self._show_empty(preview.problem)
            return
        network = preview.request.network
        self._hint.setText(
            tr("Preview: wrong colours replaced") if preview.is_repaired else tr("Preview")
        )
        self.locator.show_photo(preview.overview, preview.region)
        self.panes[0].show_image(tr("Bicubic"), preview.bicubic)
        if isinstance(preview.backbone, str):
            self.panes[1].show_image(tr("Plain network"), None, preview.backbone)
        else:
            title = tr("Plain network") if network.kind == "profile" else network.name
            self.panes[1].show_image(title, preview.backbone)
        if preview.profile is None:
            hint = tr("Adapt the network to this camera to see more here.")
            self.panes[2].show_image(tr("Profile"), None, hint)
        else:
            words = tr("{name} at {percent} %")
            title = words.format(name=network.name, percent=preview.request.strength)
            self.panes[2].show_image(title, preview.profile)


def _panes(theme: Theme) -> tuple[Pane, Pane, Pane]:
    return Pane(theme, ""), Pane(theme, ""), Pane(theme, "")

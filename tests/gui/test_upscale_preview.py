"""The preview shows what the result will be, where the user looks, before the photo is done."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from adaptsr_app.models.network_choices import NetworkChoice
from adaptsr_app.models.photo_facts import PhotoFacts
from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.pages.upscale.preview import PreviewPanel
from engine.cancellation import CancelToken
from engine.config.upscaling import UpscaleSettings
from engine.imaging.reading import probe
from engine.jobs.upscale import upscale
from tests.photo_samples import scene
from tests.profile_samples import save_sample_profile
from tests.tiny_backbones import faithful_backbone

WAIT_MS = 20_000
SIDES_PX = (320, 240)


@pytest.fixture
def panel(context, qtbot):
    context.preferences.device = "cpu"
    host = QWidget()
    host.resize(1100, 260)
    made = PreviewPanel(context)
    qtbot.addWidget(host, before_close_func=lambda _host: made.close_down())
    made.setParent(host)
    made.resize(host.size())
    host.show()
    yield made
    host.hide()


@pytest.fixture
def item(tmp_path):
    save_sample_profile(tmp_path / "phone", backbone=faithful_backbone())
    Image.fromarray(scene(SIDES_PX[1], SIDES_PX[0], seed=3)).save(tmp_path / "a.png")
    network = NetworkChoice("profile", "phone", 2, tmp_path / "phone")
    info = probe(tmp_path / "a.png")
    return UpscaleItem(tmp_path / "a.png", facts=PhotoFacts(info), network=network)


def values(image):
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def wait_for(panel, qtbot):
    qtbot.waitUntil(lambda: panel.is_current and panel.panes[0].image is not None, timeout=WAIT_MS)


def shows_another(panel, before):
    return (values(panel.panes[0].image) != before).any()


def result_of(item, strength):
    settings = UpscaleSettings(
        sources=(item.path,),
        out=item.path.parent / f"out{strength}",
        profile=item.network.folder,
        strength=strength,
        device="cpu",
        precision="fp32",
    )
    report = upscale(settings, lambda _event: None, CancelToken())
    with Image.open(report.done[0][1]) as image:
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.mark.parametrize("strength", [100, 60])
def test_it_shows_the_pixels_of_the_result(panel, context, qtbot, item, strength):
    context.preferences.strength = strength
    panel.show_item(item)
    wait_for(panel, qtbot)
    left, top = (side - 128 for side in SIDES_PX)
    for pane, percent in ((panel.panes[2], strength), (panel.panes[1], 0)):
        whole = result_of(item, percent)
        region = whole[top : top + 256, left : left + 256]
        assert np.abs(values(pane.image) - region).max() <= 1


def test_the_region_moves_by_mouse_and_keys(panel, qtbot, item):
    panel.show_item(item)
    wait_for(panel, qtbot)
    seen = [values(panel.panes[0].image)]
    for move in (
        lambda: qtbot.mouseClick(panel.locator, Qt.MouseButton.LeftButton, pos=QPoint(20, 60)),
        lambda: qtbot.keyClick(panel.locator, Qt.Key.Key_Right),
    ):
        move()
        qtbot.waitUntil(lambda: shows_another(panel, seen[-1]), timeout=WAIT_MS)
        seen.append(values(panel.panes[0].image))


def test_of_several_requests_the_newest_wins(panel, qtbot, item):
    panel.show_item(item)
    wait_for(panel, qtbot)
    for x in (0.1, 0.9, 0.3):
        panel.locator.moved.emit(x, 0.5)
        qtbot.wait(150)
    panel.locator.moved.emit(1.0, 1.0)
    wait_for(panel, qtbot)
    with Image.open(item.path) as image:
        corner = np.asarray(image.resize((640, 480), Image.Resampling.BICUBIC)).astype(int)
    shown = values(panel.panes[0].image)
    assert np.abs(shown - corner[-256:, -256:]).mean() < 3


def test_a_photo_that_cannot_be_read_says_why(panel, qtbot, item):
    item.path.write_bytes(item.path.read_bytes()[:600])
    panel.show_item(item)
    qtbot.waitUntil(lambda: "damaged" in panel.panes[0].words, timeout=WAIT_MS)
    assert panel.panes[0].image is None

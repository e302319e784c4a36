"""The banner says what happened and what to do, and keeps the technical side folded away."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget

from adaptsr_app.messages import Message, message_for
from adaptsr_app.widgets.message_banner import MessageBanner
from engine.errors import PhotoError


def shown_texts(banner):
    return [text.text() for text in banner.findChildren(QLabel) if text.isVisible()]


def button(banner, text):
    return next(b for b in banner.findChildren(QPushButton) if b.isVisible() and b.text() == text)


@pytest.fixture
def banner(context, qtbot):
    host = QWidget()
    host.resize(640, 240)
    qtbot.addWidget(host)
    banner = MessageBanner(context.theme)
    banner.setParent(host)
    banner.resize(host.size())
    host.show()
    yield banner
    host.hide()


def test_it_says_what_happened_and_what_to_do_and_unfolds_the_details(banner, qtbot):
    assert banner.isHidden()
    error = PhotoError("It is cut off.", path="/photos/a.jpg", remedy="Copy it again.")
    banner.show_message(message_for(error))
    assert "a.jpg" in shown_texts(banner)
    assert "It is cut off. Copy it again." in shown_texts(banner)
    assert "/photos/a.jpg" not in shown_texts(banner)
    qtbot.mouseClick(button(banner, "Details"), Qt.MouseButton.LeftButton)
    assert "/photos/a.jpg" in shown_texts(banner)
    qtbot.mouseClick(button(banner, "Hide details"), Qt.MouseButton.LeftButton)
    assert "/photos/a.jpg" not in shown_texts(banner)


def test_a_bug_offers_its_report_and_an_error_does_not(banner, tmp_path):
    banner.show_message(message_for(ZeroDivisionError("no"), tmp_path / "report.txt"))
    assert button(banner, "Show the report").isEnabled()
    banner.show_message(Message("This did not work", "No photo here."))
    offered = [b.text() for b in banner.findChildren(QPushButton) if b.isVisible()]
    assert offered == []


def test_it_closes_by_mouse_and_by_escape_and_takes_its_buttons_along(banner, qtbot):
    pressed = []
    for close in (
        lambda: qtbot.mouseClick(banner.findChild(QToolButton), Qt.MouseButton.LeftButton),
        lambda: qtbot.keyClick(banner, Qt.Key.Key_Escape),
    ):
        banner.show_message(Message("Over", "12 done."), "good")
        offered = banner.add_action("Show them", lambda: pressed.append(1))
        qtbot.mouseClick(offered, Qt.MouseButton.LeftButton)
        with qtbot.waitSignal(banner.dismissed):
            close()
        assert banner.isHidden()
        assert banner.message is None
        assert not offered.isVisible()
    assert pressed == [1, 1]

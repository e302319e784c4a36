"""What a person's hands do to a window: drag files onto it, press, and type.

Everything goes the way Qt itself takes it: a drop to what lies under the pointer, a press only to
what can be seen and is not covered.
"""

import warnings

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QScrollArea


def drop(widget, paths):
    """Drag files onto the middle of a widget; Qt finds out what lies there and who takes it."""
    window = widget.window()
    where = QPointF(widget.mapTo(window, widget.rect().center()))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    left = Qt.MouseButton.LeftButton
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Qt wants QPointF, older QPoint
        enter = QDragEnterEvent(where.toPoint(), copy, mime, left, none)
        move = QDragMoveEvent(where.toPoint(), copy, mime, left, none)
    move.accept()  # as Qt does itself, once the enter event was accepted
    for event in (enter, move, QDropEvent(where, copy, mime, left, none)):
        QApplication.sendEvent(window.windowHandle(), event)
        assert event.isAccepted(), type(event).__name__


def bring_into_view(widget):
    """Scroll to a widget, as far as something around it scrolls."""
    area = widget.parent()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parent()
    if area is not None:
        area.ensureWidgetVisible(widget)
    QApplication.processEvents()


def click(qtbot, widget, where=None):
    """Press and release the left button on a widget a person could press."""
    bring_into_view(widget)
    place = widget.rect().center() if where is None else where
    assert widget.isVisible()
    assert widget.isEnabled()
    under = widget.window().childAt(widget.mapTo(widget.window(), place))
    assert under is not None
    assert under is widget or widget.isAncestorOf(under), f"{under} lies over {widget}"
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton, pos=place)


def type_number(qtbot, box, number):
    """Replace what a number box holds, and confirm it, by keyboard alone."""
    bring_into_view(box)
    box.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.keyClick(box, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(box, str(number))
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == number

"""The Qt binding itself: PySide6 6.12.0 drops a reference of True with every signal on Python 3.11,
until the interpreter aborts in the middle of a long training."""

import sys

from PySide6.QtCore import QCoreApplication, QObject, Signal


class Sender(QObject):
    said = Signal(object)


def test_signals_and_the_event_loop_leave_the_references_of_constants_alone(qapp):
    sender, constants = Sender(), (None, True, False)
    sender.said.connect(lambda _value: None)
    before = [sys.getrefcount(constant) for constant in constants]
    for _ in range(300):
        sender.said.emit(1)
        QCoreApplication.processEvents()
    after = [sys.getrefcount(constant) for constant in constants]
    assert all(abs(a - b) < 100 for a, b in zip(after, before, strict=True))

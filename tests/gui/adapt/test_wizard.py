"""The wizard as a whole: one job at a time, steps in order, errors in words."""

import threading

from PySide6.QtCore import Qt

from engine.errors import PairsError
from tests.gui.adapt.wizard_samples import PHONE, PHOTOS, RESULT, WAIT


def test_a_bug_in_a_job_becomes_a_message_with_a_report(make_page, qtbot):
    page = make_page()
    ended = threading.Event()

    def broken(_emit, _token):
        raise ZeroDivisionError

    page.session.start("x", "X", broken, lambda _value: None, ended.set)
    qtbot.waitUntil(ended.is_set, **WAIT)
    assert page.banner.message is not None
    assert page.banner.message.report is not None


def test_an_engine_error_is_told_in_its_own_words(make_page, qtbot):
    page = make_page()

    def failing(_emit, _token):
        raise PairsError("There is nothing here.", remedy="Choose another folder.")

    page.session.start("x", "X", failing, lambda _value: None)
    qtbot.waitUntil(lambda: page.banner.message is not None, **WAIT)
    assert page.banner.message.text == "There is nothing here."


def test_only_one_job_runs_at_a_time(make_page, qtbot):
    page = make_page()
    stop = threading.Event()

    def waiting(_emit, token):
        while not stop.is_set():
            token.check()

    assert page.session.start("x", "X", waiting, lambda _value: None)
    assert not page.session.start("y", "Y", waiting, lambda _value: None)
    stop.set()
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)


def test_steps_are_reached_one_after_another_and_by_keyboard(make_page, qtbot, known):
    page = make_page()
    page.session.adaptation.update(name="")
    page._show_way()
    assert [button.isEnabled() for button in page.stepper.buttons] == [True] + [False] * 5
    page.go_to(RESULT)
    assert page.index == PHONE
    assert "name" in page.missing.text()
    page.steps[PHONE].name.setFocus()
    qtbot.keyClicks(page.steps[PHONE].name, "My phone")
    page.next.setFocus()
    qtbot.keyClick(page.next, Qt.Key.Key_Space)
    assert page.index == PHOTOS
    qtbot.waitUntil(lambda: page.session.background.is_idle, **WAIT)

"""Menus and keys: whatever a button does is in a menu, and no key means two things."""

from collections import Counter

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QMenu

from adaptsr_app.pages import PAGES
from adaptsr_app.widgets.buttons import push_button
from adaptsr_app.widgets.commands import action_of, command_buttons, with_keys
from adaptsr_app.widgets.shortcuts import ShortcutsDialog, actions_in
from engine.profiles.library import default_library
from tests.photo_samples import scene
from tests.profile_samples import save_sample_profile

pytestmark = pytest.mark.usefixtures("own_folders")

WAIT_MS = 20_000
KEYS = [entry.key for entry in PAGES]


@pytest.fixture
def photo(tmp_path):
    Image.fromarray(scene(30, 40)).save(tmp_path / "a.png")
    return tmp_path / "a.png"


@pytest.fixture
def active(window, qtbot):
    """The window with every page built, ready for keys."""
    for key in KEYS:
        window.page(key)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.page("upscale").intake.close()


@pytest.fixture
def filled(active, photo, qtbot):
    """Every page with something on it."""
    save_sample_profile(default_library() / "phone")
    library, compare, upscale = (active.page(key) for key in ("library", "compare", "upscale"))
    active.show_page("library")
    qtbot.waitUntil(lambda: "phone" in library.profiles.cards, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: bool(library.networks.rows), timeout=WAIT_MS)
    active.show_page("rank map")
    qtbot.waitUntil(lambda: active.page("rank map").plan.has_ranks, timeout=WAIT_MS)
    active.show_page("compare")
    compare.panel.add_pictures([photo, photo])
    qtbot.waitUntil(lambda: compare.view.state == "shown", timeout=WAIT_MS)
    active.open_paths([photo])
    qtbot.waitUntil(lambda: upscale.queue.rowCount() == 1, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: upscale.intake.choices.are_known, timeout=WAIT_MS)
    upscale.view.setCurrentIndex(upscale.queue.index(0))
    return active


def top_menus(window) -> dict[str, QMenu]:
    """Return the menus of the bar by title, each as it is when it is opened."""
    found = {}
    for action in window.menuBar().actions():
        menu = action.menu()
        menu.aboutToShow.emit()
        found[menu.title().replace("&", "")] = menu
    return found


def everything(window) -> list[QAction]:
    return [action for menu in top_menus(window).values() for action in actions_in(menu)]


def is_possible(action) -> bool:
    """Return whether a menu's entry, or anything below it, can be chosen."""
    below = action.menu()
    return action.isEnabled() and (below is None or any(map(is_possible, below.actions())))


def menus_below(menu: QMenu) -> list[QMenu]:
    found = [menu]
    for action in menu.actions():
        if action.menu() is not None:
            found += menus_below(action.menu())
    return found


def pages_and_tabs(window):
    """Bring every page to the front, with each of its tabs."""
    for key in KEYS:
        window.show_page(key)
        page = window.page(key)
        for tab in range(page.tabs.count()) if hasattr(page, "tabs") else (0,):
            if hasattr(page, "tabs"):
                page.tabs.setCurrentIndex(tab)
            yield key, page


def test_every_button_that_can_be_pressed_is_in_a_menu(filled):
    for key, page in pages_and_tabs(filled):
        page.banner.show_message(message_with_details())
        page.banner.add_action("Again", lambda: None)
        offered = everything(filled)
        menus = [below for menu in top_menus(filled).values() for below in menus_below(menu)]
        buttons = [b for b in command_buttons(page) if b.isVisible() and b.isEnabled()]
        assert len(buttons) >= 2, key  # of the message
        missing = [
            button.accessibleName() or button.text()
            for button in buttons
            if action_of(button) not in offered and button.menu() not in menus
        ]
        assert (key, missing) == (key, [])
        impossible = [
            action_of(button).text()
            for button in buttons
            if button.menu() is None and not action_of(button).isEnabled()
        ]
        assert (key, impossible) == (key, [])


def message_with_details():
    from adaptsr_app.messages import Message  # noqa: PLC0415

    return Message("Something", "happened", "", "details")


def clashes(actions) -> list[str]:
    """Return the keys that would mean two things at once."""
    window_wide, local = Counter(), Counter()
    for action in {id(action): action for action in actions}.values():
        for keys in action.shortcuts():
            text = keys.toString()
            if action.shortcutContext() == Qt.ShortcutContext.WindowShortcut:
                window_wide[text] += 1
            else:
                owners = [one for one in action.associatedObjects() if not isinstance(one, QMenu)]
                local[text, id(owners[0])] += 1
    twice = [text for text, count in window_wide.items() if count > 1]
    twice += [text for (text, _), count in local.items() if count > 1]
    twice += [text for text, _ in local if window_wide[text]]
    return twice


def test_no_key_means_two_things(filled):
    for key, _page in pages_and_tabs(filled):
        possible = [action for action in everything(filled) if action.isEnabled()]
        assert len(possible) > 10
        assert (key, clashes(possible)) == (key, [])


def test_within_a_page_each_key_has_one_meaning_in_every_state(filled):
    """Also where two buttons are never there at the same time: a key is learnt once."""
    for title, menu in top_menus(filled).items():
        shared = top_menus(filled)["File"], top_menus(filled)["Edit"], top_menus(filled)["View"]
        both = [*actions_in(menu), *(action for one in shared for action in actions_in(one))]
        assert (title, clashes(both)) == (title, [])


def test_letters_of_the_menu_bar_differ(active):
    titles = [action.text() for action in active.menuBar().actions()]
    letters = [title[title.index("&") + 1].lower() for title in titles]
    assert len(set(letters)) == len(letters) == 10


def test_what_another_page_can_do_is_not_possible_from_here(filled):
    filled.show_page("settings")
    photo = top_menus(filled)["Photo"]
    go, *others = [action for action in photo.actions() if not action.isSeparator()]
    assert go.isEnabled()
    assert others
    assert [action.text() for action in others if is_possible(action)] == []
    go.trigger()
    assert filled.current_page.key == "upscale"
    assert any(action.isEnabled() for action in actions_in(photo)[1:])


def test_a_menu_entry_says_and_does_what_its_button_does(qtbot):
    pressed = []
    button = with_keys(push_button("Save & close", lambda: pressed.append(1)), "Ctrl+K")
    qtbot.addWidget(button)
    action = action_of(button)
    assert action.text() == "Save && close"
    assert not action.isEnabled()
    button.show()
    assert action.isEnabled()
    action.trigger()
    button.setEnabled(False)
    assert not action.isEnabled()
    action.trigger()
    button.hide()
    assert pressed == [1]


def press(qtbot, widget, keys: str) -> None:
    """Press a key sequence where the focus is."""
    combination = QKeySequence(keys)[0]
    widget.setFocus()
    qtbot.keyClick(widget, combination.key(), combination.keyboardModifiers())


def test_photos_are_asked_for_from_anywhere(active, qtbot, photo, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_a, **_k: ([str(photo)], ""))
    active.show_page("library")
    press(qtbot, active.page("library").profiles.take, "Ctrl+O")
    assert active.current_page.key == "upscale"
    qtbot.waitUntil(lambda: active.page("upscale").queue.rowCount() == 1, timeout=WAIT_MS)


def test_keys_work_the_queue(filled, qtbot):
    filled.show_page("upscale")
    page = filled.page("upscale")
    shown = page.selection.preview.isChecked()
    press(qtbot, page.view, "Ctrl+Shift+P")
    assert page.selection.preview.isChecked() != shown
    press(qtbot, page.view, "Ctrl+Shift+Del")
    assert page.queue.rowCount() == 0


def test_keys_work_the_viewer_only_while_it_has_the_focus(filled, qtbot):
    filled.show_page("compare")
    stage = filled.page("compare").view.stage
    press(qtbot, stage, "1")
    assert stage.viewport.zoom == 1.0
    press(qtbot, stage, "Ctrl++")
    assert stage.viewport.zoom == 1.25
    press(qtbot, filled.page("compare").panel.part, "0")
    assert not stage.viewport.fits
    press(qtbot, stage, "0")
    assert stage.viewport.fits


def test_keys_work_the_card_that_has_the_focus(filled, qtbot):
    filled.show_page("library")
    library = filled.page("library")
    library.tabs.setCurrentIndex(0)
    qtbot.waitUntil(lambda: "phone" in library.profiles.cards, timeout=WAIT_MS)
    card = library.profiles.cards["phone"]
    press(qtbot, card, "F2")
    assert card.field.isVisible()
    qtbot.keyClick(card.field, Qt.Key.Key_Escape)
    press(qtbot, card, "Delete")
    qtbot.waitUntil(lambda: not library.profiles.cards, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: library.undo is not None, timeout=WAIT_MS)
    press(qtbot, library.tabs, "Ctrl+Z")
    qtbot.waitUntil(lambda: "phone" in library.profiles.cards, timeout=WAIT_MS)


def test_editing_goes_to_the_field_that_has_the_focus(active, qtbot):
    active.show_page("settings")
    field = active.page("settings").results.pattern
    field.setFocus()
    edit = top_menus(active)["Edit"]
    actions = {action.text(): action for action in edit.actions()}
    assert actions["Select all"].isEnabled()
    actions["Select all"].trigger()
    assert field.selectedText() == field.text()
    actions["Copy"].trigger()
    assert QApplication.clipboard().text() == field.text()
    active.page("settings").setFocus()
    active.page("settings").appearance.setFocus()
    edit.aboutToShow.emit()
    assert not actions["Copy"].isEnabled()
    edit.aboutToHide.emit()
    assert actions["Copy"].isEnabled()
    assert isinstance(field, QLineEdit)


def test_all_keys_are_listed_under_help(active, qtbot):
    press(qtbot, active.page("upscale").drop_zone, "F1")
    dialog = next(child for child in active.children() if isinstance(child, ShortcutsDialog))
    qtbot.waitUntil(dialog.isVisible)
    words = [text.text() for text in dialog.findChildren(QLabel)]
    assert {"Photo", "Compare", "Library"} <= set(words)
    for text, keys in (
        ("Add photos", "Ctrl+O"),
        ("Clear the list", "Ctrl+Shift+Del"),
        ("Loupe", "L"),
    ):
        assert words[words.index(text) + 1] == keys
    dialog.close()


def test_a_running_job_can_be_stopped_from_the_menu(active, context, qtbot):
    def work(_emit, token):
        while True:
            token.check()

    job = context.jobs.start("adapt", "Adapting", work)
    qtbot.waitUntil(lambda: any("Stop" in a.text() and a.isEnabled() for a in everything(active)))
    stop = next(a for a in actions_in(top_menus(active)["File"]) if a.text() == "Stop: Adapting")
    with qtbot.waitSignal(job.ended, timeout=WAIT_MS):
        stop.trigger()

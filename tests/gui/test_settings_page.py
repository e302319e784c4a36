"""The settings page: every change holds at once and is remembered."""

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from adaptsr_app.pages.settings import SettingsPage
from adaptsr_app.settings import load_preferences
from engine.jobs.storage import cache_folder
from engine.profiles.library import default_library, remove_profile, trash_folder
from tests.profile_samples import save_sample_profile

pytestmark = pytest.mark.usefixtures("own_folders")

WAIT_MS = 20_000


@pytest.fixture
def page(context, qtbot):
    made = SettingsPage(context)
    qtbot.addWidget(made, before_close_func=lambda _page: context.jobs.stop_all())
    made.resize(900, 700)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.hide()
    qtbot.waitUntil(lambda: not context.jobs.jobs, timeout=WAIT_MS)


def kept(context):
    return load_preferences(context.home / "window.json")


def test_the_computer_is_looked_at_once_and_leaving_meanwhile_asks_nothing(page, context, qtbot):
    page.shown()
    assert context.jobs.jobs == ()
    page.shown()
    qtbot.waitUntil(lambda: page.machine.diagnosis is not None, timeout=WAIT_MS)
    found = page.machine.diagnosis
    page.shown()
    assert page.machine.diagnosis is found
    assert page.machine.device.itemText(0).startswith("Choose automatically")
    assert page.machine.problems.text()


def test_a_device_is_remembered_and_one_that_is_gone_is_named(page, context, qtbot):
    context.preferences.device = "cuda:7"
    page.machine.look()
    qtbot.waitUntil(lambda: page.machine.diagnosis is not None, timeout=WAIT_MS)
    assert page.machine.device.currentText() == "cuda:7, not found"
    page.machine.device.setCurrentIndex(page.machine.device.findData("cpu"))
    assert kept(context).device == "cpu"


def test_a_folder_of_results_is_chosen_and_the_usual_one_taken_again(
    page, context, qtbot, tmp_path, monkeypatch
):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a, **_k: str(tmp_path))
    qtbot.mouseClick(page.results.choose, Qt.MouseButton.LeftButton)
    assert kept(context).output_folder == tmp_path
    assert page.results.folder.text() == str(tmp_path)
    page.results.usual.click()
    assert kept(context).output_folder is None


def test_a_pattern_shows_an_example_and_a_wrong_one_is_told_and_not_kept(page, context):
    page.results.pattern.setText("{stem}-large")
    assert "IMG_0412-large" in page.results.example.text()
    assert kept(context).name_template == "{stem}-large"
    page.results.pattern.setText("large")
    assert "{stem}" in page.results.example.text()
    assert kept(context).name_template == "{stem}-large"


def test_what_was_changed_on_another_page_is_shown(page, context):
    context.preferences.name_template = "{stem}-other"
    page.results.show_preferences()
    assert page.results.pattern.text() == "{stem}-other"


def test_the_cache_is_measured_and_cleared(page, qtbot):
    file = cache_folder() / "pairs" / "one" / "pixels.bin"
    file.parent.mkdir(parents=True)
    file.write_bytes(bytes(2_000_000))
    page.storage.look()
    qtbot.waitUntil(page.storage.clear.isEnabled, timeout=WAIT_MS)
    assert page.storage.cache.text() == "2.0 MB"
    page.storage.clear.click()
    qtbot.waitUntil(lambda: page.storage.cache.text() == "0 kB", timeout=WAIT_MS)
    assert not file.exists()
    assert not page.storage.clear.isEnabled()


def test_the_cache_is_not_cleared_under_a_running_job(page, context, qtbot):
    (cache_folder() / "pairs").mkdir(parents=True)
    (cache_folder() / "pairs" / "pixels.bin").write_bytes(bytes(1000))
    page.storage.look()
    qtbot.waitUntil(page.storage.clear.isEnabled, timeout=WAIT_MS)
    job = context.jobs.start("upscale", "Upscaling", _until_cancelled)
    assert not page.storage.clear.isEnabled()
    job.cancel()
    qtbot.waitUntil(page.storage.clear.isEnabled, timeout=WAIT_MS)


def _until_cancelled(_emit, token):
    while True:
        token.check()
        time.sleep(0.01)


def test_deleted_profiles_are_thrown_away_for_good_on_request(page, qtbot):
    save_sample_profile(default_library() / "phone")
    remove_profile("phone")
    page.storage.look()
    qtbot.waitUntil(page.storage.empty.isEnabled, timeout=WAIT_MS)
    page.storage.empty.click()
    qtbot.waitUntil(lambda: not trash_folder().exists(), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: not page.storage.empty.isEnabled(), timeout=WAIT_MS)


def test_look_and_notifications_are_remembered(page, context):
    page.appearance.setCurrentIndex(2)
    page.notify.setChecked(False)
    assert (kept(context).appearance, kept(context).notify) == ("dark", False)

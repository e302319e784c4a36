"""The library page with real profiles, trainings and networks."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton

from adaptsr_app.jobs.run_folders import CHECKPOINT_FILE, read_runs
from adaptsr_app.models.adaptation import AdaptationState
from adaptsr_app.pages.library import LibraryPage
from adaptsr_app.pages.library.runs_tab import RunsTab
from adaptsr_app.widgets.psnr_curves import Curve, PsnrCurves
from engine.backbones.loading import save_backbone
from engine.config.adapting import AdaptSettings
from engine.profiles.library import default_library, install_profile, list_profiles
from engine.training.checkpoint import CHECKPOINT_NAME
from engine.training.run_settings import write_settings
from tests.loopback import serving, status, whole
from tests.profile_samples import save_sample_profile, tiny_backbone

pytestmark = pytest.mark.usefixtures("own_folders")

WAIT_MS = 20_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "phone"
    save_sample_profile(folder)
    return folder


@pytest.fixture
def page(context, qtbot):
    made = LibraryPage(context)
    qtbot.addWidget(made, before_close_func=lambda _page: context.jobs.stop_all())
    made.resize(1000, 700)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.hide()


def read(page, qtbot) -> None:
    """Let the page read everything and wait for it."""
    page.networks.show_networks({})
    page.shown()
    qtbot.waitUntil(lambda: bool(page.networks.rows), timeout=WAIT_MS)


@pytest.fixture
def filled(page, made, qtbot):
    install_profile(made)
    read(page, qtbot)
    return page


def names() -> list[str]:
    return [profile.name for profile in list_profiles().profiles]


def wait_for(qtbot, page, expected: list[str]) -> None:
    """Wait until disk and cards agree on these names."""
    qtbot.waitUntil(lambda: list(page.profiles.cards) == expected, timeout=WAIT_MS)
    assert names() == expected


def test_an_empty_library_says_what_belongs_here_and_leads_to_adapting(page, context, qtbot):
    read(page, qtbot)
    assert page.profiles.adapt.isVisible()
    with qtbot.waitSignal(context.navigation.page_requested) as caught:
        qtbot.mouseClick(page.profiles.adapt, Qt.MouseButton.LeftButton)
    assert caught.args == ["adapt"]


def test_a_card_tells_the_camera_and_the_gain(filled):
    card = filled.profiles.cards["phone"]
    texts = " ".join(child.text() for child in card.findChildren(type(card.name)))
    assert "Apple iPhone X" in texts
    assert "×2" in texts


def test_a_profile_is_renamed_in_its_card(filled, qtbot):
    card = filled.profiles.cards["phone"]
    qtbot.mouseClick(card.tools["rename"], Qt.MouseButton.LeftButton)
    card.field.clear()
    qtbot.keyClicks(card.field, "Anna")
    qtbot.keyClick(card.field, Qt.Key.Key_Return)
    wait_for(qtbot, filled, ["Anna"])
    assert filled.profiles.cards["Anna"].name.text() == "Anna"


def test_reading_the_library_again_keeps_a_name_that_is_half_typed(filled, qtbot):
    card = filled.profiles.cards["phone"]
    card.rename()
    qtbot.keyClicks(card.field, "Ann")
    read(filled, qtbot)
    assert filled.profiles.cards == {"phone": card}
    assert card.field.isVisible()
    assert card.field.text() == "Ann"


def test_escape_gives_up_renaming(filled, qtbot):
    card = filled.profiles.cards["phone"]
    card.rename()
    qtbot.keyClicks(card.field, "x")
    qtbot.keyClick(card.field, Qt.Key.Key_Escape)
    assert card.name.isVisible()
    assert names() == ["phone"]


def test_an_unfit_name_is_told_and_changes_nothing(filled, qtbot):
    filled.profiles.cards["phone"].renamed.emit("a/b")
    qtbot.waitUntil(filled.banner.isVisible, timeout=WAIT_MS)
    assert "cannot be the name" in filled.banner.message.text
    assert names() == ["phone"]


def test_a_duplicate_appears_and_other_pages_hear_of_it(filled, context, qtbot):
    card = filled.profiles.cards["phone"]
    with qtbot.waitSignal(context.navigation.library_changed, timeout=WAIT_MS):
        qtbot.mouseClick(card.tools["duplicate"], Qt.MouseButton.LeftButton)
    wait_for(qtbot, filled, ["phone", "phone 2"])


def test_a_deleted_profile_comes_back_with_undo(filled, qtbot):
    before = list_profiles().profiles[0]
    card = filled.profiles.cards["phone"]
    qtbot.mouseClick(card.tools["delete"], Qt.MouseButton.LeftButton)
    wait_for(qtbot, filled, [])
    (undo,) = (b for b in filled.banner.findChildren(type(card.show_map)) if b.text() == "Undo")
    qtbot.mouseClick(undo, Qt.MouseButton.LeftButton)
    wait_for(qtbot, filled, ["phone"])
    assert list_profiles().profiles[0] == before


def test_a_profile_goes_to_somebody_and_arrives_as_one_file(filled, qtbot, tmp_path, monkeypatch):
    file = tmp_path / "given.adaptsr"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(file), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(file), ""))
    card = filled.profiles.cards["phone"]
    qtbot.mouseClick(card.tools["export"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(file.exists, timeout=WAIT_MS)
    qtbot.mouseClick(filled.profiles.take, Qt.MouseButton.LeftButton)
    wait_for(qtbot, filled, ["phone", "phone 2"])


def test_a_file_that_is_no_profile_is_told(page, qtbot, tmp_path):
    foreign = tmp_path / "photo.adaptsr"
    foreign.write_bytes(b"not a profile")
    page.import_profile(foreign)
    qtbot.waitUntil(page.banner.isVisible, timeout=WAIT_MS)
    assert names() == []


def test_a_broken_profile_is_named_and_does_not_hide_the_others(filled, qtbot, made):
    shutil.copytree(made, default_library() / "hurt")
    (default_library() / "hurt" / "merged.safetensors").write_bytes(b"x")
    read(filled, qtbot)
    assert list(filled.profiles.cards) == ["phone"]
    qtbot.waitUntil(filled.profiles._broken.isVisible, timeout=WAIT_MS)
    assert "hurt" in filled.profiles._broken.text()


def test_the_rank_map_of_a_profile_is_one_click_away(filled, context, qtbot):
    card = filled.profiles.cards["phone"]
    with qtbot.waitSignal(context.navigation.profile_requested) as caught:
        qtbot.mouseClick(card.show_map, Qt.MouseButton.LeftButton)
    assert caught.args == [default_library() / "phone"]


@pytest.fixture
def runs(context, made, tmp_path) -> Path:
    """A finished training and interrupted ones: the wizard's, one with settings, one without."""
    folder = context.home / "runs"
    shutil.copytree(made, folder / "done")
    for name in ("known", "noted", "forgotten"):
        (folder / name / "work").mkdir(parents=True)
        (folder / name / "work" / CHECKPOINT_FILE).write_bytes(b"checkpoint")
    noted = AdaptSettings(
        backbone="safmn-x2", pairs=tmp_path, scale=2, out=folder / "noted", name="Anna"
    )
    write_settings(folder / "noted" / "work", noted)
    (folder / "empty").mkdir()
    started = AdaptSettings(
        backbone="safmn-x2", pairs=tmp_path, scale=2, out=folder / "known", name="known"
    )
    state = AdaptationState(started=started).model_dump_json()
    (context.home / "adapt.json").write_text(state, encoding="utf-8")
    return folder


def test_the_checkpoint_is_looked_for_under_the_name_training_gives_it():
    assert CHECKPOINT_FILE == CHECKPOINT_NAME


def test_trainings_are_found_with_their_curves_and_states(context, runs):
    found = {run.folder.name: run for run in read_runs(context.home)}
    assert {name: run.state for name, run in found.items()} == {
        "done": "finished",
        "known": "interrupted",
        "noted": "interrupted",
        "forgotten": "interrupted",
    }
    assert found["done"].curve == ((100, 26.5), (200, 27.0))
    assert found["known"].can_go_on
    assert found["noted"].settings.name == found["noted"].name == "Anna"
    assert found["noted"].settings.resume
    assert not found["forgotten"].can_go_on


def test_a_network_is_removed_after_a_question(page, qtbot, tmp_path, made):
    install_profile(made)
    file = tmp_path / "mine.safetensors"
    save_backbone(tiny_backbone(), file)
    read(page, qtbot)
    page.add_network(file)
    qtbot.waitUntil(lambda: "mine" in page.networks.rows, timeout=WAIT_MS)
    page.tabs.setCurrentWidget(page.networks)
    row = page.networks.rows["mine"]
    stored = row.entry.path
    assert not page.networks.rows["safmn-x2"].remove.isVisible()
    qtbot.mouseClick(row.remove, Qt.MouseButton.LeftButton)
    assert "stays" in page.banner.message.text
    press_in_banner(page, qtbot, "Keep it")
    assert stored.exists()
    qtbot.mouseClick(row.remove, Qt.MouseButton.LeftButton)
    press_in_banner(page, qtbot, "Remove")
    qtbot.waitUntil(lambda: "mine" not in page.networks.rows, timeout=WAIT_MS)
    assert not stored.exists()
    assert file.exists()


def test_removing_a_network_names_the_profiles_that_need_it(filled, qtbot):
    used = filled.profiles.cards["phone"].profile.provenance.backbone.name
    filled.networks.rows[used] = next(iter(filled.networks.rows.values()))
    filled._ask_to_remove(used)
    assert "phone can then be used at full strength only" in filled.banner.message.text


def press_in_banner(page, qtbot, text: str) -> None:
    buttons = [b for b in page.banner.findChildren(QPushButton) if b.text() == text]
    qtbot.mouseClick(buttons[-1], Qt.MouseButton.LeftButton)


def test_a_damaged_training_is_listed_as_one(context, runs):
    (runs / "done" / "rank_map.json").write_text("{}")
    found = {run.folder.name: run for run in read_runs(context.home)}
    assert found["done"].state == "damaged"
    assert found["done"].sentence


def choose(tab: RunsTab, name: str, *, also: bool = False) -> None:
    if not also:
        tab.list.clearSelection()
    index = next(i for i in range(tab.list.count()) if tab.list.item(i).text().startswith(name))
    tab.list.item(index).setSelected(True)


def test_a_finished_training_can_be_installed_and_an_interrupted_one_gone_on_with(
    page, runs, context, qtbot
):
    read(page, qtbot)
    page.tabs.setCurrentWidget(page.runs)
    choose(page.runs, "phone")
    assert page.runs.install.isVisible()
    assert "26.5" not in page.runs.curves.accessibleDescription()
    assert "27.00 dB" in page.runs.curves.accessibleDescription()
    qtbot.mouseClick(page.runs.install, Qt.MouseButton.LeftButton)
    wait_for(qtbot, page, ["phone"])
    qtbot.waitUntil(lambda: page._reading.is_idle, timeout=WAIT_MS)
    choose(page.runs, "known")
    assert page.runs.go_on.isEnabled()
    with qtbot.waitSignal(context.navigation.training_requested) as caught:
        qtbot.mouseClick(page.runs.go_on, Qt.MouseButton.LeftButton)
    assert caught.args[0].out == runs / "known"
    choose(page.runs, "forgotten")
    assert not page.runs.go_on.isEnabled()


def test_two_curves_are_drawn_over_each_other(context, qtbot):
    curves = PsnrCurves(context.theme)
    qtbot.addWidget(curves)
    curves.resize(400, 260)
    first, second = ((10, 25.0), (20, 26.0)), ((10, 25.5), (30, 26.5))
    pictures = set()
    for shown in ([], [Curve("a", first)], [Curve("a", first), Curve("b", second, 24.0)]):
        curves.show_curves(shown)
        pictures.add(bytes(curves.grab().toImage().constBits()))
    assert len(pictures) == 3
    assert "b: 26.50 dB" in curves.accessibleDescription()


def test_a_runs_name_in_the_legend_is_plain_text(context, qtbot):
    curves = PsnrCurves(context.theme)
    qtbot.addWidget(curves)
    name = "<img src='/etc/x.png'><b>run</b>"
    curves.show_curves([Curve(name, ((1, 25.0), (2, 26.0)))])
    ((_, written),) = curves._legend.items
    assert written.item.toPlainText() == f"{name}, 26.00 dB"


@pytest.mark.parametrize("levels", [(26.0,), (26.0, 26.0), (-5.0, 60.0)])
def test_flat_and_steep_curves_are_drawn_too(context, qtbot, levels):
    curves = PsnrCurves(context.theme)
    qtbot.addWidget(curves)
    curves.show_curves([Curve("a", tuple(enumerate(levels)))])
    assert not curves.grab().isNull()


def test_networks_that_are_here_can_be_shown_and_the_others_fetched(filled):
    row = filled.networks.rows["safmn-x2"]
    assert row.show_file.isVisibleTo(row)
    assert not row.get.isVisibleTo(row)
    others = [r for r in filled.networks.rows.values() if r.entry.state == "downloadable"]
    assert others
    assert all(r.get.isVisibleTo(r) for r in others)


def test_a_network_of_the_users_own_is_taken_in(filled, context, qtbot, tmp_path):
    file = tmp_path / "mine.safetensors"
    save_backbone(tiny_backbone(), file)
    filled.add_network(file)
    qtbot.waitUntil(lambda: "mine" in filled.networks.rows, timeout=WAIT_MS)
    assert filled.networks.rows["mine"].entry.state == "added"
    assert not context.jobs.jobs


def publish(server, body: bytes, tmp_path: Path, monkeypatch) -> None:
    """Put a server's file on the list of published networks as “tiny-x2”."""
    values = {
        "name": "tiny-x2",
        "architecture": "EDSR",
        "scale": 2,
        "parameters": tiny_backbone().parameter_count,
        "trained_for": "bicubic",
        "licence": "MIT",
        "project": "https://example.org",
        "address": server.address(),
        "size_bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "seen": "here",
    }
    lines = ["[[backbone]]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    path = tmp_path / "catalogue.toml"
    path.write_text("\n".join(lines))
    monkeypatch.setattr("engine.backbones.catalogue.downloadable._FILE", path)
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_a_network_is_downloaded_in_its_row_and_a_refusal_is_told(
    page, qtbot, tmp_path, monkeypatch
):
    torch.save({"params": tiny_backbone().module.state_dict()}, tmp_path / "tiny.pth")
    body = (tmp_path / "tiny.pth").read_bytes()
    with serving(status(404), whole(body)) as server:
        publish(server, body, tmp_path, monkeypatch)
        read(page, qtbot)
        page.tabs.setCurrentWidget(page.networks)
        row = page.networks.rows["tiny-x2"]
        qtbot.mouseClick(row.get, Qt.MouseButton.LeftButton)
        assert row.is_busy
        assert row.bar.isVisible()
        qtbot.waitUntil(lambda: not row.is_busy, timeout=WAIT_MS)
        qtbot.waitUntil(page.banner.isVisible, timeout=WAIT_MS)
        assert row.get.isVisible()
        qtbot.mouseClick(row.get, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(
            lambda: page.networks.rows["tiny-x2"].entry.state == "downloaded", timeout=WAIT_MS
        )
    assert not page.networks.rows["tiny-x2"].get.isVisible()

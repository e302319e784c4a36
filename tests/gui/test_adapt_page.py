"""The wizard from end to end with the real engine: every step, and every state a training can have."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDropEvent

from adaptsr_app.jobs.adapt_jobs import checkpoint_of
from adaptsr_app.models.adaptation import STEPS, AdaptationModel, Ranking
from adaptsr_app.models.rank_plan import RanksForNext
from adaptsr_app.models.runs import read_runs
from adaptsr_app.pages.adapt.page import AdaptPage
from adaptsr_app.pages.adapt.pair_dialog import PairDialog
from adaptsr_app.pages.adapt.step import WizardJob
from engine.adapters.rank_map import plan_ranks
from engine.adapters.sites import find_sites
from engine.backbones.installing import add_backbone
from engine.backbones.loading import load_backbone, save_backbone
from engine.config import AdapterSettings, TrainingSettings
from engine.errors import PairsError
from engine.profiles.library import find_profile
from tests import registration_samples
from tests.photo_samples import exif_block, scene
from tests.profile_samples import save_sample_profile
from tests.tiny_backbones import tiny_backbone

WAIT = {"timeout": 20_000}
PHONE, PHOTOS, EFFORT, DIFFERENCES, TRAINING, RESULT = range(6)


def write_pairs(folder, count=4):
    for side, factor in (("LR", 1), ("HR", 2)):
        (folder / side).mkdir(parents=True)
        for number in range(count):
            picture = Image.fromarray(scene(40 * factor, 48 * factor, seed=number))
            picture.save(folder / side / f"{number}.png")
    return folder


@pytest.fixture
def pairs(tmp_path):
    return write_pairs(tmp_path / "pairs")


@pytest.fixture
def network(tmp_path):
    """A tiny network of the user's own, so that every job takes a moment."""
    path = tmp_path / "tiny.safetensors"
    save_backbone(tiny_backbone("EDSR"), path)
    return str(path)


@pytest.fixture
def make_page(context, qtbot, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def make():
        page = AdaptPage(context)
        qtbot.addWidget(page, before_close_func=lambda _page: context.jobs.stop_all())
        page.resize(1100, 760)
        page.show()
        page.shown()
        return page

    return make


@pytest.fixture
def known(context, pairs, network):
    """A state as after four steps, with a training of a second."""
    adaptation = AdaptationModel(context.home)
    adaptation.update(
        name="Phone",
        source="data set",
        pairs=pairs,
        usable=4,
        backbone=network,
        effort="own",
        adapter=AdapterSettings(budget="20%", score_batches=1),
        training=TrainingSettings(
            steps=6, batch=2, patch=16, validate_every=2, keep="best", checkpoint_every=3
        ),
        step="training",
    )
    state = adaptation.state
    backbone = load_backbone(network)
    scores = {site.name: 1.0 for site in find_sites(backbone.module)}
    ranks = plan_ranks(
        find_sites(backbone.module),
        scores,
        state.adapter,
        backbone_parameters=backbone.parameter_count,
    )
    ranking = Ranking(
        key=state.data_key, sites=ranks.rows(), backbone_parameters=backbone.parameter_count
    )
    adaptation.update(ranking=ranking)
    adaptation.flush()
    return adaptation


def longer(adaptation, steps=100_000):
    training = adaptation.state.training.model_copy(update={"steps": steps})
    adaptation.update(training=training)
    adaptation.flush()


def in_front(page, index):
    """Show a step as its button would."""
    page.session.adaptation.update(step=STEPS[index])
    page.go_to(index)
    assert page.index == index


def click(qtbot, button):
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_phone_is_known_from_photos_that_are_dropped(make_page, qtbot, tmp_path):
    page = make_page()
    step = page.steps[PHONE]
    assert not page.next.isEnabled()
    path = tmp_path / "IMG_1.jpg"
    Image.fromarray(scene(30, 40)).save(path, exif=b"Exif\0\0" + exif_block())
    (tmp_path / "broken.jpg").write_bytes(b"no photo")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)), QUrl.fromLocalFile(str(tmp_path / "broken.jpg"))])
    step.grid.dropEvent(
        QDropEvent(
            QPointF(9, 9),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    qtbot.waitUntil(lambda: page.session.background.is_idle and step.name.text() != "", **WAIT)
    assert page.session.state.camera == "Fabrik Fotoapparat F-1"
    named = page.session.state.made_for
    assert (named.make, named.model, named.lens) == ("Fabrik", "Fotoapparat F-1", None)
    assert step.lenses.text() == "Linse 50mm f/2"
    assert step.name.text() == "Fabrik Fotoapparat F-1"
    assert page.next.isEnabled()
    click(qtbot, step.clear)
    assert step.grid.count() == 0
    step.name.clear()
    qtbot.keyClicks(step.name, "a/b")
    assert step.problem.text()
    assert not page.next.isEnabled()


def test_a_data_set_is_looked_into_and_judged_in_words(make_page, qtbot, pairs, tmp_path):
    page = make_page()
    page.session.adaptation.update(name="Phone")
    in_front(page, PHOTOS)
    step = page.steps[PHOTOS]
    assert step.grid.count() == 0
    click(qtbot, step.sources.cards["data set"].button)
    assert "Choose" in step.summary.text()
    step.folders.pairs.choose(pairs)
    qtbot.waitUntil(lambda: step.grid.count() == 4, **WAIT)
    assert step.summary.text() == "4 good pairs; 20 or more usually help."
    assert page.next.isEnabled()
    step.folders.pairs.choose(tmp_path)
    qtbot.waitUntil(lambda: "LR" in step.summary.text(), **WAIT)
    assert not page.next.isEnabled()
    qtbot.waitUntil(lambda: page.session.background.is_idle, **WAIT)


def hold(job):
    """Let a job wait at its start."""
    job.pause()


def write_data_set_with_problems(folder):
    """Seven pairs: a copy, a blank one, one out of focus, and photos of two cameras."""
    names = ("astronaut", "coffee", "chelsea", "rocket", "brick")
    photos = [registration_samples.scene(name)[:300, :400] for name in names]
    photos += [photos[0], np.full((300, 400, 3), 128, np.uint8)]
    photos[1] = np.asarray(Image.fromarray(photos[1]).filter(ImageFilter.GaussianBlur(9)))
    for number, hr in enumerate(photos):
        image = Image.fromarray(hr)
        exif = Image.Exif()
        exif[0x010F], exif[0x0110] = "Fabrik", "F-2" if number == 2 else "F-1"
        for side, picture in (("LR", image.reduce(2)), ("HR", image)):
            (folder / side).mkdir(parents=True, exist_ok=True)
            picture.save(folder / side / f"{number}.png", exif=exif)
    return folder


def test_every_photo_is_looked_at_and_what_it_is_worth_is_said_in_sentences(
    make_page, qtbot, context, tmp_path, monkeypatch
):
    folder = write_data_set_with_problems(tmp_path / "mixed")
    page = make_page()
    page.session.adaptation.update(name="Phone", source="data set", pairs=folder)
    context.jobs.started.connect(hold)
    in_front(page, PHOTOS)
    step = page.steps[PHOTOS]
    qtbot.waitUntil(lambda: step.report_card.check.state == "running", **WAIT)
    assert step.report_card.stop.isVisible()
    assert step.report_card.sentences == ["Recognised as: LR and HR folders."]
    context.jobs.started.disconnect(hold)
    step.report_card.check.job.resume()
    qtbot.waitUntil(lambda: step.report_card.check.state == "done", **WAIT)
    said = " ".join(step.report_card.sentences)
    assert "7 pairs, of which 4 are good." in said
    assert "Several cameras took the LR photos: Fabrik F-1 (6), Fabrik F-2 (1)." in said
    assert "shows the same as another" in said
    assert "blank" in said
    assert "blurred" in said
    assert "million pixels to learn from" in said
    assert step.summary.text() == "4 good pairs; 20 or more usually help."
    assert "blank" in step.grid.item(6).toolTip()
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    click(qtbot, step.report_card.full)
    qtbot.waitUntil(lambda: bool(opened), **WAIT)
    path = Path(opened[0].toLocalFile())
    assert path.is_relative_to(context.home)
    assert "Fabrik F-2" in path.read_text("utf-8")
    reports = step.report_card.reports
    page.go_to(PHONE)
    page.go_to(PHOTOS)
    qtbot.waitUntil(lambda: step.grid.count() == 7, **WAIT)
    assert "blank" in step.grid.item(6).toolTip()
    assert step.report_card.reports is reports  # nothing changed, so nothing is looked at again
    (folder / "HR" / "6.png").unlink()
    step.shown()
    qtbot.waitUntil(lambda: step.report_card.reports not in {(), reports}, **WAIT)
    assert "6 pairs, of which 4 are good." in " ".join(step.report_card.sentences)
    qtbot.waitUntil(lambda: page.session.background.is_idle, **WAIT)


def test_the_look_at_photos_can_be_stopped_and_begun_again(make_page, qtbot, context, pairs):
    page = make_page()
    page.session.adaptation.update(name="Phone", source="data set", pairs=pairs)
    context.jobs.started.connect(hold)
    in_front(page, PHOTOS)
    worth = page.steps[PHOTOS].report_card
    qtbot.waitUntil(lambda: worth.check.state == "running", **WAIT)
    click(qtbot, worth.stop)
    qtbot.waitUntil(lambda: worth.check.state == "idle", **WAIT)
    assert worth.reports == ()
    click(qtbot, worth.look)
    assert worth.check.state == "running"
    page.go_to(PHONE)  # stops it, so that what comes next has the processor
    assert worth.check.job is None or worth.check.job.state == "stopping"
    context.jobs.started.disconnect(hold)
    page.go_to(PHOTOS)
    qtbot.waitUntil(lambda: worth.check.state == "done", **WAIT)
    assert "4 pairs" in " ".join(worth.sentences)
    qtbot.waitUntil(lambda: page.session.background.is_idle, **WAIT)


def test_while_something_else_is_worked_on_no_report_of_other_photos_is_shown(
    make_page, qtbot, pairs, tmp_path
):
    page = make_page()
    page.session.adaptation.update(name="Phone", source="data set", pairs=pairs)
    in_front(page, PHOTOS)
    step = page.steps[PHOTOS]
    qtbot.waitUntil(lambda: step.report_card.check.state == "done", **WAIT)
    page.session.start("x", "X", lambda _emit, token: token.pause() or token.check(), print)
    step.folders.pairs.choose(write_pairs(tmp_path / "others", count=3))
    qtbot.waitUntil(lambda: step.grid.count() == 3, **WAIT)
    assert step.report_card.reports == ()
    assert step.report_card.check.state == "idle"
    assert "once the work at hand has ended" in step.report_card.words.text()
    assert not step.report_card.look.isEnabled()
    page.session.cancel_current()
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)
    click(qtbot, step.report_card.look)
    qtbot.waitUntil(lambda: "3 pairs" in " ".join(step.report_card.sentences), **WAIT)
    qtbot.waitUntil(lambda: page.session.background.is_idle, **WAIT)


def test_phone_photos_alone_need_some_of_the_phone_and_some_sharp_ones(make_page, qtbot, tmp_path):
    for folder, count in (("phone", 5), ("sharp", 3), ("few", 2)):
        (tmp_path / folder).mkdir()
        for number in range(count):
            Image.fromarray(scene(30, 40)).save(tmp_path / folder / f"{number}.png")
    page = make_page()
    page.session.adaptation.update(name="Phone")
    in_front(page, PHOTOS)
    step = page.steps[PHOTOS]
    click(qtbot, step.sources.cards["camera"].button)
    step.folders.phone.choose(tmp_path / "few")
    step.folders.sharp.choose(tmp_path / "sharp")
    qtbot.waitUntil(lambda: "2 phone photos; at least 5" in step.summary.text(), **WAIT)
    assert not step.is_ready
    step.folders.phone.choose(tmp_path / "phone")
    qtbot.waitUntil(lambda: step.is_ready, **WAIT)
    settings = page.session.state.settings(tmp_path / "out")
    assert (settings.lr_from, settings.camera) == ("camera", tmp_path / "phone")
    qtbot.waitUntil(lambda: page.session.background.is_idle, **WAIT)


def test_photos_that_cannot_be_lined_up_say_so(make_page, qtbot, tmp_path):
    for folder in ("phone", "better"):
        (tmp_path / folder).mkdir()
    page = make_page()
    page.session.adaptation.update(name="Phone")
    in_front(page, PHOTOS)
    step = page.steps[PHOTOS]
    click(qtbot, step.sources.cards["pairs"].button)
    assert not step.folders.line_up.isEnabled()
    step.folders.phone.choose(tmp_path / "phone")
    step.folders.better.choose(tmp_path / "better")
    click(qtbot, step.folders.line_up)
    assert step.progress.isVisible()
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)
    assert page.banner.message is not None
    assert page.banner.message.text
    assert step.folders.line_up.isVisible()


def test_photos_of_two_cameras_are_lined_up_judged_and_can_be_seen_blinking(
    make_page, qtbot, tmp_path
):
    photo = registration_samples.scene("astronaut")
    for folder, pixels in (
        ("phone", registration_samples.Camera(zoom=0.55).photograph(photo)),
        ("better", photo),
    ):
        (tmp_path / folder).mkdir()
        Image.fromarray(pixels).save(tmp_path / folder / "a.png")
    page = make_page()
    page.session.adaptation.update(name="Phone", source="pairs")
    in_front(page, PHOTOS)
    step = page.steps[PHOTOS]
    step.folders.phone.choose(tmp_path / "phone")
    step.folders.better.choose(tmp_path / "better")
    click(qtbot, step.folders.line_up)
    qtbot.waitUntil(lambda: page.session.state.pairs is not None, **WAIT)
    qtbot.waitUntil(lambda: "1 good pair; at least 3" in step.summary.text(), **WAIT)
    assert page.session.state.pairs.is_relative_to(page.session.context.home)
    entry = step.grid.item(0)
    assert entry.toolTip() != entry.text()  # how well it fits
    step.grid.itemActivated.emit(entry)
    dialog = step.findChild(PairDialog)
    qtbot.waitUntil(lambda: dialog.view.state == "shown", **WAIT)
    assert dialog.view.mode == "blink"
    dialog.close()
    qtbot.waitUntil(lambda: page.session.background.is_idle, **WAIT)


def test_the_pace_is_measured_and_every_effort_says_how_long_it_takes(
    make_page, qtbot, known, tmp_path, network
):
    add_backbone(Path(network))
    page = make_page()
    page.session.adaptation.update(measured=None, effort="balanced")
    in_front(page, EFFORT)
    step = page.steps[EFFORT]
    page.session.cancel(WizardJob.MEASURING)
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)
    step.backbone.setCurrentIndex(step.backbone.findData("tiny"))
    step.backbone.activated.emit(step.backbone.currentIndex())
    click(qtbot, step.measure)
    assert step.progress.isVisible()
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)
    assert page.session.state.measured.seconds_per_step > 0
    assert all("about" in card.note.text() for card in step.efforts.cards.values())
    assert "of memory" in step.needs.text()
    click(qtbot, step.efforts.cards["quick"].button)
    assert page.session.state.training.steps == 400
    step.advanced.changed.emit("steps", 77)
    assert (page.session.state.effort, page.session.state.training.steps) == ("own", 77)
    assert step.efforts.choice is None
    step.advanced.changed.emit("r_min", 60)
    assert page.banner.message is not None
    assert page.session.state.adapter.r_min == 0


def test_the_layers_are_looked_at_once_and_the_slider_moves_ranks_at_once(make_page, qtbot, known):
    page = make_page()
    page.session.adaptation.update(ranking=None)
    in_front(page, DIFFERENCES)
    step = page.steps[DIFFERENCES]
    assert page.session.does(WizardJob.SCORING)
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)
    assert step.is_ready
    before = step._map.trainable_parameters
    step.budget.setValue(5)
    assert page.session.state.adapter.budget == "5%"
    assert step._map.trainable_parameters < before
    assert "layers will change" in step.words.text()
    assert page.session.job is None
    page.go_to(PHONE)
    page.go_to(DIFFERENCES)
    assert page.session.job is None  # the scores are still good


def test_ranks_are_fixed_by_hand_on_the_steps_own_map_and_stay_fixed(make_page, qtbot, known):
    page = make_page()
    in_front(page, DIFFERENCES)
    step = page.steps[DIFFERENCES]
    site = min(step._map.sites, key=lambda one: (one.rank, one.rank_cost))
    assert not step.free.isVisible()
    step.heatmap.select(site.site)
    assert step.details.pinned.isVisible()
    step.details.pinned.click()
    step.details.rank.setValue(site.rank + 1)
    assert page.session.state.adapter.pins == {site.site: site.rank + 1}
    ranks = {one.site: one.rank for one in step._map.sites}
    assert ranks[site.site] == site.rank + 1
    assert "1 rank is fixed by hand." in step.words.text()
    page.go_to(PHONE)
    page.session.adaptation.flush()
    page.close()

    again = make_page()
    in_front(again, DIFFERENCES)
    step = again.steps[DIFFERENCES]
    assert {one.site: one.rank for one in step._map.sites} == ranks
    settings = again.session.state.settings(again.session.adaptation.new_run())
    assert settings.adapter.pins == {site.site: site.rank + 1}
    click(qtbot, step.free)
    assert again.session.state.adapter.pins == {}
    assert not step.free.isVisible()


def test_fixed_ranks_that_cost_too_much_are_told_and_can_be_let_go(make_page, qtbot, known):
    page = make_page()
    in_front(page, DIFFERENCES)
    step = page.steps[DIFFERENCES]
    for site in step._map.sites:
        page.session.adaptation.pin(site.site, site.max_rank)
    assert page.banner.message is not None
    assert page.banner.message.remedy
    assert not step.is_ready
    assert step.missing
    assert step.heatmap.has_values  # the cells stay, to let ranks go by
    click(qtbot, step.free)
    assert step.is_ready
    assert page.banner.message is None


def test_ranks_from_the_page_of_rank_maps_are_shown_in_step_4_and_trained(
    make_page, qtbot, context, known
):
    page = make_page()
    state = page.session.state
    site = next(one for one in state.ranked().sites if one.max_rank > 2)
    adapter = state.adapter.model_copy(
        update={"pins": {site.site: 2}, "strategy": "greedy", "budget": "15%"}
    )
    context.navigation.ranks_requested.emit(RanksForNext(adapter, state.backbone, 2))
    assert page.index == DIFFERENCES
    step = page.steps[DIFFERENCES]
    assert page.banner.message is not None
    assert {one.site: one.rank for one in step._map.sites}[site.site] == 2
    assert step.budget.value() == 15
    context.navigation.ranks_requested.emit(RanksForNext(adapter, state.backbone, 4))
    assert "2 times" in page.banner.message.text
    ready_to_train(page)
    click(qtbot, page.training.start)
    qtbot.waitUntil(lambda: page.session.state.result is not None, **WAIT)
    trained = find_profile(page.session.state.result).rank_map
    assert trained.rank_pattern[site.site] == 2
    assert trained.settings.strategy == "greedy"
    page.session.cancel_current()


def test_ranks_reach_a_wizard_that_was_not_opened_before(window, context):
    adapter = AdapterSettings(pins={"layer": 3}, budget="5%")
    context.navigation.page_requested.emit("adapt")
    context.navigation.ranks_requested.emit(RanksForNext(adapter, "tiny", 2))
    state = window.page("adapt").session.state
    assert (state.adapter.pins, state.adapter.budget, state.backbone) == (
        {"layer": 3},
        "5%",
        "tiny",
    )
    window.page("adapt").session.adaptation.flush()


def test_fixed_ranks_do_not_outlive_their_network(context):
    adaptation = AdaptationModel(context.home)
    adaptation.update(backbone="one", adapter=AdapterSettings(pins={"layer": 3}, budget="5%"))
    adaptation.update(scale=2, backbone="one")
    assert adaptation.state.adapter.pins == {"layer": 3}
    adaptation.update(backbone="other")
    assert adaptation.state.adapter == AdapterSettings(budget="5%")
    adaptation.flush()


def ready_to_train(page):
    in_front(page, TRAINING)
    return page.training


def test_a_training_is_followed_to_its_result_which_is_installed(make_page, qtbot, context, known):
    page = make_page()
    step = ready_to_train(page)
    click(qtbot, step.start)
    qtbot.waitUntil(lambda: page.session.state.result is not None, **WAIT)
    assert step.training.psnr_y_db.steps == [2, 4, 6]
    assert step.training.verdict is not None
    assert [p.title for p in step.crop.view.pictures][:2] == ["Before", "Now"]
    assert page.index == RESULT
    result = page.steps[RESULT]
    qtbot.waitUntil(lambda: result.view.state == "shown", **WAIT)
    assert result.verdict.text() == step.training.verdict.sentence
    assert result.table.rowCount() == 2
    with qtbot.waitSignal(context.navigation.library_changed, **WAIT):
        click(qtbot, result.install)
    assert find_profile("Phone").name == "Phone"
    qtbot.waitUntil(result.upscale.isVisible, **WAIT)
    with qtbot.waitSignal(context.navigation.page_requested) as wanted:
        click(qtbot, result.upscale)
    assert wanted.args == ["upscale"]
    out = context.home / "Phone.safetensors"
    result.export_to(out)
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)
    assert out.is_file()
    click(qtbot, result.anew)
    assert page.index == PHONE
    assert page.session.state.name == ""


def test_a_training_pauses_and_ends_early_with_its_best(make_page, qtbot, known):
    longer(known)
    page = make_page()
    step = ready_to_train(page)
    click(qtbot, step.start)
    qtbot.waitUntil(lambda: step.training.best is not None, **WAIT)
    click(qtbot, step.pause)
    qtbot.waitUntil(lambda: step.training.saved_step is not None, **WAIT)
    assert "Paused" in step.words.text()
    assert step.pause.text() == "Continue"
    click(qtbot, step.keep_best)
    qtbot.waitUntil(lambda: page.session.state.result is not None, **WAIT)
    assert 0 < step.training.step < 100_000
    page.session.cancel_current()


def test_another_piece_of_another_photo_can_be_looked_at_while_it_trains(
    make_page, qtbot, known, pairs
):
    for side, factor in (("LR", 1), ("HR", 2)):
        for number in range(4):
            picture = Image.fromarray(scene(200 * factor, 320 * factor, seed=number))
            picture.save(pairs / side / f"{number}.png")
    longer(known)
    known.update(usable=14)  # two of the four are kept out
    known.update(ranking=known.state.ranking.model_copy(update={"key": known.state.data_key}))
    known.flush()
    page = make_page()
    step = ready_to_train(page)
    crop = step.crop
    assert not crop.map.isVisible()
    click(qtbot, step.start)
    qtbot.waitUntil(crop.map.isVisible, **WAIT)
    qtbot.waitUntil(lambda: step.training.step > 0, **WAIT)
    assert [crop.photo.itemText(index) for index in range(2)] == list(step.training.val)
    assert crop.map.area == pytest.approx((0.25, 0.1, 0.5, 0.8))
    before = crop.view.pictures
    qtbot.mouseClick(
        crop.map, Qt.MouseButton.LeftButton, pos=crop.map.point_of(0.05, 0.05).toPoint()
    )
    assert crop.map.area[:2] == (0.0, 0.0)  # at once; the pictures follow
    qtbot.waitUntil(lambda: crop.view.pictures[0] is not before[0], **WAIT)
    assert crop.map.area == (0.0, 0.0, 0.5, 0.8)
    lr = np.asarray(Image.open(pairs / "LR" / f"{step.training.val[0]}.png"))
    np.testing.assert_array_equal(crop.view.pictures[2].source, lr[:160, :160])
    qtbot.keyClick(crop.map, Qt.Key.Key_Right)
    assert crop.map.area[0] == pytest.approx(0.125)
    crop.photo.setCurrentIndex(1)
    crop.photo.activated.emit(1)
    lr = np.asarray(Image.open(pairs / "LR" / f"{step.training.val[1]}.png"))

    def is_the_other_photo():
        shown = np.asarray(crop.view.pictures[2].source)
        return np.array_equal(shown, lr[20:180, 80:240])

    qtbot.waitUntil(is_the_other_photo, **WAIT)
    click(qtbot, step.pause)
    assert not crop.map.isEnabled()
    click(qtbot, step.stop)
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)


def test_a_stopped_training_goes_on_after_the_program_was_closed(make_page, qtbot, known, context):
    longer(known)
    page = make_page()
    step = ready_to_train(page)
    click(qtbot, step.start)
    qtbot.waitUntil(lambda: step.training.step > 2, **WAIT)
    click(qtbot, step.stop)
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)
    started = page.session.state.started
    assert checkpoint_of(started).is_file()
    assert step.go_on.isVisible()
    reached = step.training.step
    page.session.adaptation.flush()
    page.close()

    again = make_page()
    assert again.banner.message is not None
    assert "interrupted" in again.banner.message.title
    assert again.training.interrupted == started
    again._go_on()
    assert again.index == TRAINING
    qtbot.waitUntil(lambda: again.training.training.step > reached, **WAIT)
    assert again.training.training.psnr_y_db.steps[0] == 2  # what was measured before is drawn too
    click(qtbot, again.training.stop)
    qtbot.waitUntil(lambda: again.session.job is None, **WAIT)
    click(qtbot, again.training.discard)
    assert not started.out.exists()
    assert again.training.start.isVisible()


def test_a_training_the_wizard_forgot_goes_on_from_the_library(
    make_page, qtbot, known, context, pairs
):
    longer(known)
    page = make_page()
    step = ready_to_train(page)
    click(qtbot, step.start)
    qtbot.waitUntil(lambda: step.training.step > 3, **WAIT)
    context.navigation.training_requested.emit(page.session.state.started)  # runs already: no harm
    assert page.index == TRAINING
    click(qtbot, step.stop)
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)
    reached = step.training.step
    page.session.adaptation.start_over()
    assert page.training.interrupted is None
    (run,) = read_runs(context.home)
    assert run.can_go_on
    context.navigation.training_requested.emit(run.settings)
    assert page.index == TRAINING
    qtbot.waitUntil(lambda: page.training.training.step > reached, **WAIT)
    assert page.training.training.psnr_y_db.steps[0] == 2
    state = page.session.state
    assert (state.name, state.pairs, state.usable) == ("Phone", pairs, 4)
    assert state.adapter == run.settings.adapter
    click(qtbot, page.training.stop)
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)


def test_a_failed_training_says_why_and_can_be_started_again(make_page, qtbot, known, pairs):
    page = make_page()
    for photo in (pairs / "HR").iterdir():
        photo.unlink()
    step = ready_to_train(page)
    click(qtbot, step.start)
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)
    assert page.banner.message is not None
    assert page.banner.message.remedy
    assert step.start.isVisible()
    assert page.session.state.result is None
    first = page.session.state.started.out
    click(qtbot, step.start)
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)
    assert page.session.state.started.out.parent == first.parent
    assert len(list(first.parent.glob("*"))) <= 1  # what failed leaves no folders behind


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


def test_a_profile_that_is_not_better_says_so_and_what_may_help(make_page, qtbot, context):
    folder = context.home / "runs" / "Phone"
    save_sample_profile(folder, name="Phone")
    file = folder / "profile.json"
    text = json.loads(file.read_text("utf-8"))
    text["provenance"]["verdict"] = {
        "better": False,
        "sentence": "Not better: +0.01 dB on 2 photos it never saw.",
        "gain_db": 0.01,
        "photos": 2,
    }
    file.write_text(json.dumps(text), encoding="utf-8")
    adaptation = AdaptationModel(context.home)
    adaptation.update(name="Phone", result=folder, step="result", usable=4, effort="quick")
    adaptation.flush()
    page = make_page()
    assert page.index == RESULT
    result = page.steps[RESULT]
    qtbot.waitUntil(lambda: "Not better" in result.verdict.text(), **WAIT)
    assert "4 so far" in result.advice.text()
    assert "longer training" in result.advice.text()
    assert result.install.text() == "Install it anyway"
    assert result.table.item(0, 3).text() == "27.00"


def test_a_result_that_is_gone_is_told(make_page, qtbot, context):
    adaptation = AdaptationModel(context.home)
    adaptation.update(name="Phone", result=context.home / "runs" / "gone", step="result")
    adaptation.flush()
    page = make_page()
    qtbot.waitUntil(lambda: page.banner.message is not None, **WAIT)
    assert not page.steps[RESULT].install.isEnabled()
    assert page.steps[RESULT].anew.isEnabled()

"""A training in every state, and what came of it."""

import json

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from adaptsr_app.jobs.run_folders import checkpoint_in, read_runs
from engine.profiles.library import find_profile
from tests.gui.adapt.wizard_samples import (
    PHONE,
    RESULT,
    TRAINING,
    WAIT,
    adaptation_in,
    click,
    flush,
    longer,
    ready_to_train,
)
from tests.photo_samples import scene
from tests.profile_samples import save_sample_profile


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
    with qtbot.waitSignal(context.navigation.page_requested) as requested:
        click(qtbot, result.upscale)
    assert requested.args == ["upscale"]
    out = context.home / "Phone.safetensors"
    result.export_to(out)
    qtbot.waitUntil(lambda: page.session.job is None, **WAIT)
    assert out.is_file()
    click(qtbot, result.anew)
    assert page.index == PHONE
    assert page.session.state.name == ""


def test_a_training_pauses_and_ends_early_with_what_it_reached(make_page, qtbot, known):
    longer(known)
    page = make_page()
    step = ready_to_train(page)
    click(qtbot, step.start)
    qtbot.waitUntil(lambda: step.training.latest is not None, **WAIT)
    click(qtbot, step.pause)
    qtbot.waitUntil(lambda: step.training.saved_step is not None, **WAIT)
    assert "Paused" in step.words.text()
    assert step.pause.text() == "Continue"
    click(qtbot, step.end_now)
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
    flush(known)
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
    assert checkpoint_in(started.out).is_file()
    assert step.go_on.isVisible()
    reached = step.training.step
    page.session.kept.flush()
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
    adaptation = adaptation_in(context.home)
    adaptation.update(name="Phone", result=folder, step="result", usable=4, effort="quick")
    flush(adaptation)
    page = make_page()
    assert page.index == RESULT
    result = page.steps[RESULT]
    qtbot.waitUntil(lambda: "Not better" in result.verdict.text(), **WAIT)
    assert "4 so far" in result.advice.text()
    assert "longer training" in result.advice.text()
    assert result.install.text() == "Install it anyway"
    assert result.table.item(0, 3).text() == "27.00"


def test_a_result_that_is_gone_is_told(make_page, qtbot, context):
    adaptation = adaptation_in(context.home)
    adaptation.update(name="Phone", result=context.home / "runs" / "gone", step="result")
    flush(adaptation)
    page = make_page()
    qtbot.waitUntil(lambda: page.banner.message is not None, **WAIT)
    assert not page.steps[RESULT].install.isEnabled()
    assert page.steps[RESULT].anew.isEnabled()

"""What the photos are worth, beside them."""

from pathlib import Path

from PySide6.QtGui import QDesktopServices

from tests.gui.adapt.wizard_samples import (
    PHONE,
    PHOTOS,
    WAIT,
    click,
    hold,
    in_front,
    write_data_set_with_problems,
    write_pairs,
)


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

"""The wizard's own widgets: what they show is what they were given, for eyes and screen readers."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage

from adaptsr_app.models.training import Training
from adaptsr_app.widgets.choice_cards import ChoiceCard, ChoiceCards
from adaptsr_app.widgets.curve_plot import CurvePlot
from adaptsr_app.widgets.photo_grid import PhotoGrid
from adaptsr_app.widgets.stepper import Stepper
from engine.events import BaselinesReady, TrainingStep, Validated


def some_training():
    training = Training()
    training.fold(BaselinesReady(25.0, 26.0))
    for step in range(1, 31):
        training.fold(TrainingStep(step, 60, 0.1 / step, 1e-3, 0.1, 3.0))
    for step in (10, 20, 30):
        training.fold(Validated(step, 27.0 if step == 20 else 26.5, 27.0 if step >= 20 else 26.5))
    return training


def test_the_plot_holds_the_curve_its_baselines_and_where_it_stands(qtbot, context):
    plot = CurvePlot(context.theme)
    qtbot.addWidget(plot)
    assert not plot.backbone.isVisible()
    plot.show_training(some_training())
    curve = plot.psnr.listDataItems()[0]
    assert list(curve.getData()[0]) == [10, 20, 30]
    assert list(curve.getData()[1]) == [26.5, 27.0, 26.5]
    assert (plot.bicubic.value(), plot.backbone.value()) == (25.0, 26.0)
    low, high = plot.psnr.viewRange()[1]
    assert low < 25.0
    assert high > 27.0
    assert plot.psnr.viewRange()[0][1] >= 60  # the whole training, not only what is done
    assert len(plot.loss.listDataItems()[0].getData()[0]) == 30
    assert plot.accessibleDescription() == (
        "Step 30 of 60. Now 26.50 dB; backbone 26.00 dB; bicubic 25.00 dB."
    )
    plot.show_training(Training())
    assert not plot.backbone.isVisible()


def test_a_long_training_is_drawn_by_means_that_keep_its_course(qtbot, context):
    training = Training()
    for step in range(1, 50_001):
        training.fold(TrainingStep(step, 50_000, float(step % 2), 1e-3, 0.1, 3.0))
    plot = CurvePlot(context.theme)
    qtbot.addWidget(plot)
    plot.show_training(training)
    steps, values = plot.loss.listDataItems()[0].getOriginalDataset()
    assert 1000 < len(steps) <= 2001
    assert steps[-1] > 49_900
    assert abs(values - 0.5).max() < 0.05


def test_the_plot_follows_the_theme(qtbot, context):
    plot = CurvePlot(context.theme)
    qtbot.addWidget(plot)
    plot.resize(500, 400)
    plot.show_training(some_training())
    seen = set()
    for appearance in ("light", "dark"):
        context.theme.set_appearance(appearance)
        qtbot.wait(50)
        seen.add(plot.grab().toImage().pixelColor(495, 5).name())
    assert seen == {"#ffffff", "#2a2a2a"}


def test_a_click_anywhere_on_a_card_chooses_it_and_nothing_is_clipped(qtbot, context):
    long_text = "word " * 60
    cards = ChoiceCards("Kind", [ChoiceCard("a", "A", "short"), ChoiceCard("b", "B", long_text)])
    qtbot.addWidget(cards)
    cards.resize(500, 100)
    cards.show()
    with qtbot.waitSignal(cards.chosen) as chosen:
        qtbot.mouseClick(cards.cards["b"], Qt.MouseButton.LeftButton)
    assert chosen.args == ["b"]
    assert cards.choice == "b"
    text = cards.cards["b"].text
    qtbot.waitUntil(lambda: text.height() >= text.heightForWidth(text.width()))
    narrow, wide = [], []
    for heights, width in ((narrow, 300), (wide, 900)):
        cards.resize(width, cards.height())
        qtbot.wait(50)
        heights.append(cards.height())
    assert narrow > wide
    cards.choose_none()
    assert cards.choice is None


def test_steps_say_where_the_user_is_and_what_can_be_gone_to(qtbot, context):
    stepper = Stepper(context.theme, ["One", "Two", "Three"])
    qtbot.addWidget(stepper)
    stepper.show()
    stepper.set_state(1, done=frozenset({0}), reachable=2)
    assert [button.isEnabled() for button in stepper.buttons] == [True, True, False]
    assert stepper.buttons[1].isChecked()
    assert stepper.buttons[0].accessibleName() == "Step 1: One, done"
    assert stepper.buttons[1].accessibleName() == "Step 2: Two"
    with qtbot.waitSignal(stepper.chosen) as chosen:
        qtbot.mouseClick(stepper.buttons[0], Qt.MouseButton.LeftButton)
    assert chosen.args == [0]


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_the_grid_says_what_to_do_until_there_are_photos(qtbot, context, appearance):
    context.theme.set_appearance(appearance)
    grid = PhotoGrid(context.theme, "Photos")
    qtbot.addWidget(grid)
    grid.resize(400, 300)
    grid.set_words("Drop photos here")
    assert grid.accessibleDescription() == "Drop photos here"
    empty = grid.grab().toImage()
    grid.add("a", "a.jpg", tip="It is blurred.", warning=True)
    picture = QImage(40, 30, QImage.Format.Format_RGB32)
    picture.fill(QColor("#ff0000"))
    grid.set_picture("a", picture)
    grid.set_picture("gone meanwhile", picture)
    assert grid.item(0).toolTip() == "It is blurred."
    assert grid.grab().toImage() != empty
    grid.empty()
    assert grid.count() == 0

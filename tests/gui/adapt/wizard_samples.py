"""Photos and states that the tests of the wizard share."""

import numpy as np
from PIL import Image, ImageFilter
from PySide6.QtCore import Qt

from adaptsr_app.jobs.kept_adaptation import KeptAdaptation, read_adaptation
from adaptsr_app.models.adaptation import STEPS, AdaptationModel
from tests import registration_samples
from tests.photo_samples import scene

WAIT = {"timeout": 20_000}
PHONE, PHOTOS, EFFORT, DIFFERENCES, TRAINING, RESULT = range(6)


def write_pairs(folder, count=4):
    for side, factor in (("LR", 1), ("HR", 2)):
        (folder / side).mkdir(parents=True)
        for number in range(count):
            picture = Image.fromarray(scene(40 * factor, 48 * factor, seed=number))
            picture.save(folder / side / f"{number}.png")
    return folder


def adaptation_in(home):
    """The wizard's state, written down after every change as the wizard does."""
    adaptation = AdaptationModel(read_adaptation(home))
    KeptAdaptation(home, adaptation)
    return adaptation


def flush(adaptation):
    adaptation.findChild(KeptAdaptation).flush()


def longer(adaptation, steps=100_000):
    training = adaptation.state.training.model_copy(update={"steps": steps})
    adaptation.update(training=training)
    flush(adaptation)


def in_front(page, index):
    """Show a step as its button would."""
    page.session.adaptation.update(step=STEPS[index])
    page.go_to(index)
    assert page.index == index


def click(qtbot, button):
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


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


def ready_to_train(page):
    in_front(page, TRAINING)
    return page.training

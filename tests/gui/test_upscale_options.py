"""What the user said once becomes the settings of each job, whatever the photos are given."""

from pathlib import Path, PurePath

import pytest

from adaptsr_app.jobs.library_reading import read_network_choices
from adaptsr_app.models.network_choices import (
    AUTOMATIC,
    NetworkChoice,
    NetworkChoices,
)
from adaptsr_app.models.photo_facts import PhotoFacts
from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.models.upscale_options import example_name, resolve, settings_for
from adaptsr_app.settings import Preferences
from engine.imaging.metadata import CameraFacts
from engine.imaging.photo import PhotoInfo

PHONE = NetworkChoice("profile", "phone", 2, Path("/library/phone"))
PLAIN = NetworkChoice("backbone", "plain", 4)


def item(name="a", choice=AUTOMATIC, folder="."):
    facts = PhotoFacts(PhotoInfo(400, 300, "HEIF", 8, has_alpha=False, camera=CameraFacts()))
    return UpscaleItem(Path(f"/photos/{name}.heic"), PurePath(folder), facts, choice=choice)


def test_every_photo_takes_its_choice_and_its_folder_along_in_order():
    photos = [item("a"), item("b", PHONE), item("c", PLAIN), item("d", folder="trip")]
    settings = settings_for(photos, Preferences(strength=60, output_folder=Path("/out")))
    assert [one.path.stem for one in settings.photos] == ["a", "b", "c", "d"]
    assert [one.profile for one in settings.photos] == [None, PHONE.folder, None, None]
    assert [one.backbone for one in settings.photos] == [None, None, "plain", None]
    assert [one.folder for one in settings.photos] == [PurePath()] * 3 + [PurePath("trip")]
    # A network alone has no changes to be strong or weak.
    assert [one.strength for one in settings.photos] == [60, 60, 100, 60]
    assert settings.out == Path("/out")


@pytest.mark.parametrize(
    ("mode", "scale", "target"),
    [
        ("auto", None, None),
        ("x3", 3, None),
        ("longest", None, "5000px"),
        ("megapixels", None, "12.5mp"),
        ("percent", None, "175%"),
    ],
)
def test_a_wanted_size_is_said_once_for_all_photos(mode, scale, target):
    preferences = Preferences(
        size_mode=mode, longest_px=5000, megapixels=12.5, percent=175, output_folder=Path("/out")
    )
    settings = settings_for([item("a"), item("b", PHONE)], preferences)
    assert (settings.scale, settings.target) == (scale, target)


@pytest.mark.parametrize(
    ("mode", "choice", "size_px"),
    [
        ("auto", PHONE, (800, 600)),
        ("auto", PLAIN, (1600, 1200)),
        ("x3", PHONE, (1200, 900)),
        ("longest", PLAIN, (1000, 750)),
    ],
)
def test_the_size_of_the_result_is_told_beforehand(mode, choice, size_px):
    photo = item(choice=choice)
    resolve(photo, NetworkChoices(), Preferences(size_mode=mode, longest_px=1000))
    assert photo.result_px == size_px


def test_a_size_there_is_no_network_for_is_told_beforehand():
    photo = item()
    resolve(photo, read_network_choices(), Preferences(size_mode="x3"))
    assert photo.lacks_network
    assert photo.result_px is None
    resolve(photo, read_network_choices(), Preferences(size_mode="x2"))
    assert not photo.lacks_network
    assert photo.network.kind == "backbone"
    assert photo.result_px == (800, 600)


def test_the_example_shows_format_and_strength():
    photo = item(choice=PHONE)
    resolve(photo, NetworkChoices(), Preferences())
    assert example_name(photo, Preferences()) == "a_phone_x2.jpg"
    preferences = Preferences(strength=60, image_format="TIFF")
    assert example_name(photo, preferences) == "a_phone-60pct_x2.tif"

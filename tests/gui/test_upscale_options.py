"""What the user said once becomes the settings of each job, whatever the photos are given."""

from pathlib import Path, PurePath

import pytest

from adaptsr_app.models.network_choices import (
    AUTOMATIC,
    NetworkChoice,
    NetworkChoices,
    read_network_choices,
)
from adaptsr_app.models.photo_facts import PhotoFacts
from adaptsr_app.models.upscale_item import UpscaleItem
from adaptsr_app.models.upscale_options import example_name, grouped_settings, resolve
from adaptsr_app.settings import Preferences
from engine.imaging.metadata import CameraFacts

PHONE = NetworkChoice("profile", "phone", 2, Path("/library/phone"))
PLAIN = NetworkChoice("backbone", "plain", 4)


def item(name="a", choice=AUTOMATIC, folder="."):
    facts = PhotoFacts(400, 300, CameraFacts())
    return UpscaleItem(Path(f"/photos/{name}.heic"), PurePath(folder), facts, choice=choice)


def test_photos_are_grouped_by_choice_and_folder_in_their_order():
    photos = [item("a"), item("b", PHONE), item("c"), item("d", folder="trip"), item("e", PHONE)]
    groups = grouped_settings(photos, Preferences(output_folder=Path("/out")))
    assert [[one.path.stem for one in photos] for _, photos in groups] == [
        ["a", "c"],
        ["b", "e"],
        ["d"],
    ]
    assert [settings.out for settings, _ in groups] == [
        Path("/out"),
        Path("/out"),
        Path("/out/trip"),
    ]
    assert [settings.profile for settings, _ in groups] == [None, PHONE.folder, None]


def test_a_plain_network_has_no_strength():
    preferences = Preferences(strength=60, output_folder=Path("/out"))
    groups = grouped_settings([item("a", PHONE), item("b", PLAIN), item("c")], preferences)
    assert [settings.strength for settings, _ in groups] == [60, 100, 60]


@pytest.mark.parametrize(
    ("mode", "automatic", "named"),
    [
        ("auto", (None, None), (None, None)),
        ("x3", (3, None), (None, "300%")),
        ("longest", (None, "5000px"), (None, "5000px")),
        ("megapixels", (None, "12.5mp"), (None, "12.5mp")),
        ("percent", (None, "175%"), (None, "175%")),
    ],
)
def test_a_scale_chooses_automatic_networks_and_resizes_named_ones(mode, automatic, named):
    preferences = Preferences(
        size_mode=mode, longest_px=5000, megapixels=12.5, percent=175, output_folder=Path("/out")
    )
    groups = grouped_settings([item("a"), item("b", PHONE)], preferences)
    assert [(settings.scale, settings.target) for settings, _ in groups] == [automatic, named]


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

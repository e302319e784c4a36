from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from engine.cancellation import Cancelled, CancelToken
from engine.config.adapter import AdapterSettings
from engine.errors import PhotoError
from engine.imaging.metadata import CameraFacts
from engine.imaging.reading import read_photo
from engine.profiles.matching import (
    CameraFound,
    CameraKey,
    ProfileMatcher,
    camera_for,
    camera_of,
    describe,
)
from engine.profiles.profile import Profile
from engine.profiles.provenance import Camera
from engine.profiles.rank_map_file import RankMapFile
from tests.profile_samples import provenance_of, tiny_backbone

NO_RANKS = RankMapFile(
    sites=(),
    rank_pattern={},
    budget_parameters=0,
    trainable_parameters=0,
    backbone_parameters=0,
    score_stability=None,
    settings=AdapterSettings(),
)
PHONE = CameraFacts("Apple", "iPhone X", "iPhone X back dual camera 4mm f/1.8")
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def provenance():
    return provenance_of(tiny_backbone())


@pytest.fixture
def profile(provenance):
    def make(name, make="Apple", model="iPhone X", lens=None, *, days=0, scale=2, better=True):
        camera = None if model is None else Camera(make=make, model=model, lens=lens)
        changes = {
            "camera": camera,
            "created_at": START + timedelta(days=days),
            "backbone": provenance.backbone.model_copy(update={"scale": scale}),
            "verdict": provenance.verdict.__class__(better, "", 1.0 if better else 0.0, 2),
        }
        return Profile(Path(name), name, provenance.model_copy(update=changes), NO_RANKS)

    return make


def found(profiles, camera=PHONE, **options):
    match = ProfileMatcher(profiles, **options).find(camera)
    return None if match.profile is None else match.profile.name


@pytest.mark.parametrize(
    ("make", "model"),
    [
        ("Apple", "iPhone X"),
        ("APPLE ", " iphone  x"),
        ("Apple", "Apple iPhone X"),
        ("Apple Apple", "Apple Apple iPhone X"),
        ("Apple Inc.", "iPhone X"),
        ("Ａｐｐｌｅ", "iPhone\u00a0X"),
        (None, "iPhone X"),
    ],
)
def test_one_camera_is_recognised_however_it_is_written(profile, make, model):
    assert found([profile("p")], CameraFacts(make, model)) == "p"
    assert found([profile("p", make, model)]) == "p"


@pytest.mark.parametrize(
    ("make", "model"),
    [
        ("Apple", "iPhone XS"),
        ("Apple", "iPhone"),
        ("Maker", "iPhone X"),
        ("Apple", None),
        (None, None),
    ],
)
def test_another_camera_or_none_gets_no_profile(profile, make, model):
    match = ProfileMatcher([profile("p"), profile("q", "", "")]).find(CameraFacts(make, model))
    assert match.profile is None
    assert match.why_not == ""


def test_a_maker_alone_stays_a_model():
    assert CameraKey.of(CameraFacts("Kodak", "KODAK")).model == "kodak"
    assert CameraKey.of(CameraFacts("NIKON CORPORATION", "NIKON D850")).model == "d850"


def test_profiles_that_name_no_camera_match_nothing(profile):
    assert found([profile("p", model=None)]) is None
    assert found([profile("p", model=None)], CameraFacts()) is None


def test_the_profile_of_the_lens_goes_before_one_that_names_none(profile):
    lens = "iPhone X back camera 4mm f/1.8"  # the same lens, with one camera in use
    profiles = [profile("wide", lens=lens, days=0), profile("any", days=9)]
    assert found(profiles) == "wide"
    assert found(list(reversed(profiles))) == "wide"
    assert found(profiles, CameraFacts("Apple", "iPhone X")) == "any"
    assert found(profiles, CameraFacts("Apple", "iPhone X", "back camera 6mm f/2.4")) == "any"


def test_a_profile_of_another_lens_is_not_used_and_that_is_said(profile):
    match = ProfileMatcher([profile("front", lens="iPhone X front camera 2.87mm f/2.2")]).find(
        PHONE
    )
    assert match.profile is None
    assert "front camera 2.87mm" in match.why_not
    assert found([profile("front", lens="front")], CameraFacts("Apple", "iPhone X")) == "front"


def test_the_newest_of_equals_wins(profile):
    profiles = [profile(f"p{days}", days=days) for days in (3, 9, 1)]
    assert found(profiles) == "p9"


def test_only_profiles_of_the_scale_asked_for_are_used(profile):
    profiles = [profile("x2", scale=2), profile("x4", scale=4, days=5)]
    assert found(profiles) == "x4"
    assert found(profiles, scale=2) == "x2"
    match = ProfileMatcher(profiles, scale=3).find(PHONE)
    assert match.profile is None
    assert "x4" in match.why_not


def test_a_profile_that_makes_nothing_better_is_not_chosen(profile):
    match = ProfileMatcher([profile("p", better=False)]).find(PHONE)
    assert match.profile is None
    assert "nothing better" in match.why_not
    assert found([profile("old", days=0), profile("p", better=False, days=1)]) == "old"


def saved(path, make=None, model=None, lens=None):
    exif = Image.Exif()
    for tag, text in ((0x010F, make), (0x0110, model)):
        if text is not None:
            exif[tag] = text
    if lens is not None:
        exif.get_ifd(0x8769)[0xA434] = lens
    Image.effect_noise((64, 48), 60).convert("RGB").save(path, exif=exif)
    return path


def test_the_camera_of_photos_is_what_they_agree_on(tmp_path):
    names = ("Apple", "iPhone X", "4mm")
    one = saved(tmp_path / "a.jpg", *names)
    assert camera_of([one]).camera == Camera(make="Apple", model="iPhone X", lens="4mm")
    shouted = saved(tmp_path / "b.jpg", "APPLE", "iPhone X", "4mm")
    silent = saved(tmp_path / "c.png")
    broken = tmp_path / "d.jpg"
    broken.write_bytes(b"not a photo")
    both = camera_of([broken, silent, one, shouted])
    assert both.camera == Camera(make="Apple", model="iPhone X", lens="4mm")
    assert not both.notice
    other_lens = saved(tmp_path / "e.jpg", "Apple", "iPhone X", "6mm")
    assert camera_of([one, other_lens]).camera == Camera(make="Apple", model="iPhone X")
    assert not camera_of([one, other_lens]).notice


def test_photos_of_several_cameras_or_none_give_no_camera_and_a_notice(tmp_path):
    one = saved(tmp_path / "a.jpg", "Apple", "iPhone X")
    other = saved(tmp_path / "b.jpg", "NIKON CORPORATION", "NIKON D850")
    mixed = camera_of([one, other])
    assert mixed.camera is None
    assert "Apple iPhone X, NIKON D850" in mixed.notice
    none = camera_of([saved(tmp_path / "c.jpg"), saved(tmp_path / "d.jpg", "Apple")])
    assert none.camera is None
    assert "do not say" in none.notice


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_the_camera_is_read_without_decoding(tmp_path, ending):
    path = saved(tmp_path / f"a.{ending}", "Apple", "iPhone X")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert camera_of([path]).camera == Camera(make="Apple", model="iPhone X")
    with pytest.raises(PhotoError):
        read_photo(path)


def test_looking_for_the_camera_can_be_stopped(tmp_path):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        camera_of([saved(tmp_path / "a.jpg", "Apple", "iPhone X")], token)


def test_a_camera_is_described_with_its_maker_once():
    assert describe(CameraFacts("Apple", "Apple iPhone X")) == "Apple iPhone X"
    assert describe(CameraFacts("NIKON CORPORATION", "NIKON D850")) == "NIKON D850"
    assert describe(CameraFacts(None, "X100")) == "X100"


def test_the_camera_the_user_names_is_taken_where_the_photos_name_none():
    requested = Camera(make="Apple", model="iPhone X")
    silent = CameraFound(None, "The LR photos do not say …")
    assert camera_for(silent, requested) == CameraFound(requested)
    assert camera_for(silent, None) is silent
    known = CameraFound(Camera(make="APPLE", model="iPhone X", lens="4mm"))
    assert camera_for(known, requested) is known  # the same, and its lens is known too
    of_a_lens = requested.model_copy(update={"lens": "6mm"})
    assert camera_for(known, of_a_lens) == CameraFound(of_a_lens)


def test_a_camera_other_than_the_photos_is_the_users_wish_and_is_said():
    found = CameraFound(Camera(make="NIKON CORPORATION", model="NIKON D850"))
    requested = Camera(make="Apple", model="iPhone X")
    chosen = camera_for(found, requested)
    assert chosen.camera == requested
    assert "NIKON D850" in chosen.notice
    assert "Apple iPhone X" in chosen.notice

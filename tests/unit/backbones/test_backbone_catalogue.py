import json

import pytest
from pydantic import ValidationError

from engine.backbones.catalogue import (
    BackboneCard,
    default_backbone,
    find_shipped,
    shipped_backbones,
)
from engine.backbones.loading import load_backbone, save_backbone
from engine.errors import BackboneError
from engine.files import sha256_of
from tests.tiny_backbones import tiny_backbone


def ship(folder, name, *, scale=2, psnr_y_db=None, changes=None):
    """Put a tiny network with its card into a folder."""
    backbone = tiny_backbone("SAFMN", scale=scale, seed=len(name))
    path = folder / f"{name}.safetensors"
    save_backbone(backbone, path)
    card = {
        "name": name,
        "architecture": "SAFMN",
        "scale": scale,
        "parameters": backbone.parameter_count,
        "recipe": {"learning_rate": 1e-3},
        "steps": 10,
        "data": "Random numbers.",
        "data_licence": "CC0-1.0",
        "licence": "Apache-2.0",
        "psnr_y_db": psnr_y_db or {},
        "ssim_y": {},
        "sha256": sha256_of(path),
        "notes": "",
    }
    card |= changes or {}
    path.with_suffix(".json").write_text(json.dumps(card))
    return path


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A folder of shipped backbones that takes the place of AdaptSR's own."""
    monkeypatch.setattr("engine.backbones.catalogue.shipped._FOLDER", tmp_path)
    ship(tmp_path, "safmn_small_x2", psnr_y_db={"Set5": 36.0, "Kodak24": 30.0})
    ship(tmp_path, "safmn_x2", psnr_y_db={"Set5": 37.0, "Kodak24": 31.0})
    ship(tmp_path, "safmn_x4", scale=4)
    return tmp_path


def test_every_shipped_name_loads_and_is_what_its_card_says(shelf):
    shipped = shipped_backbones()
    assert list(shipped) == ["safmn_small_x2", "safmn_x2", "safmn_x4"]
    for name, entry in shipped.items():
        backbone = load_backbone(name)
        assert backbone.name == name
        assert backbone.sha256 == entry.card.sha256
        assert backbone.scale == entry.card.scale
        assert backbone.architecture == entry.card.architecture
        assert backbone.parameter_count == entry.card.parameters


def test_a_path_is_never_taken_for_a_shipped_name(shelf, tmp_path_factory):
    with pytest.raises(BackboneError, match="no such file"):
        load_backbone(tmp_path_factory.mktemp("elsewhere") / "safmn_x2")


def test_a_near_miss_is_answered_with_the_right_name(shelf):
    with pytest.raises(BackboneError, match="no network called “safnm_x2”") as caught:
        load_backbone("safnm_x2")
    assert caught.value.remedy == "Did you mean “safmn_x2”?"


def test_a_wild_name_is_answered_with_all_of_them(shelf):
    with pytest.raises(BackboneError) as caught:
        load_backbone("zzz")
    assert "safmn_small_x2, safmn_x2, safmn_x4" in caught.value.remedy


def test_default_is_the_best_of_its_scale(shelf):
    assert default_backbone() == "safmn_x2"
    assert default_backbone(4) == "safmn_x4"
    with pytest.raises(
        BackboneError, match="No network for x3 comes with AdaptSR, only for x2, x4"
    ):
        default_backbone(3)


def test_a_file_that_is_not_the_one_on_its_card_is_refused(shelf):
    path = shelf / "safmn_x2.safetensors"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(BackboneError, match="not the one its card describes") as caught:
        load_backbone("safmn_x2")
    assert caught.value.path == path
    path.unlink()
    with pytest.raises(BackboneError, match="is missing"):
        load_backbone("safmn_x2")


def test_unknown_names_are_not_found(shelf):
    assert find_shipped("safmn_x2") == shelf / "safmn_x2.safetensors"
    assert find_shipped("safmn_x3") is None


def test_nothing_shipped_is_no_error_until_a_default_is_asked_for(tmp_path):
    assert shipped_backbones(tmp_path / "absent") == {}
    with pytest.raises(BackboneError, match="No network for x2"):
        default_backbone(2, tmp_path)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"colour": "blue"}, "damaged at colour"),
        ({"scale": 1}, "damaged at scale"),
        ({"sha256": "abc"}, "damaged at sha256"),
        ({"name": "other"}, "is for “other”"),
    ],
)
def test_a_damaged_card_is_named_with_the_place(changes, where, tmp_path):
    path = ship(tmp_path, "safmn_x2", changes=changes).with_suffix(".json")
    with pytest.raises(BackboneError, match=where) as caught:
        shipped_backbones(tmp_path)
    assert caught.value.path == path


def test_a_card_that_is_no_json_is_refused(tmp_path):
    (tmp_path / "safmn_x2.json").write_text("{")
    with pytest.raises(BackboneError, match="damaged at the file"):
        shipped_backbones(tmp_path)


def test_cards_do_not_change_by_accident(shelf):
    card = shipped_backbones()["safmn_x2"].card
    assert BackboneCard.model_validate_json(card.model_dump_json()) == card
    with pytest.raises(ValidationError):
        card.scale = 3


def test_adaptsrs_own_cards_are_sound_and_match_their_files():
    for name, entry in shipped_backbones().items():
        backbone = load_backbone(name)
        assert backbone.scale == entry.card.scale
        assert backbone.parameter_count == entry.card.parameters

"""Networks of the user's own: found out, run once, kept whole, used by name, removed."""

import json
import os
import pickle

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from engine.backbones.catalogue import (
    catalogue_entries,
    catalogue_entry,
    find_backbone,
    installed_backbones,
    remove_installed,
    shipped_backbones,
)
from engine.backbones.installing import add_backbone
from engine.backbones.loading import load_backbone, save_backbone
from engine.backbones.trust_on_first_use import change_since_first_download
from engine.errors import BackboneError
from engine.files import sha256_of
from tests.tiny_backbones import TINY_OPTIONS, tiny_backbone


@pytest.fixture(autouse=True)
def models(tmp_path, monkeypatch):
    """An empty folder of the user's own models."""
    folder = tmp_path / "data" / "models"
    monkeypatch.setattr("platformdirs.user_data_dir", lambda _name: str(tmp_path / "data"))
    return folder


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "My Phône (2025).safetensors"
    save_backbone(tiny_backbone("SAFMN", seed=3), path)
    return path


@pytest.mark.parametrize("architecture", TINY_OPTIONS)
def test_what_is_added_is_found_out_and_used_by_name(architecture, tmp_path, models):
    backbone = tiny_backbone(architecture, scale=4)
    torch.save({"params": backbone.module.state_dict()}, tmp_path / "Mine.PTH")
    card = add_backbone(tmp_path / "Mine.PTH").card
    assert (card.name, card.origin, card.source) == ("mine", "added", "Mine.PTH")
    assert (card.architecture, card.scale) == (architecture, 4)
    assert card.parameters == backbone.parameter_count
    loaded = load_backbone("mine")
    assert loaded.name == "mine"
    assert loaded.sha256 == card.sha256 == sha256_of(tmp_path / "Mine.PTH")
    lr = torch.rand(1, 3, 16, 16)
    with torch.no_grad():
        assert torch.equal(loaded(lr), backbone(lr))
    assert sorted(path.name for path in models.iterdir()) == ["mine.card.json", "mine.pth"]


def test_names_are_easy_to_type_and_never_leave_the_folder(network, models):
    assert add_backbone(network).card.name == "my-phone-2025"
    assert add_backbone(network, name="../../Escape/x").card.name == "escape-x"
    assert {path.parent for path in models.rglob("*.safetensors")} == {models}
    for impossible in ("…", "..", "CON", "nul.pth"):
        with pytest.raises(BackboneError, match="cannot be the name"):
            add_backbone(network, name=impossible)


@pytest.mark.parametrize("name", ["safmn-x2", "swinir-m-official-x2"])
def test_names_of_other_networks_are_not_taken(name, network):
    with pytest.raises(BackboneError, match="the name of another network"):
        add_backbone(network, name=name)


def test_a_network_is_not_replaced_by_another_of_its_name(network):
    add_backbone(network, name="mine")
    with pytest.raises(BackboneError, match="already"):
        add_backbone(network, name="Mine")


def test_a_name_of_a_network_fetched_by_hand_is_only_for_that_network(network):
    with pytest.raises(BackboneError, match=r"This is not safmn-official-x2: it is SAFMN x2 with"):
        add_backbone(network, name="safmn-official-x2")
    assert installed_backbones() == {}


def test_what_is_removed_is_gone(network, models):
    add_backbone(network, name="mine")
    removed = remove_installed("mine")
    assert removed.card.source == network.name
    assert list(models.iterdir()) == []
    assert network.exists()
    with pytest.raises(BackboneError, match="no network called “mine”"):
        load_backbone("mine")
    with pytest.raises(BackboneError, match="no network called “safmn-x2” of your own"):
        remove_installed("safmn-x2")


class Runs:
    """Unpickles by calling a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("in_a_zip", [True, False])
def test_a_pickle_that_wants_to_run_something_is_refused_and_does_not_run(
    in_a_zip, tmp_path, models
):
    mark = tmp_path / "it-ran"
    weights = tiny_backbone("EDSR").module.state_dict()
    attack = {"params": weights, "note": Runs(os.mkdir, str(mark))}
    path = tmp_path / "friendly.pth"
    if in_a_zip:
        torch.save(attack, path)
    else:
        path.write_bytes(pickle.dumps(attack))
    with pytest.raises(BackboneError, match=r"wants to run .*mkdir"):
        add_backbone(path)
    assert not mark.exists()
    assert not models.exists()


def broken(tmp_path):
    module = tiny_backbone("EDSR").module
    nn.init.constant_(module.head[0].weight, 1e38)
    save_file(module.state_dict(), tmp_path / "huge.safetensors")
    return tmp_path / "huge.safetensors"


def test_a_network_that_fails_when_run_is_not_kept(tmp_path, models):
    with pytest.raises(BackboneError, match="not finite"):
        add_backbone(broken(tmp_path))
    assert not models.exists()


def test_a_changed_or_missing_file_is_not_used(network):
    path = add_backbone(network, name="mine").path
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(BackboneError, match="changed or damaged") as caught:
        load_backbone("mine")
    assert "models remove mine" in caught.value.remedy
    path.unlink()
    with pytest.raises(BackboneError, match="is gone"):
        load_backbone("mine")


def test_what_was_not_installed_to_its_end_has_no_name(network, models):
    add_backbone(network, name="mine")
    (models / "mine.card.json").unlink()
    assert find_backbone("mine") is None
    assert add_backbone(network, name="mine").card.name == "mine"


def test_a_damaged_card_does_not_hide_the_others(network, models):
    add_backbone(network, name="good")
    add_backbone(network, name="bad")
    (models / "bad.card.json").write_text("{")
    card = json.loads((models / "good.card.json").read_text())
    (models / "worse.card.json").write_text(json.dumps({**card, "name": "../../etc"}))
    (models / "worst.card.json").write_text(json.dumps({**card, "file": "../../secret.pth"}))
    assert list(installed_backbones()) == ["good"]


def test_the_catalogue_shows_each_network_once_with_its_state(network):
    add_backbone(network, name="mine")
    entries = catalogue_entries()
    shipped = list(shipped_backbones())
    assert list(entries)[: len(shipped)] == shipped
    assert {entries[name].state for name in shipped} == {"shipped"}
    assert (entries["mine"].state, entries["mine"].scale) == ("added", 2)
    assert entries["swinir-m-official-x4"].state == "downloadable"
    assert entries["drct-official-x4"].state == "by hand"
    assert all(entry.name == name for name, entry in entries.items())


def test_a_name_that_can_be_downloaded_is_answered_with_how():
    with pytest.raises(BackboneError, match="not on this computer yet") as caught:
        load_backbone("swinir-m-official-x2")
    assert "adaptsr models download swinir-m-official-x2" in caught.value.remedy
    with pytest.raises(BackboneError) as caught:
        catalogue_entry("swinir-official-m-x2")
    assert "swinir-" in caught.value.remedy


def test_the_first_file_of_an_address_is_remembered(tmp_path):
    address = "https://example.org/a.pth"
    assert change_since_first_download(address, "1" * 64, tmp_path) is None
    assert change_since_first_download(address, "1" * 64, tmp_path) is None
    assert change_since_first_download("https://example.org/b.pth", "2" * 64, tmp_path) is None
    assert change_since_first_download(address, "2" * 64, tmp_path) is not None
    (tmp_path / "first-seen.json").write_text("[]")
    assert change_since_first_download(address, "2" * 64, tmp_path) is None

"""The command line's view of networks: listed, shown, added, removed."""

import pytest
import torch

from engine.backbones.catalogue import shipped_backbones
from engine.cli import main
from tests.cli_samples import run_json, write_backbone


@pytest.fixture(autouse=True)
def _own_models(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_data_dir", lambda _name: str(tmp_path / "data"))


def test_a_fresh_list_shows_what_ships_and_what_can_be_had(capsys):
    code, result = run_json(capsys, "models", "list")
    assert code == 0
    states = {model["name"]: model["state"] for model in result["models"]}
    assert all(states[name] == "shipped" for name in shipped_backbones())
    assert states["swinir-m-official-x2"] == "downloadable"
    assert states["safmn-official-x2"] == "by hand"
    assert main(["models", "list"]) == 0
    printed = capsys.readouterr().out
    line = next(line for line in printed.splitlines() if line.startswith("swinir-m-official-x2 "))
    for word in ("x2", "11,752,487", "Apache-2.0", "67.3 MB", "can be downloaded"):
        assert word in line
    assert "38.14*" in next(
        line for line in printed.splitlines() if line.startswith("swinir-light-official-x2 ")
    )


def test_the_list_can_be_narrowed(capsys):
    _, of_scale = run_json(capsys, "models", "list", "--scale", 4)
    assert {model["scale"] for model in of_scale["models"]} == {4}
    _, here = run_json(capsys, "models", "list", "--here")
    assert {model["state"] for model in here["models"]} == {"shipped"}


@pytest.mark.parametrize("name", ["safmn-x2", "realesr-general-x4v3", "drct-official-x4"])
def test_show_tells_where_a_network_is_or_comes_from(name, capsys):
    code, result = run_json(capsys, "models", "show", name)
    assert (code, result["name"]) == (0, name)
    assert main(["models", "show", name]) == 0
    printed = capsys.readouterr().out
    assert name in printed
    labels = {line.split("  ")[0] for line in printed.splitlines()}
    assert ("file" in labels) == (result["path"] is not None)
    assert ("get it from" in labels) == (result["path"] is None)
    assert ("https://" in printed) == (result["published"] is not None)


def test_added_networks_are_shown_used_and_removed(tmp_path, capsys):
    file = write_backbone(tmp_path / "My Own.safetensors")
    code, added = run_json(capsys, "models", "add", file)
    assert code == 0
    assert (added["name"], added["state"], added["architecture"]) == ("my-own", "added", "EDSR")
    assert added["card"]["source"] == "My Own.safetensors"
    code, sites = run_json(capsys, "sites", "my-own")
    assert (code, sites["backbone"]["name"]) == (0, "my-own")
    assert sites["backbone"]["sha256"] == added["card"]["sha256"]
    code, removed = run_json(capsys, "models", "remove", "my-own")
    assert (code, removed["removed"]) == (0, "my-own")
    code, result = run_json(capsys, "models", "show", "my-own")
    assert (code, result["error"]["kind"]) == (1, "BackboneError")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["remove", "safmn-x2"], "comes with AdaptSR and stays"),
        (["remove", "nonsense"], "no network called"),
        (["show", "safnm-x2"], "no network called"),
        (["download", "drct-official-x4"], "to people only"),
        (["download", "nonsense"], "no network called"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(words, said, capsys):
    code, result = run_json(capsys, "models", *words)
    assert code == 1
    assert said in result["error"]["what"]


def test_adding_a_file_that_is_no_network_fails_in_words(tmp_path, capsys):
    torch.save({"epoch": 3}, tmp_path / "notes.pth")
    code, result = run_json(capsys, "models", "add", tmp_path / "notes.pth")
    assert code == 1
    assert result["error"]["path"] == str(tmp_path / "notes.pth")
    code, result = run_json(capsys, "models", "add", tmp_path / "missing.pth")
    assert (code, result["error"]["what"]) == (1, "There is no such file.")


def test_a_download_of_what_is_here_says_so(capsys):
    assert main(["models", "download", "safmn-x2"]) == 0
    printed = capsys.readouterr()
    assert "on this computer already" in printed.err
    assert "--backbone safmn-x2" in printed.out

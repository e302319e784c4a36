"""A document that a command writes takes no other file's place unless that was said."""

import pytest

from engine.cli import main
from tests.cli_samples import write_backbone, write_pairs


@pytest.fixture
def words(tmp_path):
    pairs = write_pairs(tmp_path / "pairs")
    net = write_backbone(tmp_path / "net.safetensors")
    score = ["score", "--pairs", pairs, "--scale", 2, "--backbone", net, "--val", 1]
    return {
        "score --out": [*score, "--score-batches", 1, "--batch", 1, "--patch", 16],
        "camera --out": ["data", "camera", pairs / "HR"],
        "camera --report": ["data", "camera", pairs / "HR"],
        "check --report": ["data", "check", pairs],
    }


@pytest.mark.parametrize(
    "which", ["score --out", "camera --out", "camera --report", "check --report"]
)
def test_a_photo_in_the_way_stays(words, which, tmp_path, capsys):
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"the only one")
    command = [str(word) for word in (*words[which], which.split()[1], photo)]
    assert main(command) == 1
    assert "already" in capsys.readouterr().err
    assert photo.read_bytes() == b"the only one"


@pytest.mark.parametrize("which", ["score --out", "check --report"])
def test_it_may_be_replaced_where_that_is_said(words, which, tmp_path):
    document = tmp_path / "document"
    document.write_bytes(b"of yesterday")
    command = [str(word) for word in (*words[which], which.split()[1], document, "--overwrite")]
    assert main(command) in {0, 1}  # what the command found is not the question here
    assert document.read_bytes() != b"of yesterday"

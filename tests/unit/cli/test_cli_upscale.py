"""`adaptsr upscale`: what it tells of how each photo was made."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.cli.program import main
from engine.imaging.reading import read_photo
from engine.upscaling.inference.openvino_network import has_openvino
from tests.cli_samples import run_json, write_backbone


@pytest.fixture
def words(tmp_path):
    write_backbone(tmp_path / "tiny.safetensors")
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "p.png")
    return [
        *("upscale", str(tmp_path / "p.png"), "--out", str(tmp_path / "out")),
        *("--backbone", str(tmp_path / "tiny.safetensors"), "--device", "cpu"),
    ]


def test_it_says_what_computed_each_photo(words, capsys):
    code, result = run_json(capsys, *words, "--backend", "torch")
    assert code == 0
    (done,) = result["done"]
    assert done["backend"] == "torch"
    assert done["arithmetic"] in {"fp32", "bf16"}
    assert 0 <= done["mean_error_255"] <= 0.25
    assert done["output"].endswith("x2.png")


@pytest.mark.skipif(not has_openvino(), reason="OpenVINO is not installed")
def test_openvino_can_be_asked_for(words, capsys):
    assert main([*words, "--backend", "openvino"]) == 0
    assert "OpenVINO, float32" in capsys.readouterr().out


def test_another_backend_is_a_wrong_setting(words, capsys):
    code, result = run_json(capsys, *words, "--backend", "abacus")
    assert (code, result["error"]["kind"]) == (1, "ConfigError")


def test_a_size_and_a_depth_can_be_asked_for(words, capsys):
    code, result = run_json(capsys, *words, "--target", "45px", "--bit-depth", "16")
    assert code == 0
    made = read_photo(Path(result["done"][0]["output"]))
    assert made.pixels.shape[:2] == (30, 45)
    assert made.pixels.dtype == np.uint16


def test_the_limit_that_an_error_says_can_be_raised_can_be_raised(words, capsys):
    code, result = run_json(capsys, *words, "--max-pixels", "599")
    assert code == 1
    assert "Raise the limit" in result["failed"][0]["reason"]
    assert run_json(capsys, *words, "--max-pixels", "600")[0] == 0


def test_a_path_may_begin_at_home_wherever_it_is_written(words, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    code, result = run_json(capsys, *words, "--out", "~/made")
    assert code == 0
    assert result["done"][0]["output"].startswith(str(tmp_path / "made"))

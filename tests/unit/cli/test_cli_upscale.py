"""`adaptsr upscale`: what it tells of how each photo was made."""

import numpy as np
import pytest
from PIL import Image

from engine.cli.program import main
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

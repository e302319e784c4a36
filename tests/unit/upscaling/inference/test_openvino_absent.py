"""Everything works without OpenVINO, as in the environment of the tests that lacks it."""

import sys

import pytest
import torch

from engine.config.upscaling import UpscaleSettings
from engine.errors import ConfigError
from engine.upscaling.inference.fast_network import FastNetwork
from engine.upscaling.inference.openvino_choice import check_backend
from engine.upscaling.inference.openvino_network import OpenVinoError, OpenVinoNetwork, has_openvino
from tests.tiny_backbones import tiny_backbone

LR = torch.rand(1, 3, 20, 24)


@pytest.fixture
def absent(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "openvino"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "openvino", None)


def settings(tmp_path, **changes):
    return UpscaleSettings(sources=(tmp_path,), out=tmp_path, **changes)


def check_without(tmp_path):
    assert not has_openvino()
    check_backend(settings(tmp_path))
    check_backend(settings(tmp_path, backend="torch"))
    with pytest.raises(ConfigError, match="not installed"):
        check_backend(settings(tmp_path, backend="openvino"))
    backbone = tiny_backbone("EDSR")
    network = FastNetwork(backbone, precision="fp32")
    assert network.choose([LR], (9000, 9000)).backend == "torch"
    assert (network.run(LR) - backbone(LR)).abs().max() < 1e-5
    with pytest.raises(OpenVinoError):
        OpenVinoNetwork(backbone).run(LR)


@pytest.mark.usefixtures("absent")
def test_without_openvino_pytorch_does_the_work(tmp_path):
    check_without(tmp_path)


@pytest.mark.skipif(has_openvino(), reason="OpenVINO is installed")
def test_where_openvino_is_not_installed_pytorch_does_the_work(tmp_path):
    check_without(tmp_path)


@pytest.mark.skipif(not has_openvino(), reason="OpenVINO is not installed")
def test_openvino_is_for_the_processor(tmp_path):
    check_backend(settings(tmp_path, backend="openvino"))
    with pytest.raises(ConfigError, match="processor"):
        check_backend(settings(tmp_path, backend="openvino", device="cuda"))

"""OpenVINO beside PyTorch: the same results, stopped and told of the same way, dropped if not."""

import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from engine.backbones.backbone import Backbone
from engine.backbones.building import build_backbone
from engine.cancellation import Cancelled
from engine.imaging.encoders.base import Output
from engine.imaging.metadata import Metadata
from engine.imaging.photo import Photo
from engine.imaging.reading import read_photo
from engine.upscaling.inference.fast_network import FastNetwork
from engine.upscaling.inference.openvino_choice import OpenVinoChoice
from engine.upscaling.inference.openvino_network import OpenVinoError, OpenVinoNetwork, has_openvino
from engine.upscaling.photo.photo_upscaler import PhotoUpscaler
from engine.upscaling.tiles.memory import TileBudget
from tests.tiny_backbones import TINY_OPTIONS, tiny_backbone

pytestmark = pytest.mark.skipif(not has_openvino(), reason="OpenVINO is not installed")

CROP = torch.rand(1, 3, 48, 40, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("architecture", sorted(TINY_OPTIONS))
def test_it_computes_what_pytorch_does_at_any_size(architecture):
    backbone = tiny_backbone(architecture)
    network = OpenVinoNetwork(backbone)
    for size in [(48, 40), (53, 37), (71, 130), (48, 40), (9, 64), (5, 3)]:
        lr = torch.rand(1, 3, *size)
        sr = network.run(lr)
        assert sr.shape == (1, 3, 2 * size[0], 2 * size[1])
        assert (sr - backbone(lr)).abs().max() < 1e-5


@pytest.fixture(scope="module")
def heavy():
    """A network that takes long enough on 384 x 384 pixels to be stopped meanwhile."""
    return build_backbone("Compact", scale=2, seed=0, num_feat=64, num_conv=12)


def test_it_can_be_stopped_inside_a_tile_and_run_again(heavy):
    shares, limit = [], 2.0

    def on_share(share):
        shares.append(share)
        if share > limit:
            raise Cancelled

    network = OpenVinoNetwork(heavy, on_share)
    lr = torch.rand(1, 3, 384, 384)
    started = time.monotonic()
    whole = network.run(lr)
    network.run(lr)
    told = [share for share in shares if share > 0]
    assert len(told) > 2
    assert told == sorted(told)
    assert told[-1] <= 1.0
    assert started < time.monotonic()
    limit = 0.1
    shares.clear()
    with pytest.raises(Cancelled):
        network.run(lr)
    assert shares[-1] < 0.9
    limit = 2.0
    assert torch.equal(network.run(lr), whole)


def test_it_can_be_stopped_while_it_is_compiled():
    stopped = []

    def on_share(_share):
        if not stopped:
            stopped.append(1)
            raise Cancelled

    backbone = tiny_backbone("SwinIR")
    network = OpenVinoNetwork(backbone, on_share)
    with pytest.raises(Cancelled):
        network.run(CROP)
    assert (network.run(CROP) - backbone(CROP)).abs().max() < 1e-5


class Odd(nn.Module):
    """Uses what OpenVINO does not have; the result is what comes in."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1, bias=False)
        nn.init.dirac_(self.conv.weight)

    def forward(self, x):
        return self.conv(x) + 0 * torch.linalg.eigvals(x[0, 0, :2, :2]).real.sum()


class Sized(Odd):
    """Computes something else on what is wide."""

    def __init__(self, limit_px):
        super().__init__()
        self.limit_px = limit_px

    def forward(self, x):
        return self.conv(x) * (0.5 if x.shape[-1] > self.limit_px else 1.0)


def test_what_openvino_cannot_compute_is_computed_by_pytorch_and_that_is_told():
    backbone = Backbone("test", "custom", Odd(), 1)
    with pytest.raises(OpenVinoError):
        OpenVinoNetwork(backbone).run(CROP)
    network = FastNetwork(backbone, backend="openvino", precision="fp32")
    assert network.choose([CROP], (48, 40)).backend == "torch"
    assert "OpenVINO" in network.notice
    assert torch.allclose(network.run(CROP), CROP)
    network.choose([CROP], (48, 40))
    assert not network.notice


def test_a_network_that_is_wrong_on_the_crops_is_left_to_pytorch():
    network = FastNetwork(Backbone("test", "custom", Sized(39), 1), backend="openvino")
    assert network.choose([CROP], (48, 40)).backend == "torch"
    assert torch.allclose(network.run(CROP), CROP / 2)


def test_a_network_that_is_wrong_on_tiles_is_left_to_pytorch():
    network = FastNetwork(Backbone("test", "custom", Sized(100), 1), backend="openvino")
    assert network.choose([CROP], (300, 200)).backend == "openvino"
    tile = torch.rand(1, 3, 150, 200)
    assert torch.allclose(network.run(tile), tile / 2, atol=1e-6)
    assert network.fidelity.backend == "torch"
    assert "OpenVINO" in network.notice


def choice_of(backbone, **options):
    return OpenVinoChoice(backbone, backbone, lambda _share: None, **options)


def slowly(lr):
    """Stand for a PyTorch that takes half a second for any tile."""
    until = time.process_time() + 0.5
    while time.process_time() < until:
        pass
    return lr


def test_nothing_is_compiled_for_photos_that_are_done_in_no_time():
    choice = choice_of(tiny_backbone("Compact"))
    assert not choice.pays((1000, 1000), "fp32", slowly, 1e-6)
    assert choice.network._model is None


def test_it_is_used_where_it_saves_more_than_compiling_costs():
    choice = choice_of(tiny_backbone("Compact"))
    assert choice.pays((3000, 4000), "bf16", slowly, 1e-5)
    assert not choice.pays((30, 40), "bf16", slowly, 1e-5)
    assert not choice.pays((3000, 4000), "fp32", lambda lr: lr, 1e-5)
    assert choice_of(tiny_backbone("Compact"), always=True).pays((2, 2), "fp32", slowly, 1e-5)


def test_photos_of_one_size_in_a_row_share_the_cost_of_compiling():
    choice = choice_of(tiny_backbone("Compact"))
    assert choice.pays((3000, 4000), "fp32", slowly, 1e-5)  # now it knows what it saves
    # Rows of one pixel: some hundred pixels are all that compiling costs, and whole rows of more
    # would round too far.
    width = int(choice.network.compile_s / choice._saved_s_per_px["fp32"] / 3.5)

    def pays(width):
        return choice.pays((1, width), "fp32", slowly, 1e-5)

    assert [pays(width) for _ in range(5)] == [False] * 3 + [True] * 2
    assert not pays(width + 1)
    assert not pays(width)


@pytest.mark.parametrize("architecture", ["SAFMN", "SwinIR"])
def test_a_photo_is_the_same_with_either(tmp_path, architecture):
    pixels = np.random.default_rng(0).integers(0, 65536, (150, 170, 3), np.uint16)
    photo = Photo(pixels, None, Metadata(), Path("in.png"), "PNG")
    output = Output("PNG", 340, 300, channels=3, bit_depth=16)
    results, found = {}, {}
    for backend in ("torch", "openvino"):
        upscaler = PhotoUpscaler(
            tiny_backbone(architecture),
            precision="fp32",
            backend=backend,
            budget=TileBudget(side_px=128),
        )
        path = tmp_path / f"{backend}.png"
        shares = []
        results[backend] = upscaler.upscale(photo, path, output, on_progress=shares.append)
        assert shares == sorted(shares)
        found[backend] = read_photo(path).pixels.astype(int)
    assert results["openvino"].fidelity.backend == "openvino"
    assert results["openvino"].fidelity.description == "OpenVINO, float32"
    assert results["openvino"].fidelity.max_abs_error < 1e-5
    assert results["torch"].fidelity.backend == "torch"
    assert np.abs(found["torch"] - found["openvino"]).max() <= 1e-5 * 65535 + 1


def run_python(script, **environment):
    """Run a script in a process of its own, which ends with 0."""
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=Path(__file__).parents[4],
        env={"PATH": "", "OMP_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def test_it_reports_nothing_to_its_makers(tmp_path):
    run_python(
        """
        import socket, sys, torch
        def refuse(*_): raise SystemExit("the network was used")
        socket.socket.connect = socket.getaddrinfo = refuse
        from engine.upscaling.inference.openvino_network import OpenVinoNetwork
        from tests.tiny_backbones import tiny_backbone
        OpenVinoNetwork(tiny_backbone("Compact")).run(torch.rand(1, 3, 20, 20))
        assert sys.modules["openvino_telemetry"] is None
        """,
        HOME=str(tmp_path),
    )
    assert not any((tmp_path / name).exists() for name in ("intel", "Intel Corporation"))


@pytest.mark.skipif(sys.platform != "linux", reason="limits its own memory as Linux does")
def test_too_little_memory_is_no_crash():
    run_python(
        """
        import resource, torch
        from engine.backbones.building import build_backbone
        from engine.upscaling.inference.openvino_network import OpenVinoError, OpenVinoNetwork
        backbone = build_backbone("Compact", scale=2, num_feat=64, num_conv=2)
        network = OpenVinoNetwork(backbone)
        network.run(torch.rand(1, 3, 20, 20))
        lr = torch.rand(1, 3, 1400, 1400)
        pages = int(open("/proc/self/statm").read().split()[0])
        limit = pages * resource.getpagesize() + (400 << 20)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        try:
            network.run(lr)
        except OpenVinoError:
            pass
        else:
            raise SystemExit("it had enough memory")
        """
    )

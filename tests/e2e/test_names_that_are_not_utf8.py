"""Names that are not UTF-8, as old archives and network drives hold them, stop no command."""

import os
import sys

import pytest
from PIL import Image

from engine.backbones.loading import save_backbone
from engine.cli import main
from engine.imaging.resampling import downsample_bicubic_uint8
from tests.photo_samples import scene
from tests.registration_samples import Camera
from tests.registration_samples import scene as registration_scene
from tests.tiny_backbones import faithful_backbone

if sys.platform == "win32":
    pytest.skip("names are Unicode on Windows", allow_module_level=True)

ODD = os.fsdecode(b"f\xeate")


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """A folder, its photos and a network, all of such names."""
    root = tmp_path_factory.mktemp("odd") / ODD
    for index in range(4):
        hr = scene(96, 96, seed=index)
        for side, pixels in (("HR", hr), ("LR", downsample_bicubic_uint8(hr, 2))):
            path = root / "pairs" / side / f"{ODD}{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                Image.fromarray(pixels).save(file, "PNG")
    save_backbone(faithful_backbone(), root.parent / "net.safetensors")
    os.replace(root.parent / "net.safetensors", root / f"{ODD}.safetensors")  # noqa: PTH105
    return root


def run(capfd, *words):
    code = main([str(word) for word in words])
    said = capfd.readouterr()
    assert code == 0, said.err[-2000:]
    return said.out


def test_a_network_of_such_a_name_is_read(odd, capfd):
    run(capfd, "sites", odd / f"{ODD}.safetensors")
    run(capfd, "models", "add", odd / f"{ODD}.safetensors", "--name", "plain")


def test_photos_are_upscaled_twice_over(odd, capfd, tmp_path):
    out = tmp_path / ODD
    words = ("upscale", odd / "pairs" / "LR", "--out", out, "--backbone", "safmn-x2", "--json")
    run(capfd, *words)
    assert len(list(out.glob("[!.]*"))) == 4
    run(capfd, *words)
    assert len(list(out.glob("[!.]*"))) == 4


def test_pairs_are_checked_registered_learnt_from_and_measured(odd, capfd, tmp_path):
    pairs, net = odd / "pairs", odd / f"{ODD}.safetensors"
    run(capfd, "data", "check", pairs)
    short = ("--steps", 2, "--batch", 1, "--patch", 16, "--val", 1, "--score-batches", 1)
    out = tmp_path / ODD
    where = ("--pairs", pairs, "--scale", 2)
    run(capfd, "adapt", "--backbone", net, *where, "--out", out, "--name", "phone", *short)
    run(capfd, "evaluate", "--profile", out, *where)
    run(capfd, "export", out, "--out", tmp_path / f"{ODD}.safetensors")
    run(capfd, "score", "--backbone", net, *where, "--out", tmp_path / f"{ODD}.json")


@pytest.mark.parametrize("match", ["name", "content"])
def test_photos_of_such_names_are_registered_twice_over(tmp_path, capfd, match):
    camera = Camera(zoom=0.55)
    for name in ("astronaut", "coffee"):
        whole = registration_scene(name)
        for side, pixels in (("a", camera.photograph(whole)), ("b", whole)):
            path = tmp_path / ODD / side / f"{ODD}{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                Image.fromarray(pixels).save(file, "PNG")
    sides = (tmp_path / ODD / "a", tmp_path / ODD / "b")
    for _ in range(2):
        run(capfd, "data", "register", *sides, "--scale", 2, "--out", tmp_path / f"{ODD}-p",
            "--match", match, "--min-part", 48)  # fmt: skip
    assert len(list((tmp_path / f"{ODD}-p" / "LR").iterdir())) == 2


@pytest.mark.parametrize("ending", [".onnx", "-x2.param", ".dtmodel"])
def test_networks_are_exported_under_such_names(odd, capfd, tmp_path, ending):
    for package in ("onnx", "onnxruntime", "ncnn", "pnnx"):
        pytest.importorskip(package, reason="the extra `export` is not installed")
    net, out = odd / f"{ODD}.safetensors", tmp_path / f"{ODD}{ending}"
    run(capfd, "export", "--backbone", net, "--out", out)
    assert out.stat().st_size > 0

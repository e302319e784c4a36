import zipfile
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.backbones.backbone import Backbone
from engine.backbones.building import BuildableArchitecture
from engine.backbones.loading import backbone_from_module
from engine.errors import ConfigError, ExportError
from engine.exporting.formats import EXPORTERS, find_exporter
from engine.exporting.ncnn_files import UPSCAYL_LAYERS, check_scale_in_name
from engine.exporting.ncnn_graph import parse_layers
from engine.exporting.onnx_file import open_onnx, write_onnx
from engine.exporting.packages import optional_package
from engine.exporting.verification import largest_photo_difference, photo_pieces
from tests.tiny_backbones import TINY_OPTIONS, tiny_backbone

onnxruntime = pytest.importorskip("onnxruntime", reason="the extra `export` is not installed")
pytest.importorskip("ncnn", reason="the extra `export` is not installed")

SIZES_PX = ((50, 43), (16, 97), (64, 48))  # the first is the one graphs are recorded with
CONVOLUTIONAL = ("SAFMN", "EDSR", "Compact", "ESRGAN")


def strong(architecture: BuildableArchitecture, scale: int = 2) -> Backbone:
    """Return a tiny network whose masks, norms and windows show in its results."""
    backbone = tiny_backbone(architecture, scale=scale)
    with torch.no_grad():
        for parameter in backbone.module.parameters():
            if parameter.ndim > 1:
                parameter.mul_(1.5)
            else:
                parameter.add_(torch.linspace(-0.1, 0.1, parameter.numel()))
    return backbone


def written(format_name: str, backbone: Backbone, folder: Path) -> Path:
    exporter = EXPORTERS.get(format_name)
    path = folder / f"network-x{backbone.scale}{exporter.suffix}"
    exporter.write(backbone, path, "My Phone 5")
    return path


def difference(format_name: str, backbone: Backbone, path: Path) -> float:
    run = EXPORTERS.get(format_name).open(path, backbone.scale)
    return largest_photo_difference(backbone, run, SIZES_PX)


def assert_upscayl_can_load(path: Path) -> None:
    layers = parse_layers(path.read_text())
    assert {layer.kind for layer in layers} <= UPSCAYL_LAYERS
    assert layers[0].outputs == ("data",)
    assert layers[-1].outputs == ("output",)
    blobs = [blob for layer in layers for blob in layer.outputs]
    assert len(blobs) == len(set(blobs)) == int(path.read_text().splitlines()[1].split()[1])


@pytest.mark.parametrize("architecture", TINY_OPTIONS)
@pytest.mark.parametrize("format_name", ["safetensors", "onnx", "ncnn"])
def test_a_written_network_computes_the_same_at_every_size_or_is_refused_in_a_sentence(
    format_name: str, architecture: BuildableArchitecture, tmp_path: Path
) -> None:
    backbone = strong(architecture)
    if format_name == "ncnn" and architecture not in CONVOLUTIONAL:
        with pytest.raises(ExportError, match=f"convolutional networks only, and a {architecture}"):
            written(format_name, backbone, tmp_path)
        assert list(tmp_path.iterdir()) == []
        return
    path = written(format_name, backbone, tmp_path)
    bound = EXPORTERS.get(format_name).tolerance / 5
    assert difference(format_name, backbone, path) <= max(bound, 1e-6)
    if format_name == "ncnn":
        assert_upscayl_can_load(path)


@pytest.mark.parametrize(
    "architecture",
    [
        name if name in CONVOLUTIONAL else pytest.param(name, marks=pytest.mark.slow)
        for name in TINY_OPTIONS
    ],
)
def test_a_darktable_package_computes_the_same_at_every_size(
    architecture: BuildableArchitecture, tmp_path: Path
) -> None:
    backbone = strong(architecture, scale=4 if architecture == "Compact" else 2)
    path = written("darktable", backbone, tmp_path)
    assert difference("darktable", backbone, path) <= 2e-5
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    folder = "upscale-my-phone-5"
    assert names == {f"{folder}/config.json", f"{folder}/model_x{backbone.scale}.onnx"}


@pytest.mark.parametrize("format_name", ["onnx", "ncnn"])
def test_padding_and_value_range_are_part_of_the_file(format_name: str, tmp_path: Path) -> None:
    # Of 1x1 convolutions, so that no zeros at the borders hide where LR was padded.
    module = nn.Sequential(nn.Conv2d(3, 12, 1), nn.MaxPool2d(5), nn.Upsample(scale_factor=5.0))
    module.append(nn.PixelShuffle(2))
    backbone = backbone_from_module(module, scale=2, value_range=255.0, size_multiple=5)
    path = written(format_name, backbone, tmp_path)
    assert difference(format_name, backbone, path) <= 2e-5


def test_onnx_names_its_free_sizes_as_darktable_wants_them(tmp_path: Path) -> None:
    write_onnx(tiny_backbone("EDSR"), tmp_path / "x.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "x.onnx"))
    (lr,), (sr,) = session.get_inputs(), session.get_outputs()
    assert (lr.name, lr.shape, lr.type) == (
        "input",
        ["batch", 3, "height", "width"],
        "tensor(float)",
    )
    assert (sr.name, sr.type) == ("output", "tensor(float)")


def test_an_onnx_file_works_when_darktable_fixes_its_sizes(tmp_path: Path) -> None:
    backbone = strong("SAFMN")
    write_onnx(backbone, tmp_path / "x.onnx")
    options = onnxruntime.SessionOptions()
    for name, size in (("batch", 1), ("batch_size", 1), ("height", 40), ("width", 40)):
        options.add_free_dimension_override_by_name(name, size)
    session = onnxruntime.InferenceSession(str(tmp_path / "x.onnx"), options)
    (lr,) = photo_pieces([(40, 40)])
    (sr,) = session.run(None, {"input": lr.numpy()})
    with torch.no_grad():
        torch.testing.assert_close(torch.from_numpy(sr), backbone(lr), atol=2e-5, rtol=0)


def test_convolutional_networks_take_several_photos_at_once(tmp_path: Path) -> None:
    backbone = strong("SAFMN")
    write_onnx(backbone, tmp_path / "x.onnx")
    two = torch.cat((*photo_pieces([(21, 34)]), *photo_pieces([(21, 34)]).copy()))
    two[1] = two[1].flip(-1)
    with torch.no_grad():
        torch.testing.assert_close(
            open_onnx(tmp_path / "x.onnx")(two), backbone(two), atol=2e-5, rtol=0
        )


class _SpectralNetwork(nn.Module):
    """Uses what no exchange format holds."""

    def forward(self, x: Tensor) -> Tensor:
        spectrum = torch.fft.rfft2(x)
        sr: Tensor = functional.interpolate(
            torch.fft.irfft2(spectrum, s=x.shape[-2:]), scale_factor=2
        )
        return sr


class _SizeBlindNetwork(nn.Module):
    """Becomes wrong at other sizes when it is recorded at one."""

    def forward(self, x: Tensor) -> Tensor:
        ramp = torch.linspace(0, 1, int(x.shape[-1]))
        sr: Tensor = functional.interpolate(x * ramp, scale_factor=2)
        return sr


@pytest.mark.parametrize("format_name", ["onnx", "darktable", "ncnn"])
@pytest.mark.parametrize("network", [_SpectralNetwork, _SizeBlindNetwork])
def test_what_a_format_cannot_hold_is_a_sentence_or_seen_by_verification(
    format_name: str, network: type[nn.Module], tmp_path: Path
) -> None:
    backbone = backbone_from_module(network(), scale=2)
    tolerance = EXPORTERS.get(format_name).tolerance
    try:
        found = difference(format_name, backbone, written(format_name, backbone, tmp_path))
    except ExportError as error:
        assert error.what.endswith(".")  # noqa: PT017 - either way is right
    else:
        assert found > 100 * tolerance  # which the job then refuses


@pytest.mark.parametrize("name", ["phone-x2", "2x phone", "Phone_X2_v1"])
def test_upscayl_reads_the_scale_from_the_name(name: str) -> None:
    check_scale_in_name(Path(f"{name}.param"), 2)
    for scale in (3, 4):
        with pytest.raises(ConfigError, match=rf"-x{scale}\.param"):
            check_scale_in_name(Path(f"{name}.param"), scale)


def test_a_name_without_a_scale_means_four_to_upscayl() -> None:
    check_scale_in_name(Path("phone.param"), 4)
    with pytest.raises(ConfigError, match=r"Call it phone-x2\.param"):
        check_scale_in_name(Path("phone.param"), 2)


def test_darktable_has_no_scale_three(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="by 2 or 4, and this network by 3"):
        written("darktable", tiny_backbone("EDSR", scale=3), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_package_is_named_with_what_to_install() -> None:
    with pytest.raises(ExportError, match=r"no_such_package.*adaptsr\[export\]"):
        optional_package("no_such_package", format_name="ONNX")


@pytest.mark.parametrize("name", list(EXPORTERS))
def test_the_ending_tells_the_format(name: str) -> None:
    exporter = EXPORTERS.get(name)
    assert find_exporter("auto", Path(f"a{exporter.suffix.upper()}")) is exporter


def test_an_unknown_ending_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"\.safetensors, \.onnx, \.dtmodel, \.param"):
        find_exporter("auto", Path("a.pth"))


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no zip"])
def test_a_damaged_file_is_an_error_of_ours(damage: bytes, tmp_path: Path) -> None:
    for name in ("onnx", "darktable", "ncnn"):
        path = tmp_path / f"x{EXPORTERS.get(name).suffix}"
        path.write_bytes(damage)
        with pytest.raises(ExportError):
            EXPORTERS.get(name).open(path, 2)

"""Writes a network as ncnn's pair of files, as Upscayl loads them, and runs such a pair."""

import functools
import re
import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.backbones.backbone import Backbone
from engine.errors import ConfigError, ExportError, storage_errors
from engine.exporting.ncnn_graph import format_layers, parse_layers, renamed, with_padding
from engine.exporting.packages import optional_package
from engine.exporting.traceable import TraceableNetwork
from engine.exporting.verification import Runner
from engine.unfinished import scratch_folder

INPUT, OUTPUT = "data", "output"
"""Blobs of the networks that come with Upscayl; older versions of it know no other names."""

UPSCAYL_LAYERS = frozenset(
    {
        "BinaryOp",
        "Cast",
        "Clip",
        "Concat",
        "Convolution",
        "ConvolutionDepthWise",
        "Crop",
        "Deconvolution",
        "Eltwise",
        "Flatten",
        "GELU",
        "InnerProduct",
        "Input",
        "Interp",
        "LayerNorm",
        "MemoryData",
        "PReLU",
        "Packing",
        "Padding",
        "Permute",
        "PixelShuffle",
        "Pooling",
        "ReLU",
        "Reduction",
        "Reorg",
        "Reshape",
        "Sigmoid",
        "Slice",
        "Split",
        "Swish",
    }
)
"""Layers Upscayl's copy of ncnn was built with; it cannot load a network that uses another."""

_CONVERTER_TIMEOUT_S = 600


def bin_path(path: Path) -> Path:
    """Return where the weights of a .param file are."""
    return path.with_suffix(".bin")


def check_scale_in_name(path: Path, scale: int) -> None:
    """Refuse a file name from which Upscayl would read another scale than the network's.

    Raises:
        ConfigError: If it would.
        ExportError: If Upscayl has no such scale.
    """
    if scale not in {2, 3, 4}:
        raise ExportError(
            f"Upscayl upscales by 2, 3 or 4, and this network by {scale}.",
            remedy="Export a network of another scale.",
        )
    name = path.stem.lower()
    read = next((n for n in (2, 3) if f"x{n}" in name or f"{n}x" in name), 4)
    if read != scale:
        bare = re.sub(r"[-_ ]?(x[234]|[234]x)", "", path.stem, flags=re.IGNORECASE) or "network"
        raise ConfigError(
            f"Upscayl reads the scale from the file's name, and this one says {read} where the "
            f"network has {scale}.",
            path=path,
            remedy=f"Call it {bare}-x{scale}{path.suffix}.",
        )


def write_ncnn(backbone: Backbone, path: Path) -> None:
    """Write a network as a .param file and its .bin: float32 RGB in [0, 1], "data" to "output".

    Takes photos of any size from 16 pixels; padding and value range are part of the network.

    Args:
        backbone: Without adapters.
        path: Ends in .param; not verified here.

    Raises:
        ExportError: If the network is not convolutional or has layers Upscayl lacks, or a package
            is missing.
        StorageError: If the disk is full, gone or not writable.
    """
    if not backbone.is_convolutional:
        raise ExportError(
            f"Upscayl runs convolutional networks only, and a {backbone.architecture} network "
            "is of another kind.",
            path=backbone.path,
            remedy="Export it as ONNX or safetensors, or choose another network.",
        )
    converter = optional_package("pnnx", format_name="ncnn").EXEC_PATH
    multiple = backbone.size_multiple
    module = TraceableNetwork(backbone, any_size=False)
    _normalise_by_convolution(module)
    with storage_errors(path), scratch_folder() as folder:
        smaller, larger = (
            (max(multiple, 8) * rows, max(multiple, 8) * columns)
            for rows, columns in ((4, 3), (5, 7))
        )
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # as for ONNX, verification is for that
            example = torch.rand(1, 3, *smaller)
            torch.jit.trace(module, example, check_trace=False).save(folder / "network.pt")
        _convert(converter, folder, (smaller, larger), backbone)
        layers = parse_layers((folder / "network.ncnn.param").read_text("utf-8"))
        unknown = sorted({layer.kind for layer in layers} - UPSCAYL_LAYERS)
        if unknown:
            raise ExportError(
                f"Upscayl cannot run a {backbone.architecture} network: it lacks "
                f"{', '.join(unknown)}.",
                path=backbone.path,
                remedy="Export it as ONNX or safetensors, or choose another network.",
            )
        if multiple > 1:
            layers = with_padding(
                layers, source=INPUT, result=OUTPUT, multiple=multiple, scale=backbone.scale
            )
        else:
            layers = renamed(layers, {"in0": INPUT, "out0": OUTPUT})
        bin_path(path).write_bytes((folder / "network.ncnn.bin").read_bytes())
        path.write_text(format_layers(layers), "utf-8", newline="\n")


def open_ncnn(path: Path) -> Runner:
    """Return a function that runs a .param file and its .bin with ncnn on the CPU in float32.

    Raises:
        ExportError: If the package is missing, or, here or when run, if the files do not work.
    """
    ncnn = optional_package("ncnn", format_name="ncnn")
    network = ncnn.Net()
    options = network.opt
    options.use_vulkan_compute = False
    options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
    options.use_bf16_storage = False
    options.num_threads = max(torch.get_num_threads(), 1)
    # Copied, because ncnn takes no names that are not UTF-8.
    with storage_errors(path), scratch_folder() as folder:
        if not path.is_file() or not bin_path(path).is_file():
            raise _does_not_work(path)
        copy = folder / "network.param"
        shutil.copyfile(path, copy)
        shutil.copyfile(bin_path(path), bin_path(copy))
        if network.load_param(str(copy)) or network.load_model(str(bin_path(copy))):
            raise _does_not_work(path)

    def run(lr: Tensor) -> Tensor:
        extractor = network.create_extractor()
        # A copy, because a Mat only borrows the numbers of an array.
        lent = np.ascontiguousarray(lr[0].numpy())
        matrix = ncnn.Mat(lent).clone()
        extractor.input(INPUT, matrix)
        code, result = extractor.extract(OUTPUT)
        if code:
            raise _does_not_work(path)
        return torch.from_numpy(np.array(result))[None]

    return run


def _convert(
    converter: str, folder: Path, sizes_px: tuple[tuple[int, int], ...], backbone: Backbone
) -> None:
    # Two sizes, so that the converter sees which numbers are sizes. It writes beside its input.
    shapes = [f"[1,3,{height},{width}]f32" for height, width in sizes_px]
    command = [
        converter,
        "network.pt",
        f"inputshape={shapes[0]}",
        f"inputshape2={shapes[1]}",
        "fp16=0",
        "ncnnparam=network.ncnn.param",
        "ncnnbin=network.ncnn.bin",
    ]
    try:
        done = subprocess.run(  # noqa: S603 - a program of a package, with our own arguments
            command,
            cwd=folder,
            capture_output=True,
            check=False,
            timeout=_CONVERTER_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
        )
        failed = done.returncode != 0
    except subprocess.TimeoutExpired:
        failed = True
    if failed or not (folder / "network.ncnn.param").is_file():
        raise ExportError(
            f"An ncnn file cannot hold a {backbone.architecture} network: it has operations the "
            "format does not know.",
            path=backbone.path,
            remedy="Export it as ONNX or safetensors, or choose another network.",
        )


def _normalise_by_convolution(module: nn.Module) -> None:
    """Compute layer norms over channels as convolutions, which every graphics card runs; in place."""
    for child in module.modules():
        is_layer_norm = type(child).__name__ in {"LayerNorm", "LayerNorm2d"}
        if is_layer_norm and getattr(child, "data_format", None) == "channels_first":
            child.__dict__["forward"] = functools.partial(_layer_norm, child)


def _layer_norm(norm: nn.Module, x: Tensor) -> Tensor:
    weight, bias = norm.get_parameter("weight"), norm.get_parameter("bias")
    channels = weight.numel()
    mean = torch.full((channels, channels, 1, 1), 1 / channels)
    less_mean = functional.conv2d(x, torch.eye(channels)[..., None, None] - mean)
    variance = functional.conv2d(less_mean * less_mean, mean)
    normed = less_mean * (variance + float(getattr(norm, "eps"))) ** -0.5  # noqa: B009 - typed Any
    return functional.conv2d(normed, weight.view(channels, 1, 1, 1), bias, groups=channels)


def _does_not_work(path: Path) -> ExportError:
    return ExportError("The exported ncnn network does not run; it was not kept.", path=path)

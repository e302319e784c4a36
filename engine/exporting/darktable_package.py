"""Writes a network as darktable's AI model package for neural restore, and runs what is in one.

A package is a zip of one folder, which is the model's id, with a `config.json` and one ONNX file
for each scale: `model_x2.onnx`, `model_x4.onnx`. darktable feeds float32 sRGB in [0, 1] of shape
(1, 3, H, W) in square tiles and names the free sizes "height" and "width". Read from darktable's
own sources (see docs/exporting.md); darktable itself was not run.
"""

import json
import re
import zipfile
from pathlib import Path

from engine.backbones.backbone import Backbone
from engine.errors import ExportError, storage_errors
from engine.exporting.onnx_file import open_onnx, write_onnx
from engine.exporting.verification import Runner
from engine.unfinished import scratch_folder

SCALES = (2, 4)
_CONFIG = "config.json"
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the same network gives the same bytes


def model_id(name: str) -> str:
    """Return the id of a model, and the name of its folder, as darktable names them."""
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"upscale-{words.removeprefix('upscale-') or 'adaptsr'}"


def write_dtmodel(backbone: Backbone, path: Path, name: str) -> None:
    """Write a network as a .dtmodel.

    Args:
        backbone: Without adapters; of scale 2 or 4.
        path: The file; not verified here.
        name: What darktable's list of models shows; the id is made of it.

    Raises:
        ExportError: If darktable has no use for this scale, or ONNX cannot hold the network.
        StorageError: If the disk is full, gone or not writable.
    """
    if backbone.scale not in SCALES:
        raise ExportError(
            f"darktable upscales by 2 or 4, and this network by {backbone.scale}.",
            path=backbone.path,
            remedy="Export a network of scale 2 or 4.",
        )
    identity = model_id(name)
    config = {
        "id": identity,
        "name": name,
        "description": f"Upscaling x{backbone.scale} adapted by AdaptSR",
        "task": "upscale",
        "arch": backbone.architecture.lower(),
        "backend": "onnx",
        "version": "1.0",
        "tiling": True,
        "num_inputs": 1,
        "spatial_dims": ["height", "width"],
        "model_card": {
            "long_description": f"A {backbone.architecture} network of scale {backbone.scale}, "
            "written by AdaptSR and checked against the original on a photo.",
            "scope": f"image upscaling ({backbone.scale}x)",
        },
    }
    with storage_errors(path), scratch_folder() as folder:
        model = folder / _model_name(backbone.scale)
        write_onnx(backbone, model)
        with zipfile.ZipFile(path, "w") as archive:
            _add(archive, f"{identity}/{_CONFIG}", json.dumps(config, indent=4).encode() + b"\n")
            _add(archive, f"{identity}/{model.name}", model.read_bytes())


def open_dtmodel(path: Path, scale: int) -> Runner:
    """Return a function that runs the ONNX file of a scale in a .dtmodel, found as darktable does.

    Raises:
        ExportError: If the package is damaged, or its network does not run.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            top = archive.namelist()[0].split("/")[0]
            config = json.loads(archive.read(f"{top}/{_CONFIG}"))
            if config["id"] != top or config["task"] != "upscale":
                raise KeyError(top)
            network = archive.read(f"{top}/{_model_name(scale)}")
    except (zipfile.BadZipFile, LookupError, ValueError) as error:
        raise ExportError("The package is damaged.", path=path) from error
    return open_onnx(network)


def _model_name(scale: int) -> str:
    return f"model_x{scale}.onnx"


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _ZIP_DATE)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)

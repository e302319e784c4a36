"""The formats a network can be written in, each with the way to run what was written."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.backbones.backbone import Backbone
from engine.backbones.loading import load_backbone, save_backbone
from engine.errors import ConfigError
from engine.exporting.darktable_package import open_dtmodel, write_dtmodel
from engine.exporting.ncnn_files import bin_path, check_scale_in_name, open_ncnn, write_ncnn
from engine.exporting.onnx_file import open_onnx, write_onnx
from engine.exporting.verification import SIZES_PX, Runner
from engine.registry import Registry


def _no_check(_path: Path, _scale: int) -> None:
    pass


def _alone(path: Path) -> tuple[Path, ...]:
    return (path,)


@dataclass(frozen=True, slots=True)
class Exporter:
    """A file format.

    Attributes:
        suffix: What its files end in.
        programs: Who reads it, for people.
        write: Writes a network to a path under a name that people see.
        open: Returns a function that runs a written file, given the scale.
        tolerance: Largest absolute difference to the network that is let through, on [0, 1].
        files: All files that belong to a path; the path itself is the last.
        check: Refuses a path and scale the program would not understand.
        sizes_px: Heights and widths of photos a written file is tried with.
    """

    suffix: str
    programs: str
    write: Callable[[Backbone, Path, str], None]
    open: Callable[[Path, int], Runner]
    tolerance: float
    files: Callable[[Path], tuple[Path, ...]] = _alone
    check: Callable[[Path, int], None] = _no_check
    sizes_px: tuple[tuple[int, int], ...] = SIZES_PX


_FLOAT32_TOLERANCE = 1e-4
_ANY_SIZES_PX = (*SIZES_PX, (5, 7))

EXPORTERS: Registry[Exporter] = Registry("export format")
EXPORTERS.add(
    "safetensors",
    Exporter(
        suffix=".safetensors",
        programs="spandrel, chaiNNer, ComfyUI",
        write=lambda backbone, path, _name: save_backbone(backbone, path),
        open=lambda path, _scale: load_backbone(path),
        tolerance=1e-6,  # the same numbers; room for a kernel that sums in another order
        sizes_px=SIZES_PX[:2],
    ),
)
EXPORTERS.add(
    "onnx",
    Exporter(
        suffix=".onnx",
        programs="ONNX Runtime, chaiNNer, OpenVINO",
        write=lambda backbone, path, _name: write_onnx(backbone, path),
        open=lambda path, _scale: open_onnx(path),
        tolerance=_FLOAT32_TOLERANCE,
        sizes_px=_ANY_SIZES_PX,
    ),
)
EXPORTERS.add(
    "darktable",
    Exporter(
        suffix=".dtmodel",
        programs="darktable",
        write=write_dtmodel,
        open=open_dtmodel,
        tolerance=_FLOAT32_TOLERANCE,
        sizes_px=_ANY_SIZES_PX,
    ),
)
EXPORTERS.add(
    "ncnn",
    Exporter(
        suffix=".param",
        programs="Upscayl",
        write=lambda backbone, path, _name: write_ncnn(backbone, path),
        open=lambda path, _scale: open_ncnn(path),
        tolerance=_FLOAT32_TOLERANCE,
        files=lambda path: (bin_path(path), path),
        check=check_scale_in_name,
    ),
)


def find_exporter(format_name: str, out: Path) -> Exporter:
    """Return the format of a name, or for "auto" the one of the file's ending.

    Raises:
        ConfigError: If there is no such format, or its files have another ending.
    """
    if format_name == "auto":
        for name in EXPORTERS:
            if EXPORTERS.get(name).suffix == out.suffix.lower():
                return EXPORTERS.get(name)
        endings = ", ".join(EXPORTERS.get(name).suffix for name in EXPORTERS)
        raise ConfigError(
            "The file's ending does not tell the format.",
            path=out,
            remedy=f"End it in one of {endings}.",
        )
    exporter = EXPORTERS.get(format_name)
    if out.suffix.lower() != exporter.suffix:
        raise ConfigError(
            f"A file of this format ends in {exporter.suffix}.",
            path=out,
            remedy=f"Call it {out.with_suffix(exporter.suffix).name}.",
        )
    return exporter

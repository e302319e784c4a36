"""Writes a network as an ONNX file that takes photos of any size, and runs such a file."""

import contextlib
import io
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.backbones.backbone import Backbone
from engine.errors import ExportError, storage_errors
from engine.exporting.packages import optional_package
from engine.exporting.traceable import TraceableNetwork
from engine.exporting.verification import Runner

OPSET = 17
INPUT, OUTPUT = "input", "output"
_TRACING_FAILURES = (
    RuntimeError,  # torch.onnx's own errors are of this kind
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    AssertionError,
)
_TRACED_SIZE_PX = (50, 43)
"""Of the example the graph is recorded with: multiples of nothing, so that padding is in it."""


def write_onnx(backbone: Backbone, path: Path) -> None:
    """Write a network as ONNX: float32 RGB in [0, 1], "input" to "output", NCHW.

    Height and width are free ("height", "width"). The batch is free ("batch") for convolutional
    networks and 1 for others, whose attention windows are counted for one image. Padding to the
    size the network needs and its value range are part of the graph. The result is not clamped.

    Args:
        backbone: Without adapters.
        path: Ends in .onnx; not verified here.

    Raises:
        ExportError: If the network has operations ONNX cannot hold, or a package is missing.
        StorageError: If the disk is full, gone or not writable.
    """
    optional_package("onnx", format_name="ONNX")
    free = {2: "height", 3: "width"}
    if backbone.is_convolutional:
        free |= {0: "batch"}
    scaled = {axis: name if axis == 0 else f"sr_{name}" for axis, name in free.items()}
    module = TraceableNetwork(backbone, any_size=True)
    with storage_errors(path), warnings.catch_warnings():
        # What the recorder warns of, that sizes became constants, is what verification is for.
        warnings.simplefilter("ignore")
        # It prints the graph when it fails.
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                with torch.no_grad():
                    torch.onnx.export(
                        module,
                        (torch.rand(1, 3, *_TRACED_SIZE_PX),),
                        path,
                        # The other one, measured: ten times as slow, and wrong for SwinIR.
                        dynamo=False,
                        opset_version=OPSET,
                        input_names=[INPUT],
                        output_names=[OUTPUT],
                        dynamic_axes={INPUT: free, OUTPUT: scaled},
                    )
            except _TRACING_FAILURES as error:
                raise cannot_hold(backbone, "An ONNX file") from error


def open_onnx(path_or_bytes: Path | bytes) -> Runner:
    """Return a function that runs an ONNX file with ONNX Runtime on the CPU.

    Raises:
        ExportError: If the package is missing, or, here or when run, if the file does not work.
    """
    runtime = optional_package("onnxruntime", format_name="ONNX")
    state = optional_package("onnxruntime.capi.onnxruntime_pybind11_state", format_name="ONNX")
    failures = (
        state.Fail,
        state.InvalidArgument,
        state.InvalidGraph,
        state.InvalidProtobuf,
        state.NotImplemented,
        state.RuntimeException,
    )
    # As bytes: the runtime takes no names that are not UTF-8.
    source = path_or_bytes if isinstance(path_or_bytes, bytes) else path_or_bytes.read_bytes()
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = torch.get_num_threads()
    try:
        session: Any = runtime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except failures as error:
        raise _does_not_work() from error

    def run(lr: Tensor) -> Tensor:
        try:
            (sr,) = session.run([OUTPUT], {INPUT: lr.numpy()})
        except failures as error:
            raise _does_not_work() from error
        return torch.from_numpy(sr)

    return run


def cannot_hold(backbone: Backbone, what: str) -> ExportError:
    """Return the error for a network of a kind that a format has no way to describe."""
    return ExportError(
        f"{what} cannot hold a {backbone.architecture} network: it has operations the format "
        "does not know.",
        path=backbone.path,
        remedy="Export it as safetensors, or choose another network.",
    )


def _does_not_work() -> ExportError:
    return ExportError(
        "The exported network does not run at every photo size; it was not kept.",
        remedy="Export it as safetensors, or choose another network.",
    )

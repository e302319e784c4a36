"""Runs a network's float32 with OpenVINO, where that optional package is installed."""

import contextlib
import copy
import importlib
import importlib.util
import sys
import time
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import ModuleType
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.jit._trace import TracerWarning

from engine.backbones.backbone import Backbone
from engine.upscaling.inference.receptive_field import size_grid
from engine.upscaling.inference.torch_network import OnShare, ignore_share
from engine.upscaling.tiles.tiling import round_up

_RECORDED_SIDE_PX = 32
_KEPT_SIZES = 3
_LOOK_EVERY_MS = 50
_FAILURES = (
    *(RuntimeError, MemoryError, ImportError, OSError),
    *(TypeError, ValueError, LookupError, AttributeError),
)
"""What recording, converting and running may raise for a network that does not suit."""


class OpenVinoError(Exception):
    """OpenVINO cannot compute a network, for whatever reason; PyTorch can."""


def has_openvino() -> bool:
    """Return whether the package is there; it is not loaded."""
    return importlib.util.find_spec("openvino") is not None


class OpenVinoNetwork:
    """A network compiled for the processor, once for every size of tile.

    It is recorded on one small input and then set to the size of each tile, of which a photo has
    one. A network that keeps sizes it saw in the recording fails then, or computes something else:
    the caller compares it with PyTorch.

    Attributes:
        compile_s: Processor seconds that the last compiling for a size took.
    """

    def __init__(self, backbone: Backbone, on_share: OnShare = ignore_share) -> None:
        """Prepare; nothing is recorded or compiled yet.

        Args:
            backbone: On the CPU; left as it is.
            on_share: Called many times a second, also while compiling.
        """
        self.compile_s = 0.0
        self._on_share = on_share
        self._recorded = backbone.clone().to("cpu")
        self._padding = copy.copy(self._recorded)  # all that is done around the module
        self._padding.run = self._compute
        self._model: Any = None
        self._compiled: OrderedDict[tuple[int, int], Any] = OrderedDict()
        self._seconds_per_px: float | None = None
        self._under_way: Future[Any] | None = None

    def run(self, lr: Tensor) -> Tensor:
        """Upscale.

        Args:
            lr: RGB in [0, 1], float32, on the CPU, shape (1, 3, H, W).

        Returns:
            float32, shape (1, 3, H * scale, W * scale), not clamped.

        Raises:
            OpenVinoError: If OpenVINO cannot do it.
        """
        with torch.inference_mode():
            return self._padding(lr)

    def _compute(self, _module: nn.Module, padded: Tensor) -> Tensor:
        compiled = self._compiled_for((padded.shape[2], padded.shape[3]))
        openvino = _load()
        with _failures():
            sr = torch.empty(tuple(compiled.output(0).shape))
            request = compiled.create_infer_request()
            lr = padded.contiguous()
            request.set_input_tensor(0, openvino.Tensor(lr.numpy(), shared_memory=True))
            request.set_output_tensor(0, openvino.Tensor(sr.numpy(), shared_memory=True))
            request.start_async()
        started = time.monotonic()
        expected_s = (self._seconds_per_px or float("inf")) * padded[0, 0].numel()
        try:
            while not _is_done(request):
                self._on_share(min(1.0, (time.monotonic() - started) / expected_s))
        except BaseException:
            request.cancel()
            with contextlib.suppress(RuntimeError):  # it says that it was cancelled
                request.wait()
            raise
        self._seconds_per_px = (time.monotonic() - started) / padded[0, 0].numel()
        return sr

    def _compiled_for(self, size: tuple[int, int]) -> Any:
        """Return the network for LR of this height and width; memory of the others is let go."""
        last = next(reversed(self._compiled), None)
        if last not in {None, size}:
            self._compiled[last].release_memory()
        if size not in self._compiled:
            while len(self._compiled) >= _KEPT_SIZES:
                self._compiled.popitem(last=False)
            with warnings.catch_warnings():
                # The recorder warns of itself, and of sizes that become constants. No more than
                # that, because filters are all threads'.
                warnings.filterwarnings("ignore", category=TracerWarning)
                warnings.filterwarnings("ignore", "`torch.jit.trace", FutureWarning)
                if self._model is None:
                    self._model = self._while_telling(self._convert)
                started = time.process_time()
                self._compiled[size] = self._while_telling(lambda: self._compile(size))
                self.compile_s = time.process_time() - started
        self._compiled.move_to_end(size)
        return self._compiled[size]

    def _while_telling(self, work: Callable[[], Any]) -> Any:
        """Return what `work` returns; when stopped it is left to end by itself, in seconds.

        What comes next waits for that, because both change the same model.
        """
        pool = ThreadPoolExecutor(1, thread_name_prefix="openvino")
        try:
            self._under_way = future = pool.submit(_after, self._under_way, work)
            while not wait([future], timeout=_LOOK_EVERY_MS / 1000).done:
                self._on_share(0.0)
            self._under_way = None
            return future.result()
        finally:
            pool.shutdown(wait=False)

    def _convert(self) -> Any:
        openvino = _load()
        with _failures(), torch.inference_mode():
            decoders = importlib.import_module("openvino.frontend.pytorch.ts_decoder")
            recording = torch.jit.trace(
                _Recorded(self._recorded), self._example(), check_trace=False
            )
            # Needed until the end of the conversion, which does not hold on to it.
            decoder = decoders.TorchScriptPythonDecoder(recording)
            frontend = openvino.frontend.FrontEndManager().load_by_framework("pytorch")
            try:
                return frontend.convert(frontend.load(decoder))
            except openvino.frontend.OpConversionFailure as error:
                raise RuntimeError(error) from error

    def _example(self) -> Tensor:
        """Return LR of a size no tile is likely to have, its sides unequal where they may be."""
        grid = size_grid(self._recorded)
        side = round_up(max(_RECORDED_SIDE_PX, grid.minimum), grid.multiple)
        return torch.rand(1, 3, side if grid.square else side + grid.multiple, side)

    def _compile(self, size: tuple[int, int]) -> Any:
        openvino = _load()
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": str(torch.get_num_threads()),
            "NUM_STREAMS": "1",
            "ENABLE_CPU_PINNING": "NO",  # other programs and our own threads want a turn too
        }
        with _failures():
            self._model.reshape([1, 3, *size])
            return openvino.Core().compile_model(self._model, "CPU", settings)


class _Recorded(nn.Module):
    """A backbone's module, called as the backbone calls it."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.network = backbone.module
        self._run = backbone.run

    def forward(self, lr: Tensor) -> Tensor:
        return self._run(self.network, lr)


def _after(previous: Future[Any] | None, work: Callable[[], Any]) -> Any:
    if previous is not None:
        wait([previous])
    return work()


def _is_done(request: Any) -> bool:
    with _failures():
        return bool(request.wait_for(_LOOK_EVERY_MS))


def _load() -> Any:
    """Import the package, which takes half a second, without its reports to its makers.

    From the import on it tells them over the network how it is used, unless this part of it is
    not installed. AdaptSR sends nothing anywhere.
    """
    sys.modules.setdefault("openvino_telemetry", cast("ModuleType", None))
    with _failures():
        return importlib.import_module("openvino")


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        raise OpenVinoError(f"OpenVINO: {error}") from error

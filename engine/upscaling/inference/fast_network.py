"""Runs a network as fast as the processor allows without a visible change to its result.

Reduced precision and another backend are used only where they were measured to be faster, and
close enough to PyTorch's float32 on crops of the photo at hand.
"""

import functools
import logging
import weakref
from collections.abc import Callable, Sequence
from typing import Literal

from torch import Tensor

from engine.backbones.backbone import Backbone
from engine.upscaling.inference.fidelity import MAX_MEAN_ERROR, Arithmetic, Backend, Fidelity
from engine.upscaling.inference.openvino_choice import OpenVinoChoice, WantedBackend
from engine.upscaling.inference.openvino_network import OpenVinoError, has_openvino
from engine.upscaling.inference.receptive_field import feather_px, measure_grid, size_grid
from engine.upscaling.inference.torch_network import OnShare, TorchNetwork, ignore_share
from engine.upscaling.tiles.tiling import Grid

_WORTH_IT = 0.95
_log = logging.getLogger(__name__)


class FastNetwork:
    """A backbone's network made ready for one device, beside the original.

    Attributes:
        scale: Integer factor from LR to SR.
        device: Where it runs.
        feather: Half the width over which tiles are blended, in LR pixels.
        size: What LR sizes the network takes.
        fidelity: What `choose` found; PyTorch's float32 before.
        notice: Why the photo at hand was not computed with the backend chosen for it, for the
            user; else empty.
        on_share: Called many times in a run with the share of it that is done; may raise to stop
            it.
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        precision: Literal["auto", "fp32"] = "auto",
        backend: WantedBackend = "auto",
    ) -> None:
        """Prepare the network.

        Args:
            backbone: On the device it is to run on; left as it is.
            precision: "auto" uses less than float32 where a photo shows no difference.
            backend: "auto" uses OpenVINO where it is installed and pays, "openvino" also where it
                does not pay, "torch" never. On the CPU only.
        """
        self.scale = backbone.scale
        self.feather = feather_px(backbone)
        self.size = size_grid(backbone)
        self.fidelity = Fidelity("fp32")
        self.notice = ""
        self.on_share: OnShare = ignore_share
        self._backbone = backbone
        self._precision = precision
        self._backend = backend
        # Weakly, or networks would keep themselves: one is freed when the next is loaded, on the
        # thread at hand, and not by a search for garbage, which would find the window's too.
        told = weakref.WeakMethod(self._tell)

        def tell(share: float) -> None:
            method = told()
            if method is not None:
                method(share)

        self._torch = TorchNetwork(backbone, tell)
        self.device = self._torch.device
        self._torch_fidelity = self.fidelity
        self._openvino: OpenVinoChoice | None = None
        if backend != "torch" and self.device.type == "cpu" and has_openvino():
            always = backend == "openvino"
            self._openvino = OpenVinoChoice(backbone, self._torch.run_exact, tell, always=always)

    def run(self, lr: Tensor) -> Tensor:
        """Upscale with what was chosen.

        Args:
            lr: RGB in [0, 1], float32, shape (1, 3, H, W), on any device.

        Returns:
            float32 on the network's device, shape (1, 3, H * scale, W * scale), not clamped.
        """
        if self.fidelity.backend == "openvino" and self._openvino is not None:
            try:
                return self._openvino.run(lr)
            except OpenVinoError as error:
                self._drop_openvino(error)
        return self._torch.run(self.fidelity.arithmetic, lr)

    def run_exact(self, lr: Tensor) -> Tensor:
        """Upscale with the original network in PyTorch's float32; as `run` otherwise."""
        return self._torch.run_exact(lr)

    @functools.cached_property
    def grid(self) -> Grid:
        """How tiles may lie, measured when first asked for."""
        return measure_grid(self._backbone, lambda lr: self._torch.run("fp32", lr).to("cpu"))

    @property
    def bytes_per_px(self) -> float:
        """What the network takes per LR pixel with the arithmetic in use, measured once.

        For OpenVINO that is what PyTorch would take; it was found to take less.
        """
        return self._torch.bytes_per_px(self.fidelity.arithmetic)

    def choose(self, crops: Sequence[Tensor], size: tuple[int, int] = (0, 0)) -> Fidelity:
        """Choose the fastest that is close enough to PyTorch's float32 on a photo's crops.

        Args:
            crops: LR crops of the photo, each of shape (1, 3, H, W). None chooses float32.
            size: Height and width of the photo, LR pixels.

        Returns:
            What is used from now on, with its error.
        """
        self.notice = ""
        exact = functools.cache(lambda: [self.run_exact(crop) for crop in crops])
        self.fidelity = self._torch_fidelity = self._choose_arithmetic(crops, exact)
        if crops and self._openvino is not None:
            try:
                self._choose_openvino(self._openvino, crops, exact, size)
            except OpenVinoError as error:
                self._drop_openvino(error)
        return self.fidelity

    def to_cpu(self) -> "FastNetwork":
        """Return this network prepared for the CPU; the caller's backbone stays where it is."""
        backbone = self._backbone.clone().to("cpu")
        moved = FastNetwork(backbone, precision=self._precision, backend=self._backend)
        moved.on_share = self.on_share
        return moved

    def _tell(self, share: float) -> None:
        self.on_share(share)

    def _choose_arithmetic(
        self, crops: Sequence[Tensor], exact: Callable[[], list[Tensor]]
    ) -> Fidelity:
        for arithmetic in self._faster if crops else ():
            run = functools.partial(self._torch.run, arithmetic)
            found = _compare(run, crops, exact(), arithmetic, "torch")
            if found is not None:
                return found
        return Fidelity("fp32")

    def _choose_openvino(
        self,
        openvino: OpenVinoChoice,
        crops: Sequence[Tensor],
        exact: Callable[[], list[Tensor]],
        size: tuple[int, int],
    ) -> None:
        arithmetic, seconds_per_px = self.fidelity.arithmetic, self._torch.seconds_per_px
        run = functools.partial(self._torch.run, arithmetic)
        torch_s = seconds_per_px.get(arithmetic, seconds_per_px["fp32"])
        if not openvino.pays(size, arithmetic, run, torch_s):
            return
        found = _compare(openvino.network.run, crops, exact(), "fp32", "openvino")
        if found is None:
            raise OpenVinoError("OpenVINO computes something else than PyTorch here.")
        self.fidelity = found

    def _drop_openvino(self, error: OpenVinoError) -> None:
        """Do without it from now on."""
        self._openvino = None
        self.fidelity = self._torch_fidelity
        self.notice = "PyTorch did the work, because OpenVINO could not compute this network."
        _log.info("OpenVINO is left out", exc_info=error)

    @functools.cached_property
    def _faster(self) -> tuple[Arithmetic, ...]:
        """What PyTorch computes faster than float32 here, the fastest first; timed once."""
        if self._precision == "fp32" or len(self._torch.arithmetics) == 1:
            return ()
        seconds = dict(self._torch.seconds_per_px)
        limit_s = seconds.pop("fp32") * _WORTH_IT
        return tuple(sorted((a for a in seconds if seconds[a] < limit_s), key=seconds.__getitem__))


def _compare(
    run: Callable[[Tensor], Tensor],
    crops: Sequence[Tensor],
    exact: Sequence[Tensor],
    arithmetic: Arithmetic,
    backend: Backend,
) -> Fidelity | None:
    """Return how far `run` is from the exact results, None where that is too far."""
    differences = [(run(crop) - result).abs() for crop, result in zip(crops, exact, strict=True)]
    mean = sum(float(d.mean()) for d in differences) / len(differences)
    if not mean <= MAX_MEAN_ERROR:  # also where it is not a number
        return None
    return Fidelity(arithmetic, mean, max(float(d.max()) for d in differences), backend)

"""LPIPS: how different two images look, by the features of a network that recognises things."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from torchvision.models import squeezenet1_1

from engine.errors import EngineError, storage_errors
from engine.metrics.luma import ImageTooSmallError, ShapeMismatchError
from engine.tensor_files import load_tensors

MIN_SIDE_PX = 17
"""The smallest side of which anything is left in the deepest layer."""

_TAPS = (1, 4, 7, 9, 10, 11, 12)  # the layers of SqueezeNet 1.1 that are compared
_CHANNELS = (64, 128, 256, 384, 384, 512, 512)
_SHIFT = (-0.030, -0.088, -0.188)  # of R, G, B in [-1, 1], as published with the metric
_SCALE = (0.458, 0.448, 0.450)
_EPSILON = 1e-10


class LpipsError(EngineError):
    """The file with the weights of LPIPS cannot be used."""


class Lpips(nn.Module):
    """LPIPS v0.1 on SqueezeNet 1.1 (Zhang et al. 2018), frozen, float32; random until loaded.

    Images are taken whole, since the mean is over the whole: 350 bytes per pixel of one image of the
    batch were measured, so a photo of 12 megapixels needs 4.2 GB. Measure parts of larger photos.
    """

    def __init__(self) -> None:
        super().__init__()
        self.features = squeezenet1_1(weights=None).features
        for index, channels in enumerate(_CHANNELS):
            self.add_module(f"lin{index}", nn.Conv2d(channels, 1, 1, bias=False))
        self.eval().requires_grad_(False)

    def forward(self, sr: Tensor, hr: Tensor) -> Tensor:
        """Return the perceptual distance, one value per image; less is more alike.

        Args:
            sr: RGB in [0, 1], floating, shape (N, 3, H, W), on the device of the weights.
            hr: Same shape as `sr`.

        Returns:
            Distances of at least 0, float64, on the CPU, shape (N,); 0 where the images match.

        Raises:
            ShapeMismatchError: If the shapes differ or are not (N, 3, H, W).
            ImageTooSmallError: If a side is shorter than `MIN_SIDE_PX`.
        """
        if sr.shape != hr.shape or sr.ndim != 4 or sr.shape[1] != 3:
            raise ShapeMismatchError(
                f"SR has shape {tuple(sr.shape)} and HR {tuple(hr.shape)}; they must be equal and "
                "of the shape (N, 3, H, W)"
            )
        height, width = sr.shape[-2:]
        if min(height, width) < MIN_SIDE_PX:
            raise ImageTooSmallError(
                f"an image of {width}×{height} px is too small for LPIPS: each side must be at "
                f"least {MIN_SIDE_PX} px"
            )
        ours, theirs = _normalised(sr), _normalised(hr)
        distance = torch.zeros(len(sr), dtype=torch.float64)
        for index, layer in enumerate(self.features):
            ours, theirs = layer(ours), layer(theirs)
            if index in _TAPS:
                linear = self.get_submodule(f"lin{_TAPS.index(index)}")
                apart = (_unit_length(ours) - _unit_length(theirs)).square_()
                distance += linear(apart).cpu().double().mean(dim=(1, 2, 3))
        return distance


def load_lpips(path: Path, *, device: torch.device | str = "cpu") -> Lpips:
    """Load LPIPS from a safetensors file: `features.*` of SqueezeNet 1.1, `lin0` to `lin6`.

    Args:
        path: The file.
        device: Where the network goes.

    Raises:
        LpipsError: If there is no such file, or it is damaged or holds something else.
        StorageError: If the drive is gone or the file may not be read.
    """
    remedy = "Choose the safetensors file of LPIPS v0.1 for SqueezeNet 1.1."
    lpips = Lpips()
    try:
        with storage_errors(path):
            if not path.is_file():
                raise LpipsError("There is no such file.", path=path, remedy=remedy)
            lpips.load_state_dict(load_tensors(path))
    except SafetensorError as error:
        raise LpipsError(
            "This file is damaged or not a safetensors file.", path=path, remedy=remedy
        ) from error
    except RuntimeError as error:  # what load_state_dict raises for other names or shapes
        raise LpipsError(
            "This file holds another network's weights.", path=path, remedy=remedy
        ) from error
    return lpips.to(device)


def _normalised(rgb: Tensor) -> Tensor:
    shift, scale = (rgb.new_tensor(values).float().view(1, 3, 1, 1) for values in (_SHIFT, _SCALE))
    return (rgb.float() * 2 - 1 - shift) / scale


def _unit_length(features: Tensor) -> Tensor:
    length: Tensor = torch.linalg.vector_norm(features, dim=1, keepdim=True)
    return features / (length + _EPSILON)

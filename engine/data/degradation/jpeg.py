"""JPEG's losses on tensors: the same arithmetic on CPU and GPU, without writing a file.

Colour is halved in both directions (4:2:0), as libjpeg's default; entropy coding loses nothing and
is left out. Not differentiable.
"""

import math
from functools import lru_cache

import torch
from torch import Tensor

_BLOCK = 8
_MACROBLOCK = 16

_LUMA_TABLE = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_CHROMA_TABLE = (
    (17, 18, 24, 47, 99, 99, 99, 99),
    (18, 21, 26, 66, 99, 99, 99, 99),
    (24, 26, 56, 99, 99, 99, 99, 99),
    (47, 66, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
    (99, 99, 99, 99, 99, 99, 99, 99),
)
STANDARD_TABLES = torch.tensor((_LUMA_TABLE, _CHROMA_TABLE), dtype=torch.float32)
"""Annex K of the JPEG standard, luma and chroma, in rows: quality 50."""

_TO_YCBCR = (
    (0.299, 0.587, 0.114),
    (-0.168735892, -0.331264108, 0.5),
    (0.5, -0.418687589, -0.081312411),
)
_TO_RGB = ((1.0, 0.0, 1.402), (1.0, -0.344136286, -0.714136286), (1.0, 1.772, 0.0))


def tables_of_quality(quality: float) -> Tensor:
    """Return the luma and chroma tables libjpeg makes of a quality, shape (2, 8, 8).

    Args:
        quality: From 1 to 100; need not be whole.
    """
    percent = math.floor(5000 / quality if quality < 50 else 200 - 2 * quality)
    scaled = ((STANDARD_TABLES * percent + 50) / 100).floor()
    return scaled.clamp(1, 255)


def through_jpeg(image: Tensor, tables: Tensor, *, halve_colour: bool = True) -> Tensor:
    """Return what is left of an image after JPEG.

    Args:
        image: RGB in [0, 1], float32, shape (3, H, W).
        tables: Divisors of luma and chroma coefficients, shape (2, 8, 8), in rows.
        halve_colour: 4:2:0; otherwise 4:4:4.

    Returns:
        The same shape, in [0, 1], not rounded to 8 bits.
    """
    height, width = image.shape[-2:]
    unit = _MACROBLOCK if halve_colour else _BLOCK
    levels = _pad_to(image, unit) * 255
    planes = torch.tensordot(_constant(_TO_YCBCR, image.device), levels, 1)
    luma, chroma = planes[:1] - 128, planes[1:]  # centred around 0
    tables = tables.to(image.device)
    if halve_colour:
        chroma = torch.nn.functional.avg_pool2d(chroma, 2)
    luma, chroma = _quantise(luma, tables[0]), _quantise(chroma, tables[1])
    if halve_colour:
        chroma = torch.nn.functional.interpolate(
            chroma[None], scale_factor=2, mode="bilinear", align_corners=False
        )[0]
    ycbcr = torch.cat([luma + 128, chroma])
    rgb: Tensor = torch.tensordot(_constant(_TO_RGB, image.device), ycbcr, 1)
    return rgb[:, :height, :width].div(255).clamp_(0, 1)


def _quantise(planes: Tensor, table: Tensor) -> Tensor:
    channels, height, width = planes.shape
    blocks = planes.reshape(channels, height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    blocks = blocks.permute(0, 1, 3, 2, 4)
    basis = _basis().to(planes.device)
    whole = ((basis @ blocks @ basis.T) / table).round() * table
    blocks = basis.T @ whole @ basis
    return blocks.permute(0, 1, 3, 2, 4).reshape(channels, height, width)


def _pad_to(image: Tensor, unit: int) -> Tensor:
    height, width = image.shape[-2:]
    pad = (0, -width % unit, 0, -height % unit)
    return torch.nn.functional.pad(image[None], pad, mode="replicate")[0] if any(pad) else image


@lru_cache
def _basis() -> Tensor:
    """Return the orthonormal DCT-II of 8 points: rows are frequencies."""
    place = torch.arange(_BLOCK, dtype=torch.float64)
    rows = torch.cos(math.pi * (2 * place[None] + 1) * place[:, None] / (2 * _BLOCK)) / 2
    rows[0] /= math.sqrt(2)
    return rows.float()


def _constant(rows: tuple[tuple[float, ...], ...], device: torch.device) -> Tensor:
    return torch.tensor(rows, dtype=torch.float32, device=device)

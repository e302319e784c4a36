"""Blur by FFT: each image of a batch with its own kernel."""

import torch
from scipy.fft import next_fast_len
from torch import Tensor


def blur(images: Tensor, kernels: Tensor) -> Tensor:
    """Correlate every image with its kernel; the border mirrors without repeating the edge.

    Args:
        images: Any channels, float32, shape (N, C, H, W).
        kernels: Odd sides, shape (N, k, k), same device.

    Returns:
        Same shape and dtype as `images`; not clamped.
    """
    reach = kernels.shape[-1] // 2
    padded = pad_mirrored(images, reach)
    height, width = padded.shape[-2:]
    size = next_fast_len(height, real=True), next_fast_len(width, real=True)
    # Correlation is convolution with the kernel turned by 180°, conjugation in frequency.
    response = torch.fft.rfft2(kernels.to(images.dtype)[:, None], s=size).conj()
    blurred: Tensor = torch.fft.irfft2(torch.fft.rfft2(padded, s=size) * response, s=size)
    # Counted from the kernel's corner, the result of pixel (0, 0) is at (0, 0) of the padded one.
    return blurred[..., : images.shape[-2], : images.shape[-1]]


def pad_mirrored(images: Tensor, pad: int) -> Tensor:
    """Mirror `pad` pixels on each side, without the edge pixel, as often as it takes."""
    for dim in (-2, -1):
        size = images.shape[dim]
        period = max(1, 2 * (size - 1))
        index = torch.arange(-pad, size + pad, device=images.device) % period
        images = images.index_select(dim, torch.minimum(index, period - index) % size)
    return images

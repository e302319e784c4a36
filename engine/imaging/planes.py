"""Small things done to pictures before they are compared: brightness, blur, window means."""

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

_NOISE_PER_DETAIL = 1.4826 / 6
"""1.4826 turns a Gaussian's median into its deviation; the kernel below has a norm of 6."""


def grey_of(image: Pixels) -> Pixels:
    """Return BT.601 luma in whole levels, shape (H, W), of an RGB picture."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


def brightness(image: Pixels | Image) -> Image:
    """Return BT.601 luma, float32, shape (H, W), in the levels of `image`, shape (H, W, 3)."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.float32)


def blurred(image: Image, sigma_px: float) -> Image:
    """Return `image` after a Gaussian blur."""
    return np.asarray(
        cv2.GaussianBlur(image, (0, 0), sigma_px, borderType=cv2.BORDER_REFLECT_101), np.float32
    )


def gradients(plane: Image) -> tuple[Image, Image]:
    """Return the slopes along x and y by central differences, levels per pixel."""
    gx = cv2.Sobel(plane, cv2.CV_32F, 1, 0, ksize=1, scale=0.5, borderType=cv2.BORDER_REPLICATE)
    gy = cv2.Sobel(plane, cv2.CV_32F, 0, 1, ksize=1, scale=0.5, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(gx, np.float32), np.asarray(gy, np.float32)


def window_mean(plane: Image, window_px: int) -> Image:
    """Return the mean over a square window around each pixel."""
    return np.asarray(
        cv2.blur(plane, (window_px, window_px), borderType=cv2.BORDER_REFLECT_101), np.float32
    )


def noise_level(plane: Image) -> float:
    """Return the standard deviation of the noise, from the finest detail of the flatter half."""
    kernel = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    detail = np.abs(cv2.filter2D(plane, cv2.CV_32F, kernel))
    return float(np.median(np.asarray(detail, np.float32))) * _NOISE_PER_DETAIL

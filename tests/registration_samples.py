"""Photographs a scene with two made-up cameras whose position to each other is known exactly.

LR is rendered by averaging 4×4 samples in every pixel, apart from the code under test.
"""

import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image
from skimage import data

from engine.registration.geometry import project

_SAMPLES = 4


@dataclass(frozen=True)
class Camera:
    """The LR camera: where it stands relative to HR, and what it does to the light."""

    zoom: float = 0.5
    rotation_deg: float = 1.5
    shift_px: tuple[float, float] = (3.3, -2.6)
    perspective: tuple[float, float] = (1e-5, -8e-6)
    k1: float = 0.0
    gain: tuple[float, float, float] = (0.92, 1.0, 0.88)
    offset: float = 6.0
    noise_levels: float = 2.0
    jpeg_quality: int | None = 90
    cover: float = 0.92

    def lr_size(self, hr):
        return tuple(int(side * self.zoom * self.cover) for side in hr.shape[:2])

    def homography(self, hr):
        """The truth: from LR to HR points, without the lens."""
        height, width = self.lr_size(hr)
        angle = np.deg2rad(self.rotation_deg)
        cos, sin = np.cos(angle) / self.zoom, np.sin(angle) / self.zoom
        middle = np.array([(width - 1) / 2, (height - 1) / 2])
        target = np.array([(hr.shape[1] - 1) / 2, (hr.shape[0] - 1) / 2]) + self.shift_px
        turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1.0]])
        turn[:2, 2] = target
        tilt = np.array([[1, 0, 0], [0, 1, 0], [*self.perspective, 1]])
        to_middle = np.array([[1, 0, -middle[0]], [0, 1, -middle[1]], [0, 0, 1]])
        found = turn @ tilt @ to_middle
        return found / found[2, 2]

    def points(self, hr, lr_points):
        """Where LR points, shape (N, 2), truly lie in HR."""
        height, width = self.lr_size(hr)
        middle = np.array([(width - 1) / 2, (height - 1) / 2])
        away = lr_points - middle
        r2 = (away**2).sum(axis=1, keepdims=True) / ((width**2 + height**2) / 4)
        return project(self.homography(hr), middle + away * (1 + self.k1 * r2))

    def photograph(self, hr, seed=0):
        """The LR photo of what HR shows."""
        rng = np.random.default_rng(seed)
        height, width = self.lr_size(hr)
        fine = (np.arange(max(height, width) * _SAMPLES) + 0.5) / _SAMPLES - 0.5
        x, y = np.meshgrid(fine[: width * _SAMPLES], fine[: height * _SAMPLES])
        at = self.points(hr, np.stack([x.ravel(), y.ravel()], axis=1)).astype(np.float32)
        at = at.reshape(*x.shape, 2)
        light = cv2.remap(
            hr.astype(np.float32),
            at[..., 0],
            at[..., 1],
            cv2.INTER_LINEAR,
            None,
            cv2.BORDER_REFLECT,
        )
        light = light.reshape(height, _SAMPLES, width, _SAMPLES, 3).mean(axis=(1, 3))
        light = cv2.GaussianBlur(light, (0, 0), 0.5) * self.gain + self.offset
        light += rng.normal(0, self.noise_levels, light.shape)
        photo = np.clip(np.rint(light), 0, 255).astype(np.uint8)
        if self.jpeg_quality is None:
            return photo
        buffer = io.BytesIO()
        Image.fromarray(photo).save(buffer, "JPEG", quality=self.jpeg_quality)
        return np.array(Image.open(buffer))

    def error_px(self, warp, hr):
        """By how much a warp is wrong, LR pixels, at points all over LR, shape (20 * 20,)."""
        height, width = self.lr_size(hr)
        x, y = np.meshgrid(np.linspace(0, width - 1, 20), np.linspace(0, height - 1, 20))
        points = np.stack([x.ravel(), y.ravel()], axis=1)
        away = warp(points) - self.points(hr, points)
        return np.linalg.norm(away, axis=1) * self.zoom


def random_camera(rng):
    """A camera within what is asked for: rotation to 3°, zoom 0.35 to 0.6, and the rest."""
    return Camera(
        zoom=rng.uniform(0.35, 0.6),
        rotation_deg=rng.uniform(-3, 3),
        shift_px=tuple(rng.uniform(-5, 5, 2)),
        perspective=tuple(rng.uniform(-2e-5, 2e-5, 2)),
        gain=tuple(rng.uniform(0.8, 1.1, 3)),
        offset=rng.uniform(-8, 8),
        noise_levels=rng.uniform(1, 4),
        jpeg_quality=int(rng.integers(80, 96)),
    )


def scene(name="astronaut"):
    """A sample photo that comes with scikit-image, RGB."""
    photo = getattr(data, name)()
    return np.ascontiguousarray(np.stack([photo] * 3, axis=-1) if photo.ndim == 2 else photo)


def with_object(photo, patch, left, top):
    """A copy of a photo with something put in front of it."""
    changed = photo.copy()
    changed[top : top + patch.shape[0], left : left + patch.shape[1]] = patch
    return changed


def two_layers(far, near, shift_px):
    """A scene as two cameras side by side see it: a near layer that is shifted between them.

    Returns:
        What LR's camera sees, what HR's camera sees, and where LR's shows the near layer.
    """
    height, width = far.shape[:2]
    near = cv2.resize(near, (width, height), interpolation=cv2.INTER_AREA)
    y, x = np.mgrid[:height, :width]
    mask = np.sin(x / width * 8 + 1) + np.cos(y / height * 7) > 0.6
    ours = np.where(mask[..., None], near, far)
    moved = np.roll(mask, shift_px, 1)[..., None]
    return ours, np.where(moved, np.roll(near, shift_px, 1), far), mask


def left_in_parts(mask_in_hr, camera, hr, parts):
    """The share of a region, given in HR pixels, that the parts of a registered pair show."""
    height, width = camera.lr_size(hr)
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    at = camera.points(hr, np.stack([x.ravel(), y.ravel()], axis=1).astype(float))
    at = np.clip(np.rint(at).astype(int), 0, [hr.shape[1] - 1, hr.shape[0] - 1])
    region = mask_in_hr[at[:, 1], at[:, 0]].reshape(height, width)
    shown = sum(int(region[part.box.rows, part.box.columns].sum()) for part in parts)
    return shown / max(1, int(region.sum()))

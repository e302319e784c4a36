"""Measures what the dataset report goes by: sharpness of known blurs, and fingerprints of copies.

python -m tests.benchmarks.data_report --photos photos-hr --every 4
"""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

from engine.data.decoding import find_photos
from engine.dataset_report.measures import BLURRED_BELOW, fingerprint_of, sharpness_of
from engine.dataset_report.near_duplicates import SAME_BITS
from engine.imaging.reading import read_rgb8

BLURS = ((0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0), (2.0, 1.0), (3.0, 1.0), (3.0, 3.0))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1)
    arguments = parser.parse_args()
    files = [photo.files[0] for photo in find_photos(arguments.photos)[:: arguments.every]]
    photos = [cv2.cvtColor(read_rgb8(path), cv2.COLOR_RGB2GRAY) for path in files]
    generator = np.random.default_rng(0)
    say(f"{len(photos)} photos; sharpness at the 5th, 50th and 95th percentile, called blurred")
    for sigma, noise in BLURS:
        values = [sharpness_of(spoilt(photo, sigma, noise, generator)) for photo in photos]
        low, middle, high = np.percentile(values, (5, 50, 95))
        share = np.mean(np.array(values) < BLURRED_BELOW)
        say(f"σ {sigma:g} px, noise {noise:g}: {low:.2f} {middle:.2f} {high:.2f}  {share:.0%}")
    prints = [fingerprint_of(photo) for photo in photos]
    apart = [distance(a, b) for i, a in enumerate(prints) for b in prints[:i]]
    say(f"different photos: {min(apart)} bits and more; at most {SAME_BITS} are the same")
    for name, change in COPIES.items():
        bits = [
            distance(print_, fingerprint_of(change(photo)))
            for print_, photo in zip(prints, photos, strict=True)
        ]
        found = np.mean(np.array(bits) <= SAME_BITS)
        say(f"{name}: {np.median(bits):.0f} bits, at most {max(bits)}; {found:.0%} found")


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(line + "\n")


def spoilt(photo, sigma: float, noise: float, generator: np.random.Generator):
    """Return a photo blurred and with white noise, 8-bit."""
    plane = cv2.GaussianBlur(photo, (0, 0), sigma) if sigma else photo
    noisy = plane + generator.normal(0, noise, plane.shape) if noise else plane
    return np.clip(np.round(noisy), 0, 255).astype(np.uint8)


def distance(one: bytes, other: bytes) -> int:
    """Return in how many bits two fingerprints differ."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def cropped(photo, share: float):
    """Return a photo without `share` of its width and height at each edge."""
    top, left = (round(side * share) for side in photo.shape)
    return photo[top : photo.shape[0] - top, left : photo.shape[1] - left]


COPIES = {
    "a third of the size": lambda photo: cv2.resize(
        photo, None, fx=1 / 3, fy=1 / 3, interpolation=cv2.INTER_AREA
    ),
    "JPEG at quality 50": lambda photo: cv2.imdecode(
        cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, 50])[1], cv2.IMREAD_GRAYSCALE
    ),
    "20 % brighter": lambda photo: np.clip(photo * 1.2, 0, 255).astype(np.uint8),
    "1 % cut off each edge": lambda photo: cropped(photo, 0.01),
    "5 % cut off each edge": lambda photo: cropped(photo, 0.05),
}

if __name__ == "__main__":
    main()

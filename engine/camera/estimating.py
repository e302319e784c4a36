"""Estimates a camera from its photos: response, noise, edges, compression."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from engine.camera.edges import measure_edges
from engine.camera.estimate import CameraEstimate
from engine.camera.files import demosaic_trace, jpeg_facts
from engine.camera.noise import flat_noise
from engine.camera.response import Response, separate
from engine.camera.spectrum import FREQUENCIES, WINDOW_PX, Pixels, mean_power
from engine.errors import PairsError

LEAST_PHOTOS = 3
NATURAL_SLOPE = 2.74
"""Power of sharp photographs falls with this power of frequency: fitted to 91 of them, reduced."""

_FINE = np.linspace(0.01, 0.7, 691)


def estimate_camera(
    photos: Sequence[tuple[str, Pixels]],
    *,
    sharp: Iterable[Pixels] | None = None,
    files: Iterable[Path] = (),
) -> CameraEstimate:
    """Estimate what a camera does to its pictures.

    Args:
        photos: Name and RGB of each, of one camera, at the size they will be enlarged from.
        sharp: Sharp photographs made small, to compare with; a power law if None.
        files: The photos' files, for their JPEG tables.

    Raises:
        PairsError: If there are too few photos that are large enough.
    """
    usable = [pixels for _, pixels in photos if min(pixels.shape[:2]) >= WINDOW_PX]
    if len(usable) < LEAST_PHOTOS:
        raise PairsError(
            f"Only {len(usable)} photos are large enough to learn a camera from; "
            f"{LEAST_PHOTOS} are needed.",
            remedy="Add photos that this camera took, 5 to 50 of different things.",
        )
    power = mean_power(usable)
    sharp_power = FREQUENCIES**-NATURAL_SLOPE if sharp is None else mean_power(sharp)
    noise = flat_noise(usable)
    floor_power = np.minimum(noise.power(), power)
    separated = separate(power, sharp_power, floor_power)
    response = separated.response
    heights, widths = zip(*(pixels.shape[:2] for pixels in usable), strict=True)
    return CameraEstimate(
        photos=len(usable),
        width_px=int(np.median(widths)),
        height_px=int(np.median(heights)),
        frequencies=_rounded(FREQUENCIES),
        power_levels=_rounded(np.sqrt(power)),
        sharp_levels=_rounded(np.sqrt(separated.sharp_power)),
        blur_px=response.blur_px,
        sharpening=response.sharpening,
        sharpening_px=response.sharpening_px,
        response=_rounded(response.at(FREQUENCIES)),
        texture_noise_levels=_rounded(
            np.sqrt(np.maximum(separated.noise_power - floor_power, 0.0))
        ),
        mtf50=_mtf50(response),
        noise=noise.by_brightness,
        noise_correlation=noise.correlation,
        edges=measure_edges(usable),
        demosaic=demosaic_trace(usable),
        jpeg=jpeg_facts(files),
    )


def _mtf50(response: Response) -> float:
    values = response.at(_FINE)
    enough = np.flatnonzero(values >= 0.5)
    return float(_FINE[enough[-1]]) if enough.size else float(_FINE[0])


def _rounded(values: np.typing.NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(value), 5) for value in values)

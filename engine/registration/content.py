"""Matches photos by what they show, where neither names nor times help."""

from collections.abc import Callable, Sequence
from itertools import combinations, product
from pathlib import Path

import cv2
import numpy as np

from engine.errors import EngineError
from engine.imaging.reading import read_rgb8
from engine.registration.capture_times import taken_at_s
from engine.registration.features import Features, agree, find_features
from engine.registration.geometry import Warp

_SIDE_PX = 720
_FEATURES = 700
_LEAST_AGREEING = 15
_LEAST_SHARE = 0.3  # of the details that look alike


def match_content(
    lr: Sequence[Path],
    hr: Sequence[Path] | None,
    *,
    pause: Callable[[], None],
    max_gap_s: float | None = None,
) -> list[tuple[Path, Path]]:
    """Return pairs of photos that show the same scene, each photo in one pair at most.

    Every photo is compared with every other: hundreds take minutes, thousands hours.

    Args:
        lr: Photos of one camera, or of both.
        hr: Photos of the other; None where `lr` holds both. HR is then the one of a pair that
            shows the scene larger.
        pause: Called between comparisons; may raise to stop.
        max_gap_s: Only compare photos taken within so many seconds of each other.
    """
    files = list(lr) + list(hr or ())
    if len(files) < 2 or (hr is not None and not (lr and hr)):
        return []
    known = _features(files, pause)
    times = {} if max_gap_s is None else {path: taken_at_s(path) for path in files}
    scored: list[tuple[int, Path, Path]] = []
    for a, b in combinations(lr, 2) if hr is None else product(lr, hr):
        pause()
        if a not in known or b not in known or not _is_near(times, a, b, max_gap_s):
            continue
        found = agree(known[a], known[b])
        count = len(found.lr)
        if found.homography is None or count < max(_LEAST_AGREEING, _LEAST_SHARE * found.matches):
            continue
        zoom = float(np.median(Warp(found.homography).zoom(found.lr)))
        if zoom > 0:
            is_swapped = hr is None and zoom < 1
            scored.append((count, b, a) if is_swapped else (count, a, b))
    scored.sort(key=lambda item: -item[0])
    used: set[Path] = set()
    pairs = []
    for _, a, b in scored:
        if not used & {a, b}:
            pairs.append((a, b))
            used |= {a, b}
    return pairs


def _features(files: Sequence[Path], pause: Callable[[], None]) -> dict[Path, Features]:
    known = {}
    for path in files:
        pause()
        try:
            photo = read_rgb8(path)
        except EngineError:  # its turn to be reported comes when it is left over
            continue
        grey = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), np.uint8)
        known[path] = find_features(grey, side_px=_SIDE_PX, count=_FEATURES)
    return known


def _is_near(times: dict[Path, float | None], a: Path, b: Path, max_gap_s: float | None) -> bool:
    if max_gap_s is None:
        return True
    first, second = times[a], times[b]
    return first is not None and second is not None and abs(first - second) <= max_gap_s

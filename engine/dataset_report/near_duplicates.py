"""Finds photos that show the same: copies and near-copies by looks, bursts by time as well."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SAME_BITS = 24
"""Of 256. Copies saved again or made smaller stay below, different photos above 40
(docs/measurements.md)."""

BURST_BITS = 80
BURST_GAP_S = 2.0


@dataclass(frozen=True, slots=True)
class PhotoHash:
    """What photos that show the same are recognised by.

    Attributes:
        fingerprint: See `engine.dataset_report.measures`.
        camera: Who took it; "" where that is unknown.
        taken_at_s: When, by the camera's clock; None where that is unknown.
    """

    fingerprint: bytes
    camera: str
    taken_at_s: float | None


def near_duplicates(looks: Sequence[PhotoHash]) -> list[int]:
    """Return for each photo the first one that it repeats, its own index where it repeats none.

    Two photos are of one group if their fingerprints differ in few bits, or if one camera took
    them within two seconds and they look about the same. Groups are chains: the first and last
    shot of a long burst belong together through those between.
    """
    first = list(range(len(looks)))
    if not looks:
        return first
    bits = np.unpackbits(
        np.frombuffer(b"".join(look.fingerprint for look in looks), np.uint8)
    ).reshape(len(looks), -1)
    signs = bits.astype(np.float32) * 2 - 1
    times = np.array([np.nan if look.taken_at_s is None else look.taken_at_s for look in looks])
    for index in range(1, len(looks)):
        differing = (bits.shape[1] - signs[:index] @ signs[index]) / 2
        near = differing <= SAME_BITS
        close = np.abs(times[:index] - times[index]) <= BURST_GAP_S
        for other in np.flatnonzero(near | (close & (differing <= BURST_BITS))):
            if near[other] or looks[int(other)].camera == looks[index].camera:
                _join(first, index, int(other))
    return [_root(first, index) for index in range(len(looks))]


def _join(first: list[int], one: int, other: int) -> None:
    low, high = sorted((_root(first, one), _root(first, other)))
    first[high] = low


def _root(first: list[int], index: int) -> int:
    while first[index] != index:
        index = first[index]
    return index

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.upscaling.photo.transparency import upscale_alpha


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 12),
    scale=st.integers(1, 4),
    cuts=st.sets(st.integers(1, 159)),
)
def test_opacity_is_the_same_however_its_rows_are_cut(height, width, scale, cuts):
    alpha = np.random.default_rng(height).integers(0, 256, (height, width), np.uint8)
    alpha[: height // 2] = 255
    rows = height * scale
    bounds = sorted({0, rows, *(cut for cut in cuts if cut < rows)})
    pieces = [
        upscale_alpha(alpha, slice(start, stop), scale)
        for start, stop in itertools.pairwise(bounds)
    ]
    found = np.concatenate(pieces).astype(int)
    whole = upscale_alpha(alpha, slice(0, rows), scale).astype(int)
    assert found.shape == (rows, width * scale)
    assert np.abs(found - whole).max() <= 1  # rounding at exactly half a step


def test_opaque_stays_opaque_and_hidden_stays_hidden():
    alpha = np.zeros((40, 40), np.uint16)
    alpha[20:] = 65535
    large = upscale_alpha(alpha, slice(0, 80), 2)
    assert (large[:36] == 0).all()
    assert (large[44:] == 65535).all()

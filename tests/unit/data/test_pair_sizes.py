"""One rule says by their sizes whether LR and HR are a pair; report and training follow it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.data.decoding import read_pair
from engine.data.pair_sizes import misfit
from engine.errors import PairsError
from tests.photo_samples import scene

SIDES = st.integers(1, 9000)


@given(SIDES, SIDES, st.integers(1, 4), st.data())
def test_what_is_cut_off_to_a_multiple_does_not_matter(width, height, scale, data):
    rest = st.integers(0, scale - 1)
    hr = width * scale + data.draw(rest), height * scale + data.draw(rest)
    assert not misfit((width, height), hr, scale)
    assert not misfit(hr, hr, scale)
    if (width, height + 1) != hr:
        assert misfit((width, height + 1), hr, scale)


def test_training_refuses_a_misfit_in_the_same_words(tmp_path):
    lr, hr = tmp_path / "lr.png", tmp_path / "hr.png"
    Image.fromarray(scene(24, 32)).save(lr)
    Image.fromarray(scene(48, 70)).save(hr)
    with pytest.raises(PairsError) as refused:
        read_pair(lr, hr, scale=2)
    assert refused.value.what == misfit((32, 24), (70, 48), 2)

"""What somebody who watches a training sees, and that watching changes nothing."""

import numpy as np
import pytest
import torch

from engine.data.pair_set import pairs_from_arrays
from engine.imaging.resampling import downsample_bicubic_uint8
from engine.training.crop_choice import CropChoice, CropPlace
from engine.training.live_crop import OVERVIEW_PX, LiveCrop
from tests.photo_samples import scene
from tests.tiny_backbones import tiny_backbone


@pytest.fixture
def pairs(tmp_path):
    photos = []
    for number, (height, width) in enumerate(((60, 90), (20, 300))):
        hr = scene(2 * height, 2 * width, seed=number)
        photos.append((f"photo {number}", downsample_bicubic_uint8(hr, 2), hr))
    return pairs_from_arrays(photos, 2, tmp_path)


@pytest.fixture
def choice():
    return CropChoice()


@pytest.fixture
def watched(pairs, choice):
    """The live crop, the network, and the events it sends."""
    events: list = []
    backbone = tiny_backbone("EDSR")
    live = LiveCrop(
        pairs, backbone, choice, device=torch.device("cpu"), emit=events.append, crop_px=32
    )
    return live, backbone, events


def test_it_begins_with_the_middle_of_the_first_photo(watched, pairs):
    live, backbone, events = watched
    live.show(backbone)
    (crop,) = events
    assert crop.name == "photo 0"
    np.testing.assert_array_equal(crop.lr, pairs.lr(0)[14:46, 29:61])
    np.testing.assert_array_equal(crop.hr, pairs.hr(0)[28:92, 58:122])
    np.testing.assert_array_equal(crop.now, crop.backbone)
    assert crop.area == pytest.approx((29 / 90, 14 / 60, 32 / 90, 32 / 60))
    assert crop.overview is not None
    assert crop.overview.shape == (60, 90, 3)


@pytest.mark.parametrize(
    ("place", "piece"),
    [
        (CropPlace(0, 0.0, 0.0), np.s_[0:32, 0:32]),
        (CropPlace(0, 1.0, 1.0), np.s_[28:60, 58:90]),
        (CropPlace(0, -3.0, 9.0), np.s_[28:60, 0:32]),
        (CropPlace(1, 0.25, 0.5), np.s_[0:20, 59:91]),
        (CropPlace(7, 0.5, 0.5), np.s_[0:20, 134:166]),
    ],
)
def test_the_piece_that_is_asked_for_is_shown_and_stays_within_its_photo(
    watched, pairs, choice, place, piece
):
    live, backbone, events = watched
    live.show(backbone)
    choice.want(place)
    live.follow(backbone)
    crop = events[-1]
    index = min(place.photo, 1)
    np.testing.assert_array_equal(crop.lr, pairs.lr(index)[piece])
    doubled = tuple(slice(2 * side.start, 2 * side.stop) for side in piece)
    np.testing.assert_array_equal(crop.hr, pairs.hr(index)[doubled])
    assert max(crop.overview.shape) <= OVERVIEW_PX


def test_nothing_is_computed_where_nothing_else_is_asked_for(watched, choice):
    live, backbone, events = watched
    live.follow(backbone)
    assert events == []
    live.show(backbone)
    live.follow(backbone)
    choice.want(CropPlace())
    live.follow(backbone)
    assert len(events) == 1
    choice.want(CropPlace(1))
    live.follow(backbone)
    live.follow(backbone)
    assert [event.name for event in events] == ["photo 0", "photo 1"]


def test_the_network_is_shown_as_it_was_and_as_it_is(watched, choice):
    live, _, events = watched
    live.show(tiny_backbone("EDSR", seed=5))
    choice.want(CropPlace(1))
    live.show(tiny_backbone("EDSR", seed=6))
    for crop in events:
        assert (crop.now != crop.backbone).any()
    assert events[0].backbone.shape == events[0].hr.shape

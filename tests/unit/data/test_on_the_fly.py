from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from skimage import data

from engine.data.degradation.pipeline import BlindDegradation
from engine.data.degradation.settings import PRESETS
from engine.data.on_the_fly import MARGIN_PX, DegradingSampler
from engine.data.pair_set import PairSet, pairs_from_arrays
from engine.errors import ConfigError
from engine.imaging.resampling import downsample_bicubic


def sharp_photos(cache: Path, side: int = 256) -> PairSet:
    photos = {"astronaut": data.astronaut(), "cat": data.chelsea()}
    arrays = [
        (name, np.zeros((side // 2, side // 2, 3), np.uint8), photo[:side, :side].copy())
        for name, photo in photos.items()
    ]
    return pairs_from_arrays(arrays, 2, cache)


def bicubic(hr, streams, scale):
    return downsample_bicubic(hr, scale).clamp(0, 1), hr


def medium_sampler(photos: PairSet, seed: int = 3) -> DegradingSampler:
    degradation = BlindDegradation(PRESETS["medium"])
    return DegradingSampler(photos, patch=16, batch=3, seed=seed, degradation=degradation)


def test_lr_is_made_from_the_hr_and_not_read(tmp_path: Path):
    sampler = DegradingSampler(
        sharp_photos(tmp_path), patch=16, batch=4, seed=0, degradation=bicubic
    )
    lr, hr = sampler.batch_at(7)
    assert lr.shape == (4, 3, 16, 16)
    assert hr.shape == (4, 3, 32, 32)
    inner = downsample_bicubic(hr, 2)[..., 3:-3, 3:-3]
    assert torch.allclose(lr[..., 3:-3, 3:-3], inner, atol=1e-5)


def test_a_border_is_made_of_what_lies_beyond_it(tmp_path: Path):
    def shifted(hr, streams, scale):
        return torch.roll(downsample_bicubic(hr, scale), MARGIN_PX - 8, dims=-1), hr

    sampler = partial(DegradingSampler, sharp_photos(tmp_path), patch=16, batch=2, seed=0)
    plain, _ = sampler(degradation=bicubic).batch_at(0)
    moved, _ = sampler(degradation=shifted).batch_at(0)
    assert torch.allclose(moved[..., 8:].clamp(0, 1), plain[..., :8], atol=1e-5)


def test_a_step_gives_the_same_batch_whatever_came_before(tmp_path: Path):
    photos = sharp_photos(tmp_path)
    run = medium_sampler(photos)
    batches = [run.batch_at(step) for step in range(3)]
    resumed = medium_sampler(photos)
    for step in (2, 1):
        assert all(map(torch.equal, resumed.batch_at(step), batches[step]))
    assert not torch.equal(batches[0][0], batches[1][0])
    assert not torch.equal(medium_sampler(photos, seed=4).batch_at(0)[0], batches[0][0])


def test_photos_hardly_larger_than_a_patch_do_without_a_margin(tmp_path: Path):
    photos = sharp_photos(tmp_path, side=36)
    lr, _ = DegradingSampler(photos, patch=18, batch=2, seed=0, degradation=bicubic).batch_at(0)
    assert lr.shape[-1] == 18
    with pytest.raises(ConfigError, match="at most 18"):
        DegradingSampler(photos, patch=19, batch=2, seed=0, degradation=bicubic)

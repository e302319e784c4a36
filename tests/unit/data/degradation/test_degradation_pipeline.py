import numpy as np
import pytest
import torch
from skimage import data

from engine.data.degradation.pipeline import BlindDegradation
from engine.data.degradation.randomness import Stream
from engine.data.degradation.settings import PRESETS


def patches(count: int = 6, side: int = 64) -> torch.Tensor:
    photo = torch.from_numpy(data.astronaut()).permute(2, 0, 1).float() / 255
    return torch.stack([photo[:, 40 * i : 40 * i + side, 40 : 40 + side] for i in range(count)])


def streams(count: int = 6, seed: int = 0, step: int = 0) -> list[Stream]:
    return [Stream(seed, step, sample) for sample in range(count)]


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("scale", [1, 2, 4])
def test_lr_has_its_size_and_whole_levels(preset: str, scale: int):
    hr = patches()
    lr, kept = BlindDegradation(PRESETS[preset])(hr, streams(), scale)
    assert lr.shape == (6, 3, 64 // scale, 64 // scale)
    assert lr.dtype == torch.float32
    assert lr.min() >= 0
    assert lr.max() <= 1
    assert torch.allclose(lr * 255, (lr * 255).round(), atol=1e-4)
    assert kept is hr


def test_a_seed_gives_the_same_lr_and_another_seed_or_step_another():
    degrade = BlindDegradation(PRESETS["medium"])
    lr, _ = degrade(patches(), streams(), 2)
    assert torch.equal(lr, degrade(patches(), streams(), 2)[0])
    assert not torch.equal(lr, degrade(patches(), streams(seed=1), 2)[0])
    assert not torch.equal(lr, degrade(patches(), streams(step=1), 2)[0])


def test_a_sample_does_not_depend_on_its_neighbours():
    degrade = BlindDegradation(PRESETS["harsh"])
    lr, _ = degrade(patches(), streams(), 2)
    alone, _ = degrade(patches()[3:4], streams()[3:4], 2)
    assert torch.equal(lr[3:4], alone)


def test_every_sample_of_a_batch_is_spoilt_in_its_own_way():
    hr = patches(1).expand(12, -1, -1, -1)
    lr, _ = BlindDegradation(PRESETS["harsh"])(hr, streams(12), 2)
    detail = [float(np.diff(image.numpy(), axis=-1).std()) for image in lr]
    assert max(detail) > 2 * min(detail)


def test_harsher_presets_lose_more():
    hr = patches()
    clean = torch.nn.functional.avg_pool2d(hr, 2)
    errors = []
    for preset in ("mild", "medium", "harsh"):
        degrade = BlindDegradation(PRESETS[preset])
        lrs = [degrade(hr, streams(step=step), 2)[0] for step in range(6)]
        errors.append(float(torch.stack([(lr - clean).square().mean() for lr in lrs]).mean()))
    assert errors[0] < errors[1] < errors[2]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA graphics card")
@pytest.mark.parametrize("preset", PRESETS)
def test_a_graphics_card_gives_the_same_lr(preset: str):
    degrade = BlindDegradation(PRESETS[preset])
    lr, _ = degrade(patches(), streams(), 2)
    on_card, _ = degrade(patches().cuda(), streams(), 2)
    # Where a rounding goes the other way, one JPEG coefficient changes, and with it one block.
    difference = (lr - on_card.cpu()).abs() * 255
    assert (difference > 1.01).float().mean() < 0.01
    assert difference.mean() < 0.1

import numpy as np
import pytest
import torch
from skimage import data

from engine.camera.degradation import CameraDegradation
from engine.camera.estimate import Brightness, CameraEstimate, JpegFacts
from engine.camera.noise import flat_noise
from engine.camera.response import Response
from engine.camera.spectrum import FREQUENCIES, mean_power
from engine.data.degradation.jpeg import tables_of_quality
from engine.data.degradation.randomness import Stream

NO_NOISE = (0.0,) * len(FREQUENCIES)


PERFECT = Response(0, 0, 1)


def made_up(response: Response = PERFECT, **changes) -> CameraEstimate:
    values = {
        "photos": 5,
        "width_px": 400,
        "height_px": 300,
        "frequencies": tuple(FREQUENCIES),
        "power_levels": NO_NOISE,
        "sharp_levels": NO_NOISE,
        "blur_px": response.blur_px,
        "sharpening": response.sharpening,
        "sharpening_px": response.sharpening_px,
        "response": tuple(response.at(FREQUENCIES)),
        "texture_noise_levels": NO_NOISE,
        "mtf50": 0.3,
        "noise": (),
        "noise_correlation": 0.0,
        "edges": None,
        "demosaic": 0.0,
        "jpeg": None,
        **changes,
    }
    return CameraEstimate(**values)


def sharp(side: int = 512) -> torch.Tensor:
    photo = torch.from_numpy(data.astronaut()).permute(2, 0, 1)[None].float() / 255
    return photo[..., :side, :side]


def taken(estimate: CameraEstimate, hr: torch.Tensor, seed: int = 0):
    streams = [Stream(seed, 0, sample) for sample in range(len(hr))]
    return CameraDegradation(estimate)(hr, streams, 2)


def pixels(images: torch.Tensor) -> np.ndarray:
    return (images[0] * 255).round().byte().permute(1, 2, 0).numpy()


@pytest.mark.parametrize("response", [Response(0.9, 0, 1), Response(0.8, 0.8, 1.2)])
def test_lr_has_the_spectrum_the_response_asks_for(response: Response):
    plain, _ = taken(made_up(), sharp())
    lr, _ = taken(made_up(response), sharp())
    ratio = np.sqrt(mean_power([pixels(lr)]) / mean_power([pixels(plain)]))
    middle = (FREQUENCIES > 0.03) & (FREQUENCIES < 0.35)
    np.testing.assert_allclose(ratio[middle], response.at(FREQUENCIES)[middle], atol=0.08)


def test_the_hr_keeps_its_detail_and_gets_the_camera_s_sharpening():
    hr = sharp()
    _, soft = taken(made_up(Response(1.2, 0, 1)), hr)
    assert torch.allclose(soft, hr, atol=2 / 255)
    _, drawn = taken(made_up(Response(0.5, 1.5, 1.2)), hr)
    ratio = np.sqrt(mean_power([pixels(drawn)]) / mean_power([pixels(hr)]))
    assert ratio[(FREQUENCIES > 0.1) & (FREQUENCIES < 0.2)].min() > 1.1
    assert ratio.min() > 0.95


def test_noise_comes_out_as_it_was_measured():
    noise = tuple(
        Brightness(level=level, luma_levels=sigma, chroma_levels=1.0, patches=50)
        for level, sigma in ((40, 2.0), (200, 5.0))
    )
    estimate = made_up(noise=noise, noise_correlation=0.4)
    for level, sigma in ((40, 2.0), (200, 5.0)):
        lr, _ = taken(estimate, torch.full((1, 3, 512, 512), level / 255))
        found = flat_noise([pixels(lr)])
        assert found.by_brightness[0].luma_levels == pytest.approx(sigma, rel=0.15)
        assert found.correlation == pytest.approx(0.4, abs=0.1)


def test_texture_noise_has_its_power():
    levels = tuple(3.0 if 0.2 < frequency < 0.4 else 0.0 for frequency in FREQUENCIES)
    lr, _ = taken(made_up(texture_noise_levels=levels), torch.full((1, 3, 512, 512), 0.5))
    power = mean_power([pixels(lr)])
    assert np.sqrt(power[(FREQUENCIES > 0.25) & (FREQUENCIES < 0.35)]) == pytest.approx(3, rel=0.1)
    assert power[FREQUENCIES < 0.15].max() < 1


def test_the_files_compression_is_done_too():
    tables = tables_of_quality(40).int().flatten(1).tolist()
    facts = JpegFacts(
        luma_table=tables[0], chroma_table=tables[1], quality=40, halves_colour=True, files=5
    )
    plain, _ = taken(made_up(), sharp())
    lr, _ = taken(made_up(jpeg=facts), sharp())
    assert 1 / 255 < (lr - plain).abs().mean() < 12 / 255


def test_a_seed_gives_the_same_lr_and_another_another():
    noise = (Brightness(level=100, luma_levels=3.0, chroma_levels=2.0, patches=50),)
    estimate = made_up(noise=noise)
    hr = sharp(128)
    assert torch.equal(taken(estimate, hr)[0], taken(estimate, hr)[0])
    assert not torch.equal(taken(estimate, hr)[0], taken(estimate, hr, seed=1)[0])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA graphics card")
def test_a_graphics_card_gives_the_same_lr():
    noise = (Brightness(level=100, luma_levels=3.0, chroma_levels=2.0, patches=50),)
    estimate = made_up(Response(0.8, 0.8, 1.2), noise=noise)
    for one, other in zip(taken(estimate, sharp()), taken(estimate, sharp().cuda()), strict=True):
        difference = (one - other.cpu()).abs() * 255
        assert difference.max() < 1.01
        assert (difference > 0.5).float().mean() < 1e-3

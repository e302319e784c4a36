import numpy as np
import pytest
import torch

from engine.upscaling.tiles.pixel_kind import PixelKind
from engine.upscaling.tiles.transfer import to_device, to_host

CPU = torch.device("cpu")
needs_card = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")


def test_on_the_cpu_everything_passes_through_as_it_is():
    tensor = torch.rand(1, 3, 5, 7)
    assert to_device(tensor, CPU) is tensor
    pieces = [torch.rand(2, 3) for _ in range(3)]
    assert all(got is sent for got, sent in zip(to_host(pieces), pieces, strict=True))


def test_on_the_cpu_one_piece_is_alive_at_a_time():
    drawn = []

    def pieces():
        for index in range(3):
            drawn.append(index)
            yield torch.full((2,), index)

    for index, piece in enumerate(to_host(pieces())):
        assert drawn == list(range(index + 1))
        assert piece.tolist() == [index, index]


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=needs_card)])
@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_of_many_pieces_are_all_in_their_place(dtype, device, channels):
    sr = torch.rand(1, 3, 1100, 30, generator=torch.Generator().manual_seed(0)) * 1.2 - 0.1
    plane = sr.mean(dim=1, keepdim=True) if channels == 1 else sr
    expected = plane[0].clamp(0, 1).permute(1, 2, 0).double()
    white = 1.0 if dtype == "float32" else float(np.iinfo(dtype).max)
    pixels = PixelKind(dtype, channels).of(sr.to(device))
    assert pixels.dtype == dtype
    assert np.abs(pixels / white - expected.numpy()).max() <= 0.51 / white + 1e-6


@needs_card
def test_an_upload_is_complete_although_its_source_changes_at_once():
    card = torch.device("cuda")
    for _ in range(20):
        source = torch.rand(1, 3, 2000, 2000)
        expected = float(source.double().sum())
        sent = to_device(source.clone(), card)
        torch.rand(1, 3, 2000, 2000).pin_memory().fill_(9)  # would take freed pinned memory
        assert float(sent.double().sum().cpu()) == pytest.approx(expected)


@needs_card
def test_a_download_is_complete_although_the_card_works_on():
    card = torch.device("cuda")
    sent = (torch.full((3, 500, 2000), float(index), device=card) for index in range(30))
    for index, piece in enumerate(to_host(sent)):
        assert piece.device == CPU
        assert bool((piece == index).all())

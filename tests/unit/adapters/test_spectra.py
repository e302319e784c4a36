"""What an update does to a weight, against the weights themselves."""

import pytest
import torch

from engine.adapters.spectra import UpdateSpectrum, update_spectra
from engine.config.adapter import AdapterSettings
from engine.errors import CheckpointError
from tests.profile_samples import adapted, tiny_backbone


@pytest.mark.parametrize(
    "factorisation", ["pointwise_first", "kernel_first", "single_kernel", "loralib", "matrix"]
)
@pytest.mark.parametrize("scaling", ["constant", "alpha_over_rank"])
def test_the_norm_is_that_of_the_difference_of_the_weights(factorisation, scaling):
    backbone = tiny_backbone()
    settings = AdapterSettings.model_validate(
        {"budget": "40%", "factorisation": factorisation, "scaling": scaling, "alpha": 2.0}
    )
    adaptation, rank_map = adapted(backbone, settings)
    spectra = update_spectra(adaptation.state_dict(), rank_map.ranks, settings)
    before = dict(backbone.module.named_parameters())
    after = dict(adaptation.merged().module.named_parameters())
    assert set(spectra) == {site.name for site in rank_map.adapted}
    for name, spectrum in spectra.items():
        delta = after[f"{name}.weight"] - before[f"{name}.weight"]
        assert spectrum.norm == pytest.approx(delta.norm().item(), rel=1e-3)


def test_the_values_are_those_of_the_matrix_the_factorisation_makes_of_the_weight():
    backbone = tiny_backbone()
    adaptation, rank_map = adapted(backbone)
    spectra = update_spectra(adaptation.state_dict(), rank_map.ranks, rank_map.settings)
    before = dict(backbone.module.named_parameters())
    after = dict(adaptation.merged().module.named_parameters())
    for site in rank_map.adapted:
        delta = (after[f"{site.name}.weight"] - before[f"{site.name}.weight"]).double()
        matrix = delta.permute(0, 2, 3, 1).flatten(0, 2)
        expected = torch.linalg.svdvals(matrix)[: rank_map.ranks[site.name]]
        assert spectra[site.name].singular_values == pytest.approx(expected.tolist(), abs=1e-5)


def test_effective_rank_counts_the_directions_that_are_used():
    assert UpdateSpectrum("a", (2.0, 2.0, 2.0)).effective_rank == pytest.approx(3.0)
    assert UpdateSpectrum("a", (2.0, 0.0, 0.0)).effective_rank == pytest.approx(1.0)
    assert UpdateSpectrum("a", (0.0, 0.0)).effective_rank == 0.0
    between = UpdateSpectrum("a", (2.0, 1.0)).effective_rank
    assert 1.0 < between < 2.0


def test_an_adapter_of_another_rank_map_is_refused():
    adaptation, rank_map = adapted(tiny_backbone())
    ranks = dict.fromkeys([*rank_map.ranks, "elsewhere"], 1)
    with pytest.raises(CheckpointError):
        update_spectra(adaptation.state_dict(), ranks, rank_map.settings)


def test_sites_of_rank_zero_have_no_spectrum():
    adaptation, rank_map = adapted(tiny_backbone())
    ranks = dict.fromkeys(rank_map.ranks, 0)
    assert update_spectra(adaptation.state_dict(), ranks, rank_map.settings) == {}

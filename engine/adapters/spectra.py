"""What an update does to a weight: the singular values of ΔW, from its factors alone."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.adapters.low_rank import scaling_factor
from engine.config.adapter import AdapterSettings
from engine.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class UpdateSpectrum:
    """One site's ΔW.

    Attributes:
        site: Its name.
        singular_values: Of ΔW as the matrix its factorisation makes of it, the largest first;
            as many as its rank.
    """

    site: str
    singular_values: tuple[float, ...]

    @property
    def norm(self) -> float:
        """‖ΔW‖, the Frobenius norm."""
        return math.hypot(*self.singular_values)

    @property
    def effective_rank(self) -> float:
        """How many directions are really used, 1 up to the rank; 0 where nothing changed.

        exp of the entropy of the singular values as shares of their sum.
        """
        total = sum(self.singular_values)
        if total <= 0:
            return 0.0
        shares = [value / total for value in self.singular_values if value > 0]
        return math.exp(-sum(share * math.log(share) for share in shares))


def update_spectra(
    adapter: Mapping[str, Tensor], ranks: Mapping[str, int], settings: AdapterSettings
) -> dict[str, UpdateSpectrum]:
    """Return the spectrum of every updated site, without forming any ΔW.

    ΔW is a product of two thin matrices in every factorisation; the singular values of the small
    product of their triangular factors are its own.

    Args:
        adapter: What `Adaptation.state_dict` returned: factors by "site.factor".
        ranks: Rank by site name; those of 0 are passed over.
        settings: The scaling they were trained with.

    Raises:
        CheckpointError: If a site's factors are missing.
    """
    spectra = {}
    for site, rank in ranks.items():
        if rank == 0:
            continue
        factors = {name: adapter.get(f"{site}.{name}") for name in ("A", "B", "K")}
        a, b, kernel = factors["A"], factors["B"], factors["K"]
        if a is None or b is None:
            raise CheckpointError(
                f"The update of {site} is not in this adapter.",
                remedy="It was made with another rank map.",
            )
        left, right = _thin_matrices(a.double(), b.double(), kernel)
        small = torch.linalg.qr(left).R @ torch.linalg.qr(right.T).R.T
        values = torch.linalg.svdvals(small) * scaling_factor(
            settings.scaling, settings.alpha, rank
        )
        spectra[site] = UpdateSpectrum(site, tuple(values.tolist()))
    return spectra


def _thin_matrices(a: Tensor, b: Tensor, kernel: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return L (m, r) and R (r, n) whose product holds the entries of ΔW, unscaled."""
    if kernel is not None:
        taps = a[:, :, None, None] * kernel.double()[:, None]
        return b, taps.flatten(1)
    # B (C_out, r, k, k) of the pointwise-first form keeps its rank in the second dimension.
    return b.movedim(1, -1).flatten(0, -2), a.flatten(1)

"""Job: score a backbone's sites on pairs and allocate ranks, without training."""

from engine.adapters.rank_map import RankMap
from engine.cancellation import CancelToken
from engine.config.adapting import ScoreSettings
from engine.devices import pick_device
from engine.events import Emit
from engine.training.planning import ScoredPatches, backbone_for_scale, plan_on
from engine.training.setup import split_pairs
from engine.training.training_data import make_lr, read_pairs_or_photos


def score(settings: ScoreSettings, emit: Emit, token: CancelToken) -> RankMap:
    """Return the rank map that `adapt` would train with the same settings and seed.

    Raises:
        Cancelled: If the token says so.
        EngineError: If the backbone, the pairs or the settings cannot be used.
    """
    device = pick_device(settings.device)
    backbone = backbone_for_scale(settings.backbone, settings.scale, device)
    backbone.check_adaptable()
    pairs = read_pairs_or_photos(settings, settings.pairs, settings.scale, emit, token)
    if settings.val != 0:
        pairs = split_pairs(pairs, settings.val, settings.seed, emit=emit).train
    sampler = make_lr(settings, pairs, emit, token).sampler
    patches = ScoredPatches(pairs, settings.patch, settings.batch, settings.seed, sampler)
    return plan_on(patches, backbone, settings.adapter, device, emit, token)

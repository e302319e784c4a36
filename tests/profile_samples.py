"""Makes tiny adapted networks and profiles of them, for every test that needs one."""

from pathlib import Path

import torch

from engine.adapters.merge import merge_and_verify
from engine.adapters.methods import METHODS, Adaptation
from engine.adapters.rank_map import RankMap, plan_ranks
from engine.adapters.sites import find_sites
from engine.backbones.backbone import Backbone
from engine.backbones.building import build_backbone
from engine.config.adapter import AdapterSettings
from engine.metrics.quality import PhotoQuality, judge, mean_psnr_y_db, mean_ssim_y
from engine.profiles.profile import save_profile
from engine.profiles.provenance import (
    BackboneOrigin,
    Camera,
    DataOrigin,
    Provenance,
    TrainingRecord,
)

PHOTOS = (
    PhotoQuality(
        "one",
        {"bicubic": 24.0, "backbone": 25.0, "adapted": 26.25},
        {"bicubic": 0.7, "backbone": 0.75, "adapted": 0.8},
    ),
    PhotoQuality(
        "two",
        {"bicubic": 26.0, "backbone": 27.0, "adapted": 27.75},
        {"bicubic": 0.8, "backbone": 0.85, "adapted": 0.9},
    ),
)


def tiny_backbone(seed: int = 0) -> Backbone:
    """Return a random EDSR x2 of a few thousand parameters."""
    return build_backbone("EDSR", scale=2, seed=seed, features=8, blocks=1)


def adapted(
    backbone: Backbone, settings: AdapterSettings | None = None, seed: int = 0
) -> tuple[Adaptation, RankMap]:
    """Return the backbone with updates that are not zero, as after a training."""
    settings = settings or AdapterSettings(budget="20%")
    sites = find_sites(backbone.module, joint_qkv=settings.joint_qkv)
    rank_map = plan_ranks(
        sites,
        {site.name: 1.0 + index for index, site in enumerate(sites)},
        settings,
        backbone_parameters=backbone.parameter_count,
        score_stability=0.9,
    )
    adaptation = METHODS.get(settings.method).build(backbone, rank_map, seed)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in adaptation.parameters.values():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.02)
    return adaptation, rank_map


def provenance_of(backbone: Backbone) -> Provenance:
    """Return a plausible provenance, the same one every time but for the date."""
    return Provenance(
        backbone=BackboneOrigin(
            name=backbone.name,
            architecture=backbone.architecture,
            scale=backbone.scale,
            sha256=backbone.sha256,
            parameters=backbone.parameter_count,
        ),
        camera=Camera(make="Apple", model="iPhone X", lens="back camera 4mm f/1.8"),
        data=DataOrigin(
            folder="pairs", fingerprint="ab" * 32, train=("three", "four"), val=("one", "two")
        ),
        settings={"scale": backbone.scale, "adapter": {"budget": "20%"}},
        training=TrainingRecord(
            steps=200,
            seconds=40.0,
            seconds_per_step=0.2,
            curve=((100, 26.5), (200, 27.0)),
            bicubic_psnr_y_db=25.0,
            backbone_psnr_y_db=26.0,
        ),
        photos=PHOTOS,
        mean_psnr_y_db=mean_psnr_y_db(PHOTOS),
        mean_ssim_y=mean_ssim_y(PHOTOS),
        verdict=judge(PHOTOS),
        merge_max_abs_difference=1e-7,
    )


def save_sample_profile(
    folder: Path,
    *,
    name: str = "phone",
    settings: AdapterSettings | None = None,
    backbone: Backbone | None = None,
) -> tuple[Backbone, Backbone]:
    """Write a profile of a tiny network; return the backbone and the merged network."""
    backbone = backbone or tiny_backbone()
    adaptation, rank_map = adapted(backbone, settings)
    merged, _ = merge_and_verify(adaptation, backbone)
    save_profile(
        folder,
        name=name,
        merged=merged,
        adapter=adaptation.state_dict(),
        rank_map=rank_map,
        provenance=provenance_of(backbone),
    )
    return backbone, merged

"""Job: adapt a backbone to one camera's pairs, merge it, and judge it on photos it never saw."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from engine.adapters.input_bases import digest_of
from engine.adapters.merge import merge_and_verify
from engine.adapters.methods import METHODS
from engine.adapters.rank_map import RankMap
from engine.backbones.backbone import Backbone
from engine.cancellation import CancelToken
from engine.config.adapting import AdaptSettings
from engine.data.pair_set import PairSet
from engine.evaluation.measuring import measure
from engine.events import BaselinesReady, Emit, Notice, Progress, RankMapReady, Stage, VerdictReady
from engine.locks import held
from engine.metrics.quality import PhotoQuality, Verdict, judge, mean_psnr_y_db, mean_ssim_y
from engine.profiles.matching import CameraFound, camera_for, camera_of
from engine.profiles.profile import WORK_FOLDER, check_new_profile, save_profile
from engine.profiles.provenance import (
    BackboneOrigin,
    Camera,
    DataOrigin,
    Provenance,
    TrainingRecord,
    portable_settings,
)
from engine.texts import visible
from engine.training.crop_choice import CropChoice
from engine.training.planning import prepare, write_scores
from engine.training.run_settings import write_settings
from engine.training.setup import (
    SplitPairs,
    Watched,
    build_trainer,
    check_work_folder,
    choice_and_judgement,
    run_identity,
)
from engine.training.trainer import CurvePoint, Progression
from engine.training.training_data import TrainingData

_NOT_PART_OF_A_RUN = {
    *("out", "pairs", "val", "backbone", "name", "resume", "cache_dir", "device"),
    "made_for",
    *("lr_from", "degradation", "camera"),  # what they amount to is in the fingerprint
}


@dataclass(frozen=True, slots=True)
class Adapted:
    """What the main job achieved.

    Attributes:
        profile: Folder of the saved profile.
        rank_map: Scores and ranks it was trained with.
        photos: Held-out photos, measured whole.
        verdict: Whether to install it.
        trainable_parameters: Numbers that were trained.
        budget_parameters: Numbers that were allowed.
        backbone_parameters: Numbers in the backbone.
        steps: Optimiser steps done.
        seconds: Time in those steps.
        merge_max_abs_difference: Largest output difference of merged and adapted, on [0, 1].
        curve: Validations during training, on crops.
        baselines: Bicubic and backbone on the same crops.
    """

    profile: Path
    rank_map: RankMap
    photos: tuple[PhotoQuality, ...]
    verdict: Verdict
    trainable_parameters: int
    budget_parameters: int
    backbone_parameters: int
    steps: int
    seconds: float
    merge_max_abs_difference: float
    curve: tuple[CurvePoint, ...]
    baselines: BaselinesReady

    @property
    def seconds_per_step(self) -> float:
        """Mean time of a step."""
        return self.seconds / max(1, self.steps)


def adapt(
    settings: AdaptSettings,
    emit: Emit,
    token: CancelToken,
    pairs: PairSet | None = None,
    backbone: Backbone | None = None,
    *,
    scored: RankMapReady | None = None,
    crop: CropChoice | None = None,
) -> Adapted:
    """Score, allocate, train, merge, measure and save (paper, sections 3 and 4).

    Args:
        settings: What to adapt to what, and how.
        emit: Receives events.
        token: Stops or pauses the job; training then keeps a checkpoint in `out/work`.
        pairs: Pairs at hand already, instead of the folder `settings.pairs`.
        backbone: A network at hand already, such as one from `backbone_from_module`, instead of
            `settings.backbone`; left as it is, but for its device.
        scored: What was scored with the same photos, backbone and settings before, instead of
            scoring again; the budget may be another.
        crop: Which piece of which held-out photo `CropReady` shows; the middle of the first
            unless told otherwise.

    Raises:
        Cancelled: If the token says so.
        BusyError: If another process adapts into `settings.out`.
        EngineError: If something of the user's cannot be used; nothing half-done is left as a
            profile.
    """
    with held(settings.out, "adapting a network"):
        return _adapt(settings, emit, token, pairs, backbone, scored=scored, crop=crop)


def _adapt(
    settings: AdaptSettings,
    emit: Emit,
    token: CancelToken,
    pairs: PairSet | None,
    backbone: Backbone | None,
    *,
    scored: RankMapReady | None,
    crop: CropChoice | None,
) -> Adapted:
    work = settings.out / WORK_FOLDER
    check_new_profile(settings.out, settings.name)
    checkpoint = check_work_folder(work, resume=settings.resume)
    training = settings.training
    prepared = prepare(
        settings, emit, token, pairs=pairs, backbone=backbone, split_file=work / "split.json"
    )
    backbone, data = prepared.backbone, prepared.data
    split = data.split
    if settings.resume and len(split.val) == 1:
        # Begun when one photo could both choose and judge: it ends with its last state instead.
        training = training.model_copy(update={"keep": "last"})
    watched_on, judged_on = choice_and_judgement(split.val, training)
    camera = _camera(settings, data, emit, token)
    scores_file = work / "scores.json"
    if not settings.resume:
        write_settings(work, settings)
        scores_file.unlink(missing_ok=True)
        if scored is not None:
            scores = {site.site: site.score for site in scored.sites}
            write_scores(scores_file, scores, scored.score_stability)
    rank_map = prepared.plan(settings, emit, token, scores_file=scores_file)
    bases = prepared.bases(settings, rank_map, token, kept=work / "bases.safetensors")
    rehearsal = prepared.rehearsal(settings, token, kept=work / "rehearsal.safetensors")
    method = METHODS.get(settings.adapter.method)
    adaptation = method.build(backbone, rank_map, training.seed, bases)
    trainer, baselines = build_trainer(
        adaptation,
        replace(split, val=watched_on),
        training,
        device=prepared.device,
        identity=run_identity(
            settings,
            " ".join(
                filter(
                    None,
                    [
                        split.fingerprint,
                        backbone.sha256 or backbone.name,
                        digest_of(bases),
                        "" if rehearsal is None else f"{rehearsal.digest} {training.rehearsal}",
                    ],
                )
            ),
            ignored=_NOT_PART_OF_A_RUN,
        ),
        checkpoint=checkpoint,
        emit=emit,
        token=token,
        sampler=data.sampler,
        rehearsal=rehearsal,
        watched=Watched(backbone, crop or CropChoice()),
    )
    progress = trainer.run(resume=settings.resume)
    emit(Progress(Stage.MERGE, 0, 1))
    merged, difference = merge_and_verify(adaptation, backbone)
    emit(Progress(Stage.MERGE, 1, 1))
    photos = measure(judged_on, {"backbone": backbone, "adapted": merged}, emit=emit, token=token)
    adapted = Adapted(
        profile=settings.out,
        rank_map=rank_map,
        photos=photos,
        verdict=judge(photos),
        trainable_parameters=adaptation.trainable_parameters,
        budget_parameters=rank_map.budget_parameters,
        backbone_parameters=rank_map.backbone_parameters,
        steps=progress.step,
        seconds=progress.seconds,
        merge_max_abs_difference=difference,
        curve=tuple(progress.curve),
        baselines=baselines,
    )
    save_profile(
        settings.out,
        name=settings.name,
        merged=merged.to("cpu"),
        adapter=adaptation.adapter(),
        rank_map=rank_map,
        provenance=_provenance(settings, backbone, camera, split, data.skipped, adapted, progress),
    )
    shutil.rmtree(work, ignore_errors=True)
    verdict = adapted.verdict
    emit(VerdictReady(verdict.better, verdict.sentence, verdict.gain_db, verdict.photos))
    return adapted


def _camera(
    settings: AdaptSettings, data: TrainingData, emit: Emit, token: CancelToken
) -> Camera | None:
    """Return the camera the profile is for; a notice says where that is not simply the LR's."""
    found = CameraFound(None)
    if data.camera_photos:
        found = camera_of(data.camera_photos, token)
    requested = settings.made_for
    named = camera_for(found, None if requested is None else Camera(**requested.model_dump()))
    if named.notice:
        emit(Notice(named.notice))
    return named.camera


def _provenance(  # noqa: PLR0917 - one call, all of it needed
    settings: AdaptSettings,
    backbone: Backbone,
    camera: Camera | None,
    split: SplitPairs,
    skipped: int,
    adapted: Adapted,
    progress: Progression,
) -> Provenance:
    return Provenance(
        backbone=BackboneOrigin(
            name=backbone.name,
            architecture=backbone.architecture,
            scale=backbone.scale,
            sha256=backbone.sha256,
            parameters=backbone.parameter_count,
        ),
        camera=camera,
        data=DataOrigin(
            folder=visible(settings.pairs.name),
            fingerprint=split.fingerprint,
            train=split.train.names,
            val=split.val.names,
            skipped=skipped,
        ),
        settings=portable_settings(settings),
        training=TrainingRecord(
            steps=adapted.steps,
            seconds=adapted.seconds,
            seconds_per_step=adapted.seconds_per_step,
            curve=tuple((point.step, point.psnr_y_db) for point in adapted.curve),
            bicubic_psnr_y_db=adapted.baselines.bicubic_psnr_y_db,
            backbone_psnr_y_db=adapted.baselines.backbone_psnr_y_db,
            diverged=progress.diverged,
        ),
        photos=adapted.photos,
        mean_psnr_y_db=mean_psnr_y_db(adapted.photos),
        mean_ssim_y=mean_ssim_y(adapted.photos),
        verdict=adapted.verdict,
        merge_max_abs_difference=adapted.merge_max_abs_difference,
    )

"""Job: train a backbone from scratch on sharp photos and the LR made from them."""

from dataclasses import dataclass
from pathlib import Path

import engine
from engine.adapters.methods import FullFineTuning
from engine.backbones.backbone import Backbone
from engine.backbones.building import build_backbone
from engine.backbones.catalogue import BackboneCard
from engine.backbones.loading import load_backbone, save_backbone
from engine.cancellation import CancelToken
from engine.config.pretraining import PretrainSettings
from engine.data.pair_set import load_hr_photos
from engine.devices import pick_device
from engine.errors import ConfigError
from engine.evaluation.measuring import measure
from engine.events import Emit
from engine.files import atomic_write_text, sha256_of
from engine.formatting import format_count
from engine.locks import held
from engine.metrics.quality import mean_psnr_y_db, mean_ssim_y
from engine.training.setup import build_trainer, check_work_folder, run_identity
from engine.training.trainer import Progression
from engine.training.training_data import load_training_data

LICENCE = "Apache-2.0"
_NOT_PART_OF_A_RUN = {
    *("out", "photos", "resume", "cache_dir", "bench"),
    *("lr_from", "degradation", "camera"),  # what they amount to is in the fingerprint
}


@dataclass(frozen=True, slots=True)
class Pretrained:
    """A backbone on disk and the card that describes it."""

    path: Path
    card: BackboneCard
    seconds: float


def pretrain(settings: PretrainSettings, emit: Emit, token: CancelToken) -> Pretrained:
    """Train all parameters of a new network; write it and its measured card into `out`.

    Args:
        settings: Architecture, photos, recipe, and the HR folders (`bench`) the card is
            measured on, by bicubic LR whatever it was trained on.
        emit: Receives events.
        token: Stops or pauses the training; a checkpoint is kept.

    Raises:
        BusyError: If another process trains one of this name there.
        EngineError: As `load_training_data`, `Trainer.run` and `save_backbone` do.
    """
    path = settings.out / f"{settings.name}.safetensors"
    with held(path, "training a network"):
        return _pretrain(settings, path, emit, token)


def _pretrain(settings: PretrainSettings, path: Path, emit: Emit, token: CancelToken) -> Pretrained:
    if path.exists():
        raise ConfigError(
            "A backbone of this name is here already.", path=path, remedy="Choose another name."
        )
    work = settings.out / f"{settings.name}.work"
    checkpoint = check_work_folder(work, resume=settings.resume)
    device = pick_device(settings.device)
    data = load_training_data(settings, emit, token, split_file=work / "split.json")
    start = _start(settings)
    adaptation = FullFineTuning(start)
    trainer, _ = build_trainer(
        adaptation,
        data.split,
        settings.training,
        device=device,
        identity=run_identity(settings, data.split.fingerprint, ignored=_NOT_PART_OF_A_RUN),
        checkpoint=checkpoint,
        emit=emit,
        token=token,
        sampler=data.sampler,
    )
    progress = trainer.run(resume=settings.resume)
    backbone = adaptation.merged().to("cpu")
    save_backbone(backbone, path)
    card = _card(settings, load_backbone(path), path, progress, emit, token)
    atomic_write_text(settings.out / f"{settings.name}.json", card.model_dump_json(indent=2) + "\n")
    checkpoint.unlink(missing_ok=True)
    return Pretrained(path, card, progress.seconds)


def _start(settings: PretrainSettings) -> Backbone:
    start = build_backbone(
        settings.architecture,
        scale=settings.scale,
        seed=settings.training.seed,
        **settings.options,
    )
    if settings.start_from is not None:
        _take_over(start, load_backbone(settings.start_from))
    return start


def _take_over(start: Backbone, trained: Backbone) -> None:
    """Copy every tensor of the same name and shape."""
    own, learned = start.module.state_dict(), trained.module.state_dict()
    fitting = {
        name: tensor
        for name, tensor in learned.items()
        if name in own and own[name].shape == tensor.shape
    }
    if not fitting:
        raise ConfigError(
            f"Nothing of {trained.name} ({trained.architecture}) fits this network.",
            remedy="Start from a backbone of the same architecture and width.",
        )
    start.module.load_state_dict({**own, **fitting})


def _card(  # noqa: PLR0917 - one call, all of it needed
    settings: PretrainSettings,
    backbone: Backbone,
    path: Path,
    progress: Progression,
    emit: Emit,
    token: CancelToken,
) -> BackboneCard:
    psnr_y_db: dict[str, dict[str, float]] = {"backbone": {}, "bicubic": {}}
    ssim_y: dict[str, dict[str, float]] = {"backbone": {}, "bicubic": {}}
    for folder in settings.bench:
        pairs = load_hr_photos(
            folder, scale=settings.scale, cache_dir=settings.cache_dir, emit=emit, token=token
        )
        photos = measure(pairs, {"backbone": backbone}, emit=emit, token=token)
        for contender in ("backbone", "bicubic"):
            psnr_y_db[contender][folder.name] = round(mean_psnr_y_db(photos)[contender], 3)
            ssim_y[contender][folder.name] = round(mean_ssim_y(photos)[contender], 4)
    recipe = settings.model_dump(
        mode="json",
        include={"architecture", "options", "scale", "start_from", "training"}
        | ({"recoloured", "drawn"} if settings.recoloured + settings.drawn else set()),
    )
    recipe |= _lr_recipe(settings)
    return BackboneCard(
        name=settings.name,
        architecture=backbone.architecture,
        scale=backbone.scale,
        parameters=backbone.parameter_count,
        recipe={**recipe, "adaptsr": engine.__version__},
        steps=progress.step,
        data=settings.data,
        data_licence=settings.data_licence,
        licence=LICENCE,
        psnr_y_db=psnr_y_db["backbone"],
        ssim_y=ssim_y["backbone"],
        bicubic_psnr_y_db=psnr_y_db["bicubic"],
        bicubic_ssim_y=ssim_y["bicubic"],
        sha256=sha256_of(path),
        notes=f"Trained for {format_count(round(progress.seconds / 60), 'minute')} on "
        f"{_device_name(settings.device)}.",
    )


def _lr_recipe(settings: PretrainSettings) -> dict[str, str]:
    """Return where LR came from, for the card; nothing where it is bicubic, as it mostly is."""
    if settings.lr_from == "bicubic":
        return {}
    recipe: dict[str, str] = {"lr_from": settings.lr_from}
    if settings.lr_from == "blind":
        recipe["degradation"] = Path(settings.degradation).name
    if settings.camera is not None:
        recipe["camera"] = settings.camera.name
    return recipe


def _device_name(requested: str) -> str:
    """Return the kind of processor a job of these settings ran on."""
    return {"cpu": "a CPU", "cuda": "a GPU"}.get(pick_device(requested).type, "a GPU")

"""Jobs: what the main job would do, before it does it: its ranks, its pace and its needs."""

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import psutil
import torch

from engine.adapters.methods import METHODS
from engine.adapters.rank_map import RankMap
from engine.cancellation import CancelToken
from engine.config.adapting import AdaptSettings
from engine.data.pair_set import PairSet
from engine.events import Emit, Event, Progress, Stage, TrainingStep, ignore_events
from engine.training.planning import prepare
from engine.training.trainer import Trainer
from engine.training.training_data import TrainingData
from engine.training.validation import HeldOutCrops

_BYTES_A_NUMBER = 4
_CHECKPOINT_COPIES = 4
"""A checkpoint holds the trained numbers, Adam's two averages of them, and the best state."""
_SAMPLED_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class Pace:
    """What a training takes on this machine, from a few real steps of it.

    Attributes:
        seconds_per_step: Median of the steps after the first.
        seconds_per_validation: One look at the held-out crops.
        seconds_to_judge: Upscaling the held-out photos, as they are, by both networks.
        memory_bytes: Most that this program held while it trained; on a graphics card, there.
        disk_bytes: Decoded photos, checkpoint and profile.
        device: Where it was computed, such as "cpu".
    """

    seconds_per_step: float
    seconds_per_validation: float
    seconds_to_judge: float
    memory_bytes: int
    disk_bytes: int
    device: str


def plan_adaptation(settings: AdaptSettings, emit: Emit, token: CancelToken) -> RankMap:
    """Return the rank map that `adapt` would train with these settings.

    Raises:
        Cancelled: If the token says so.
        EngineError: If the backbone, the photos or the settings cannot be used.
    """
    return prepare(settings, emit, token).plan(settings, emit, token)


def measure_pace(
    settings: AdaptSettings, emit: Emit, token: CancelToken, *, steps: int = 5
) -> Pace:
    """Train a few real steps and throw them away.

    Args:
        settings: Of the training that is to be predicted; nothing is written to `out`.
        emit: Receives `Progress`.
        token: Stops the job.
        steps: How many, at least 2; the first takes longer than all others and is not counted.

    Raises:
        Cancelled: If the token says so.
        EngineError: If the backbone, the photos or the settings cannot be used.
    """
    prepared = prepare(settings, emit, token)
    backbone, device, data = prepared.backbone, prepared.device, prepared.data
    # The pace depends on how many ranks there are, hardly on where: so none are scored for it.
    guessed = settings.adapter.model_copy(update={"score": "random", "score_batches": 1})
    unscored = settings.model_copy(update={"adapter": guessed})
    rank_map = prepared.plan(unscored, ignore_events, token)
    training = settings.training.model_copy(update={"steps": steps, "warmup_steps": 0})
    adaptation = METHODS.get(guessed.method).build(backbone, rank_map, training.seed)
    totals_s = [0.0]

    def listen(event: Event) -> None:
        if isinstance(event, TrainingStep):
            totals_s.append(event.seconds_per_step * event.step)
            emit(Progress(Stage.TRAIN, event.step, steps))

    with _peak_memory(device) as peak_bytes:
        sampler = data.sampler(
            data.split.train, patch=training.patch, batch=training.batch, seed=training.seed
        )
        Trainer(
            adaptation, sampler, training, device=device, identity="", emit=listen, token=token
        ).run()
        token.check()
        held_out = data.split.val
        crops = HeldOutCrops(held_out, device=device)
        started_s = time.perf_counter()
        crops.psnr_y_db(adaptation.backbone)
        validation_s = time.perf_counter() - started_s
    each_s = [after - before for before, after in itertools.pairwise(totals_s)]
    numbers = backbone.parameter_count + _CHECKPOINT_COPIES * adaptation.trainable_parameters
    return Pace(
        seconds_per_step=median(each_s[1:] or each_s or [0.0]),
        seconds_per_validation=validation_s,
        seconds_to_judge=2 * validation_s * _pixels_in(held_out) / max(1, crops.lr_pixels),
        memory_bytes=peak_bytes[0],
        disk_bytes=_decoded_bytes(data) + _BYTES_A_NUMBER * numbers,
        device=device.type,
    )


def _pixels_in(pairs: PairSet) -> int:
    sizes = (pairs.lr_size_px(index) for index in range(len(pairs)))
    return sum(height * width for height, width in sizes)


def _decoded_bytes(data: TrainingData) -> int:
    split = data.split
    lr_pixels = _pixels_in(split.train) + _pixels_in(split.val)
    return 3 * lr_pixels * (1 + split.train.scale**2)


@contextlib.contextmanager
def _peak_memory(device: torch.device) -> Iterator[list[int]]:
    """Lend a list whose one entry is, after the end, the most memory in use meanwhile, bytes."""
    peak = [0]
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        yield peak
        peak[0] = torch.cuda.max_memory_reserved(device)
        return
    process, ended = psutil.Process(), threading.Event()

    def watch() -> None:
        while not ended.wait(_SAMPLED_EVERY_S):
            peak[0] = max(peak[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch, name="memory of the training benchmark")
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()
        peak[0] = max(peak[0], process.memory_info().rss)

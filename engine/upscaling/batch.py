"""Upscales many photos: one bad one stops nobody, and what is finished is not done again."""

import gc
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from engine import __version__
from engine.cancellation import CancelToken
from engine.config import UpscaleSettings
from engine.devices import memory_errors
from engine.errors import ConfigError, EngineError, PhotoError
from engine.events import (
    Emit,
    Notice,
    PhotoFinished,
    PhotoStarted,
    Progress,
)
from engine.imaging.part_file import remove_leftovers
from engine.imaging.photo import Photo
from engine.imaging.reading import read_photo
from engine.upscaling.allocator import kept_memory
from engine.upscaling.finished import FinishedLog
from engine.upscaling.naming import check_template
from engine.upscaling.networks import Networks
from engine.upscaling.openvino_choice import check_backend
from engine.upscaling.photo_upscaler import PhotoResult, PhotoUpscaler
from engine.upscaling.planning import Plan, check_disk, check_disk_for, plan_photos
from engine.upscaling.report import Outcome, UpscaleReport
from engine.upscaling.sources import find_sources
from engine.upscaling.target_size import TargetSize

_READ_AHEAD_PX = 64_000_000
"""Larger photos are read only when their turn comes, to hold one in memory rather than two."""

_PROGRESS_EVERY_S = 0.1
_MEMORY_REMEDY = "Close other programs, or upscale a smaller photo."


def check_batch(settings: UpscaleSettings) -> None:
    """Refuse settings that cannot work, before anything is loaded.

    Raises:
        ConfigError: If the name template or the target size is not one, or the backend cannot be
            used.
    """
    check_backend(settings)
    check_template(settings.name_template)
    if settings.target is not None:
        TargetSize.parse(settings.target)


def upscale_batch(
    settings: UpscaleSettings,
    networks: Networks,
    emit: Emit,
    token: CancelToken,
) -> UpscaleReport:
    """Upscale every photo; one that cannot be is named, and the others go on.

    Photos of one network are done one after another, so that each network is loaded once and one
    of them is in memory at a time. The report lists them in the order they were found in.

    Args:
        settings: Photos, and how results are named and stored.
        networks: Chooses and loads the network for each photo.
        emit: Receives events.
        token: Stops at once; the photo at hand then leaves nothing behind.

    Raises:
        Cancelled: If the token says so.
        ConfigError: If there is no photo, or the name template or the target size is not one.
        StorageError: If the results will not fit onto the disk, or folders cannot be used.
    """
    started = time.monotonic()
    check_batch(settings)
    outcome = Outcome(emit)
    log = FinishedLog(settings.out)
    found = _plans(settings, networks, log, outcome, token)
    plans = _by_network(found)
    check_disk(plans, settings.out)
    for folder in {plan.path.parent for plan in plans}:
        if folder.is_dir():
            remove_leftovers(folder)
    for text in _reasons(found):
        emit(Notice(text))
    _Run(settings, networks, log, outcome, token).upscale(plans)
    outcome.sort_like([plan.path for plan in found])
    return outcome.report(time.monotonic() - started)


def _by_network(plans: Sequence[Plan]) -> list[Plan]:
    """Return the plans grouped by network, groups and plans in the order they came in."""
    groups: dict[str, list[Plan]] = {}
    for plan in plans:
        groups.setdefault(plan.network.identity, []).append(plan)
    return [plan for group in groups.values() for plan in group]


def _reasons(plans: Sequence[Plan]) -> list[str]:
    """Return a sentence for each reason why photos get the network they get."""
    counts = Counter(plan.network.reason for plan in plans if plan.network.reason)
    return [
        f"{f'{count} photos' if count > 1 else '1 photo'}: {reason}."
        for reason, count in counts.items()
    ]


def _plans(
    settings: UpscaleSettings,
    networks: Networks,
    log: FinishedLog,
    outcome: Outcome,
    token: CancelToken,
) -> list[Plan]:
    """Return what is left to do."""
    found = find_sources(settings.sources, settings.out)
    sources = [source for source in found.sources if not log.is_output(source.path)]
    if not sources:
        raise ConfigError(
            "There are no photos here.",
            path=settings.sources[0],
            remedy="Choose photos, or a folder that holds some.",
        )
    for missing in found.missing:
        outcome.fail(missing.path or settings.out, missing)

    def on_photo(index: int) -> None:
        token.check()
        if index % 16 == 0:
            outcome.emit(Progress("load", index, len(sources), sources[index].path.name))

    planned = plan_photos(sources, settings, networks.facts_for, on_photo=on_photo)
    for path, error in planned.errors:
        outcome.fail(path, error)
    to_do = []
    for plan in planned.plans:
        is_there = plan.path.exists()
        if is_there and plan.path.samefile(plan.source.path):
            message = "The result would replace the photo itself."
            remedy = "Choose another folder, or another name for results."
            outcome.fail(
                plan.source.path, PhotoError(message, path=plan.source.path, remedy=remedy)
            )
        elif log.is_finished(plan.path, plan.key):
            outcome.skip(plan.source.path, plan.path, f"its result {plan.path.name} is finished")
        elif is_there and not settings.overwrite:
            outcome.skip(
                plan.source.path,
                plan.path,
                f"there is another file called {plan.path.name} already",
            )
        else:
            to_do.append(plan)
    return to_do


class _Run:
    """Works through plans, reading one photo ahead and holding one network."""

    def __init__(
        self,
        settings: UpscaleSettings,
        networks: Networks,
        log: FinishedLog,
        outcome: Outcome,
        token: CancelToken,
    ) -> None:
        self._settings = settings
        self._networks = networks
        self._identity = ""
        self._loaded: PhotoUpscaler | EngineError | None = None
        self._log = log
        self._outcome = outcome
        self._token = token
        self._started = self._told = 0.0
        self._total_px = self._done_px = 0
        self._worked_px = 0

    def upscale(self, plans: list[Plan]) -> None:
        self._started = time.monotonic()
        self._total_px = max(1, sum(plan.photo_px for plan in plans))
        pool = ThreadPoolExecutor(1, thread_name_prefix="read")
        try:
            with kept_memory():
                self._work_through(plans, pool)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        last = plans[-1].source.path.name if plans else ""
        done = self._total_px // 1000
        self._outcome.emit(Progress("upscale", done, done, last, 0.0, 1.0))

    def _work_through(self, plans: list[Plan], pool: ThreadPoolExecutor) -> None:
        ahead: Future[Photo] | None = None
        for index, plan in enumerate(plans):
            self._token.check()
            self._tell(plan, 0.0, at_once=True)
            self._outcome.emit(PhotoStarted(plan.source.path, index, len(plans)))
            reading = ahead or pool.submit(self._read, plan)
            ahead = None
            following = plans[index + 1] if index + 1 < len(plans) else None
            if following and plan.photo_px + following.photo_px <= _READ_AHEAD_PX:
                ahead = pool.submit(self._read, following)
            try:
                self._upscale_one(plan, reading)
            except EngineError as error:
                self._outcome.fail(plan.source.path, error)
            self._done_px += plan.photo_px

    def _read(self, plan: Plan) -> Photo:
        return read_photo(
            plan.source.path,
            max_pixels=self._settings.max_pixels,
            keep_16_bit=plan.bit_depth == 16,
        )

    def _upscale_one(self, plan: Plan, reading: Future[Photo]) -> None:
        started = time.monotonic()
        check_disk_for(plan)
        with memory_errors(_MEMORY_REMEDY):
            photo = reading.result()
            self._token.check()
            result = self._upscaler(plan).upscale(
                photo,
                plan.path,
                plan.output(photo, self._settings, f"AdaptSR {__version__}"),
                overwrite=self._settings.overwrite,
                token=self._token,
                on_progress=lambda share: self._tell(plan, share),
            )
        self._log.add(plan.path, plan.key)
        self._worked_px += plan.photo_px
        outcome, path = self._outcome, plan.source.path
        outcome.done.append((path, plan.path))
        outcome.results.append(result)
        for notice in _notices(result):
            outcome.emit(Notice(f"{path.name}: {notice}"))
        outcome.emit(PhotoFinished(path, plan.path, time.monotonic() - started))

    def _upscaler(self, plan: Plan) -> PhotoUpscaler:
        """Return the plan's network, loaded at its first photo.

        Raises:
            EngineError: If it cannot be loaded, for every photo the same.
        """
        if self._loaded is None or self._identity != plan.network.identity:
            self._identity, self._loaded = plan.network.identity, None
            gc.collect()  # frees the one before, whose parts refer to each other
            try:
                self._loaded = self._networks.load(plan.network)
            except EngineError as error:
                self._loaded = error
        if isinstance(self._loaded, EngineError):
            raise self._loaded
        return self._loaded

    def _tell(self, plan: Plan, share: float, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if not at_once and now - self._told < _PROGRESS_EVERY_S:
            return
        self._told = now
        worked_px = self._worked_px + share * plan.photo_px
        left_px = self._total_px - self._done_px - share * plan.photo_px
        eta_s = (now - self._started) * left_px / worked_px if worked_px else None
        done_px = self._done_px + share * plan.photo_px
        name = plan.source.path.name
        self._outcome.emit(
            Progress("upscale", int(done_px / 1000), self._total_px // 1000, name, eta_s, share)
        )


def _notices(result: PhotoResult) -> list[str]:
    notices = list(result.notices)
    if result.retried_tiles:
        notices.append("Parts of it had to be computed again with higher precision.")
    if result.fell_back:
        notices.append(
            "The graphics card did not have enough memory, so the processor did the work."
        )
    return notices

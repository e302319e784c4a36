"""Upscales many photos: one bad one stops nobody, and what is finished is not done again."""

import os
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from engine import __version__
from engine.cancellation import CancelToken
from engine.config.upscaling import UpscaleSettings
from engine.errors import (
    ConfigError,
    DiskFullError,
    EngineError,
    PhotoError,
    ProfileError,
    as_engine_error,
)
from engine.events import (
    Emit,
    Notice,
    PhotoFinished,
    PhotoNotice,
    PhotoStarted,
    Progress,
    Stage,
)
from engine.imaging.part_file import remove_leftovers
from engine.imaging.photo import Photo
from engine.imaging.reading import read_photo
from engine.locks import held
from engine.memory import memory_errors
from engine.upscaling.batch.naming import check_template
from engine.upscaling.batch.networks import NetworkChoice, Networks
from engine.upscaling.batch.planning import PhotoPlan, check_disk, check_disk_for, plan_photos
from engine.upscaling.batch.report import ReportBuilder, UpscaleReport
from engine.upscaling.batch.result_log import ResultLog, identify
from engine.upscaling.batch.run_progress import RunProgress
from engine.upscaling.batch.sources import Source, find_sources
from engine.upscaling.inference.allocator import kept_memory
from engine.upscaling.inference.openvino_choice import check_backend
from engine.upscaling.photo.photo_upscaler import PhotoResult, PhotoUpscaler
from engine.upscaling.photo.target_size import TargetSize

_READ_AHEAD_PX = 64_000_000
"""Larger photos are read only when their turn comes, to hold one in memory rather than two."""

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
    outcome = ReportBuilder(emit)
    log = ResultLog(settings.out)
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


def _by_network(plans: Sequence[PhotoPlan]) -> list[PhotoPlan]:
    """Return the plans grouped by network, groups and plans in the order they came in."""
    groups: dict[str, list[PhotoPlan]] = {}
    for plan in plans:
        groups.setdefault(plan.network.identity, []).append(plan)
    return [plan for group in groups.values() for plan in group]


def _reasons(plans: Sequence[PhotoPlan]) -> list[str]:
    """Return a sentence for each reason why photos get the network they get."""
    counts = Counter(plan.network.reason for plan in plans if plan.network.reason)
    return [
        f"{f'{count} photos' if count > 1 else '1 photo'}: {reason}."
        for reason, count in counts.items()
    ]


def _plans(
    settings: UpscaleSettings,
    networks: Networks,
    log: ResultLog,
    outcome: ReportBuilder,
    token: CancelToken,
) -> list[PhotoPlan]:
    """Return what is left to do."""
    sources = _sources(settings, log, outcome, token)

    def on_photo(index: int) -> None:
        token.check()
        if index % 16 == 0:
            outcome.emit(Progress(Stage.LOAD, index, len(sources), sources[index].path.name))

    planned = plan_photos(sources, settings, networks.facts_for, log, on_photo=on_photo)
    for path, error in planned.errors:
        outcome.fail(path, error)
    to_do = []
    for plan in planned.plans:
        photo, destination = plan.source.path, plan.destination
        if destination.problem is not None:
            outcome.fail(photo, destination.problem)
            if destination.foreign:
                outcome.in_the_way.append((photo, destination.path))
        elif destination.is_finished:
            outcome.skip(photo, plan.path, f"its result {plan.path.name} is finished")
        else:
            to_do.append(plan)
    return to_do


def _sources(
    settings: UpscaleSettings, log: ResultLog, outcome: ReportBuilder, token: CancelToken
) -> list[Source]:
    """Return the photos of the run, without what earlier runs made.

    Raises:
        ConfigError: If there is none.
    """
    found = find_sources(
        settings.sources,
        settings.out,
        chosen=[
            Source(
                one.path,
                one.folder,
                NetworkChoice(one.profile, one.backbone, one.strength),
                is_named=True,
            )
            for one in settings.photos
        ],
        choice=NetworkChoice(settings.profile, settings.backbone, settings.strength),
        on_found=lambda _count: token.check(),
    )
    for missing in found.missing:
        outcome.fail(missing.path or settings.out, missing)
    sources, results = [], 0
    for source in found.sources:
        if not log.is_output(source.path):
            sources.append(source)
        elif source.is_named:
            outcome.skip(source.path, source.path, "it is a result itself")
        else:
            results += 1
    if results:
        count = f"{results} results" if results > 1 else "1 result"
        outcome.emit(Notice(f"{count} of earlier runs among the photos: left out."))
    if not sources and not outcome.skipped:
        raise ConfigError(
            "There are no photos here.",
            path=settings.sources[0] if settings.sources else settings.out,
            remedy="Choose photos, or a folder that holds some.",
        )
    return sources


def may_read_ahead(photo_px: int, following_px: int) -> bool:
    """Return whether both photos may be in memory at a time."""
    return photo_px + following_px <= _READ_AHEAD_PX


class _Run:
    """Works through plans, reading one photo ahead and holding one network."""

    def __init__(
        self,
        settings: UpscaleSettings,
        networks: Networks,
        log: ResultLog,
        outcome: ReportBuilder,
        token: CancelToken,
    ) -> None:
        self._settings = settings
        self._networks = networks
        self._identity = ""
        self._loaded: PhotoUpscaler | EngineError | None = None
        self._log = log
        self._outcome = outcome
        self._token = token

    def upscale(self, plans: list[PhotoPlan]) -> None:
        progress = RunProgress(sum(plan.photo_px for plan in plans), self._outcome.emit)
        pool = ThreadPoolExecutor(1, thread_name_prefix="read")
        try:
            with kept_memory():
                self._work_through(plans, pool, progress)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        progress.finish()

    def _work_through(
        self, plans: list[PhotoPlan], pool: ThreadPoolExecutor, progress: RunProgress
    ) -> None:
        ahead: Future[Photo] | None = None
        for index, plan in enumerate(plans):
            self._token.check()
            progress.begin(plan.source.path.name, plan.photo_px)
            self._outcome.emit(PhotoStarted(plan.source.path, index, len(plans)))
            following = plans[index + 1] if index + 1 < len(plans) else None
            try:
                with memory_errors(_MEMORY_REMEDY):  # a thread needs some too
                    reading = ahead or pool.submit(self._read, plan)
                    ahead = None
                    if following and may_read_ahead(plan.photo_px, following.photo_px):
                        ahead = pool.submit(self._read, following)
                with held(plan.path, "upscaling a photo"):  # two would do the same work twice
                    self._upscale_one(plan, reading, progress)
                progress.end(is_worked=True)
            except DiskFullError:
                raise  # once, for all: nothing that follows would fit either
            except (EngineError, OSError) as error:
                self._outcome.fail(plan.source.path, as_engine_error(error))
                progress.end(is_worked=False)

    def _read(self, plan: PhotoPlan) -> Photo:
        """Read a photo as it was planned.

        Raises:
            EngineError: If it cannot be read, or is another one by now.
        """
        path = plan.source.path
        photo = read_photo(
            path,
            max_pixels=self._settings.max_pixels,
            keep_16_bit=plan.bit_depth == 16,
            token=self._token,
        )
        info = plan.info
        same_size = (photo.width_px, photo.height_px) == (info.width_px, info.height_px)
        try:
            is_the_same = same_size and identify(path) == plan.identity
        except OSError:
            is_the_same = False
        if not is_the_same:
            raise PhotoError(
                "The photo was changed by another program while this run was under way.",
                path=path,
                remedy="Upscale it again.",
            )
        return photo

    def _upscale_one(self, plan: PhotoPlan, reading: Future[Photo], progress: RunProgress) -> None:
        started = time.monotonic()
        check_disk_for(plan)
        destination = plan.destination
        if destination.replaces:
            happened = "" if self._may_replace(plan.path) else "changed"
        else:
            happened = "made" if os.path.lexists(plan.path) else ""
        if happened:
            raise PhotoError(
                f"{plan.path.name} was {happened} by another program while this run was under way.",
                path=plan.source.path,
                remedy="Upscale it again.",
            )
        with memory_errors(_MEMORY_REMEDY):
            photo = reading.result()
            self._token.check()
            result = self._upscaler(plan).upscale(
                photo,
                plan.path,
                plan.output(photo, self._settings, f"AdaptSR {__version__}"),
                overwrite=destination.replaces,
                token=self._token,
                on_progress=progress.tell,
            )
        self._log.add(plan.path, plan.key, plan.source.path, plan.identity)
        outcome, path = self._outcome, plan.source.path
        outcome.done.append((path, plan.path))
        outcome.results.append(result)
        for notice in filter(None, (destination.notice, *_notices(result))):
            outcome.emit(PhotoNotice(path, notice))
        outcome.emit(PhotoFinished(path, plan.path, time.monotonic() - started))

    def _may_replace(self, path: Path) -> bool:
        """Return whether what lies there is still what was there when the run was planned."""
        named = path.absolute() in {requested.absolute() for requested in self._settings.replace}
        return named or not os.path.lexists(path) or self._log.is_as_written(path)

    def _upscaler(self, plan: PhotoPlan) -> PhotoUpscaler:
        """Return the plan's network, loaded at its first photo.

        Raises:
            EngineError: If it cannot be loaded, for every photo the same.
        """
        if self._loaded is None or self._identity != plan.network.identity:
            self._identity, self._loaded = plan.network.identity, None
            try:
                self._loaded = self._networks.load(plan.network)
            except EngineError as error:
                self._loaded = error
        if isinstance(self._loaded, EngineError):
            raise self._loaded
        if self._loaded.scale != plan.network.scale:
            raise ProfileError(
                f"{plan.network.name} says that it enlarges {plan.network.scale} times, and its "
                f"network does so {self._loaded.scale} times.",
                remedy="Copy the profile here again, or choose another.",
            )
        return self._loaded


def _notices(result: PhotoResult) -> list[str]:
    notices = list(result.notices)
    if result.retried_tiles:
        notices.append("Parts of it had to be computed again with higher precision.")
    if result.repaired_share:
        percent = max(1, round(100 * result.repaired_share))
        notices.append(
            f"{percent} % of it came out in colours that are not the photo's; there it was enlarged "
            "plainly instead. Networks do that on drawings, neon or patterns they never learnt from."
        )
    if result.fell_back:
        notices.append(
            "The graphics card did not have enough memory, so the processor did the work."
        )
    return notices

"""Measures what profiles changed in each layer, on a job's thread, and remembers it."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from adaptsr_app.context import Context
from adaptsr_app.messages import tr
from engine.outcomes import Done, Failed
from engine.profiles.profile import Profile

if TYPE_CHECKING:
    from engine.adapters.spectra import UpdateSpectrum

_Key = tuple[Path, datetime]


class SpectraReader(QObject):
    """Looks into one profile at a time; those asked for meanwhile come next.

    Signals:
        measured: The folder of a profile whose `spectra` are known now.
        failed: An exception.
    """

    measured = Signal(object)
    failed = Signal(object)

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        self._known: dict[_Key, Mapping[str, UpdateSpectrum]] = {}
        self._waiting: dict[_Key, Profile] = {}
        self._is_running = False

    def spectra(self, profile: Profile) -> "Mapping[str, UpdateSpectrum]":
        """Return what is known of a profile, by site; empty while nothing is."""
        return self._known.get(_key(profile), {})

    def look_into(self, profile: Profile) -> None:
        """Measure a profile, unless that is done or it has no ranks."""
        has_ranks = any(site.rank for site in profile.rank_rows)
        if has_ranks and _key(profile) not in self._known:
            self._waiting[_key(profile)] = profile
            self._go_on()

    def _go_on(self) -> None:
        if self._is_running or not self._waiting:
            return
        self._is_running = True
        key = next(iter(self._waiting))
        profile = self._waiting.pop(key)
        # Known from now on, if only as empty: a failure is told once, not at every look.
        self._known[key] = {}
        folder = profile.folder

        def work(emit: Any, token: Any) -> Any:
            from engine.jobs.layer_spectra import layer_spectra  # noqa: PLC0415 - brings torch

            return layer_spectra(folder, emit, token)

        title = tr("Looking inside: {name}").format(name=profile.name)
        job = self._context.jobs.start("rank map", title, work)
        job.ended.connect(lambda outcome: self._end(key, outcome))

    def _end(self, key: _Key, outcome: object) -> None:
        self._is_running = False
        if isinstance(outcome, Done):
            self._known[key] = outcome.value
            self.measured.emit(key[0])
        elif isinstance(outcome, Failed):
            self.failed.emit(outcome.error)
        else:
            del self._known[key]
        self._go_on()


def _key(profile: Profile) -> _Key:
    return profile.folder, profile.provenance.created_at

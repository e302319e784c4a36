"""How far a run is, in pixels, and how long the rest will take."""

import time
from collections.abc import Callable

from engine.events import Emit, Progress, Stage

_EVERY_S = 0.1


class RunProgress:
    """Counts the pixels of a run's photos and tells them as `Progress` of stage "upscale"."""

    def __init__(
        self, total_px: int, emit: Emit, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin.

        Args:
            total_px: LR pixels of all photos.
            emit: Receives `Progress`, counted in thousands of pixels.
            clock: Seconds that never go back.
        """
        self._total_px = max(1, total_px)
        self._emit = emit
        self._clock = clock
        self._began_s = clock()
        self._told_s = float("-inf")
        self._passed_px = self._worked_px = 0
        self._name = ""
        self._photo_px = 0

    def begin(self, name: str, photo_px: int) -> None:
        """Turn to the next photo and tell so.

        Args:
            name: What the user calls it.
            photo_px: Its LR pixels.
        """
        self._name, self._photo_px = name, photo_px
        self._tell(0.0, self._clock())

    def tell(self, share: float) -> None:
        """Tell that a share of the photo is done, at most ten times a second."""
        now_s = self._clock()
        if now_s - self._told_s >= _EVERY_S:
            self._tell(share, now_s)

    def end(self, *, is_worked: bool) -> None:
        """Leave the photo behind.

        Args:
            is_worked: It was upscaled: one that failed says nothing of the pace.
        """
        self._passed_px += self._photo_px
        if is_worked:
            self._worked_px += self._photo_px
        self._photo_px = 0

    def finish(self) -> None:
        """Tell that all is done."""
        done = self._total_px // 1000
        self._emit(Progress(Stage.UPSCALE, done, done, self._name, 0.0, 1.0))

    def _tell(self, share: float, now_s: float) -> None:
        self._told_s = now_s
        worked_px = self._worked_px + share * self._photo_px
        passed_px = self._passed_px + share * self._photo_px
        left_px = self._total_px - passed_px
        eta_s = (now_s - self._began_s) * left_px / worked_px if worked_px else None
        self._emit(
            Progress(
                Stage.UPSCALE,
                int(passed_px / 1000),
                self._total_px // 1000,
                self._name,
                eta_s,
                share,
            )
        )

"""Writes a result on a thread of its own while the network computes the rows below."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from engine.cancellation import CancelToken
from engine.imaging.colour import Pixels
from engine.imaging.strips import StripWriter
from engine.upscaling.photo.target_size import BandResampler
from engine.upscaling.photo.transparency import upscale_alpha
from engine.upscaling.tiles.pixel_kind import Rows

_PIECE_ROWS = 256
_PATIENCE_S = 0.1


class BackgroundWriter:
    """Takes bands of a network's output and passes them on: alpha joined, resampled, written.

    Use as a context manager: a clean exit completes the file, an exception leaves nothing. One
    band is written while the next is computed; `put` waits for the one before.
    """

    def __init__(
        self,
        writer: StripWriter,
        *,
        alpha: Pixels | None,
        scale: int,
        resampler: BandResampler | None = None,
        token: CancelToken | None = None,
    ) -> None:
        """Prepare to write.

        Args:
            writer: Open and empty; belongs to this object from now on.
            alpha: The photo's opacity in LR pixels.
            scale: Integer factor from LR to SR.
            resampler: Makes rows of the network's output into rows of the result.
            token: Checked while waiting.
        """
        self._token = token or CancelToken()
        self._writer = writer
        self._alpha = alpha
        self._scale = scale
        self._resampler = resampler
        self._row = 0
        self._is_aborted = False
        self._pending: Future[None] | None = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="write")

    @property
    def notices(self) -> tuple[str, ...]:
        """One sentence for each thing that the format could not hold, complete after exit."""
        return self._writer.notices

    def put(self, band: Rows) -> None:
        """Hand over rows below those before; returns when the rows before are written.

        Args:
            band: Shape (h, width, channels), uint8 or uint16.

        Raises:
            EngineError: If the rows before could not be written.
            Cancelled: If the token was cancelled while waiting for them.
        """
        self._wait()
        self._pending = self._pool.submit(self._write, band)

    def _wait(self) -> None:
        while self._pending is not None:
            self._token.check()
            done, _ = wait([self._pending], timeout=_PATIENCE_S)
            if done:
                self._pending.result()
                self._pending = None

    def _write(self, band: Rows) -> None:
        for top in range(0, len(band), _PIECE_ROWS):
            if self._is_aborted:
                return
            piece = band[top : top + _PIECE_ROWS]
            alpha = None
            if self._alpha is not None:
                requested = slice(self._row, self._row + len(piece))
                alpha = upscale_alpha(self._alpha, requested, self._scale)
            self._row += len(piece)
            if self._resampler is None:
                self._writer.write(piece, alpha)
            else:
                self._resample(self._resampler, piece, alpha)

    def _resample(self, resampler: BandResampler, piece: Rows, alpha: Rows | None) -> None:
        white = float(np.iinfo(piece.dtype).max)
        planes = piece if alpha is None else np.concatenate([piece, alpha[..., None]], axis=2)
        for resampled in resampler.add(planes.astype(np.float32) / white):
            pixels = _as_16_bit(resampled)
            if alpha is None:
                self._writer.write(pixels)
            else:
                self._writer.write(pixels[..., :-1], pixels[..., -1])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        is_complete = False
        try:
            if error is None:
                self._wait()
                self._writer.finish()
                is_complete = True
        finally:
            self._is_aborted = True
            self._pool.shutdown(wait=True, cancel_futures=True)
            if not is_complete:
                self._writer.discard()


def _as_16_bit(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint16]:
    return (values.clip(0, 1) * 65535 + 0.5).astype(np.uint16)

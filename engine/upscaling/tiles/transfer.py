"""Moves tiles between main memory and the device a network runs on.

On a CUDA card both ways go through pinned memory, which the card reads and writes by itself: it
needs no second copy by the processor, and the processor goes on meanwhile. PyTorch keeps pinned
memory it frees from being used again before the card is done with it, so an upload needs no
bookkeeping. A download is read only after its event. While one piece is put into place, the next
one is on its way.

All of it stays on the card's current stream, which also keeps memory of the card from being used
again too early. A second stream would hide the upload of a tile, 12 bytes a pixel at some 10 GB/s
and thus about a millisecond per megapixel, behind a network that takes far longer, and the two
would have to hand memory over to each other; that was never measured on a card, and is not worth
its dangers unmeasured. Nor are CUDA graphs: they are recorded for one shape, and tiles change
theirs with every photo. On every other device everything passes through as it is.
"""

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor


def to_device(tensor: Tensor, device: torch.device) -> Tensor:
    """Return `tensor` on `device`, itself where it lies there already.

    To a CUDA card the copy may still be under way; work on the current stream waits for it.
    """
    if tensor.device.type == "cpu" and device.type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def to_host(pieces: Iterable[Tensor]) -> Iterator[Tensor]:
    """Yield each piece in main memory, in order, complete.

    Args:
        pieces: All on one device. On a CUDA card they are drawn one ahead, so that one copy runs
            while the piece before is used.
    """
    ahead: _Copy | None = None
    for piece in pieces:
        if piece.device.type != "cuda":
            yield piece.to("cpu")
            continue
        following = _Copy(piece)
        if ahead is not None:
            yield ahead.result()
        ahead = following
    if ahead is not None:
        yield ahead.result()


class _Copy:
    """One piece on its way from a CUDA card to main memory."""

    def __init__(self, piece: Tensor) -> None:
        self._host = torch.empty(piece.shape, dtype=piece.dtype, pin_memory=True)
        with torch.cuda.device(piece.device):
            self._host.copy_(piece, non_blocking=True)
            self._event = torch.cuda.current_stream().record_event()

    def result(self) -> Tensor:
        """Return the piece once all of it is there."""
        self._event.synchronize()
        return self._host

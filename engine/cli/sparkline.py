"""Shows the curve of a training in one line of a terminal: numbers, and bars between them."""

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
_MOST_BARS = 40


def sparkline(curve: Sequence[tuple[int, float]], backbone_psnr_y_db: float) -> str:
    """Return PSNR over steps as a line, "" for a curve without points.

    Args:
        curve: Step, and PSNR on Y in dB.
        backbone_psnr_y_db: Where training began.
    """
    if not curve:
        return ""
    values = [backbone_psnr_y_db, *(db for _, db in curve)]
    every = -(-len(values) // _MOST_BARS)
    shown = values[::-1][::every][::-1]  # the last one is always among them
    low, high = min(values), max(values)
    span = max(high - low, 1e-9)
    bars = "".join(_BARS[round((db - low) / span * (len(_BARS) - 1))] for db in shown)
    best_step, best = max(curve, key=lambda point: point[1])
    return (
        f"PSNR-Y while training, photos kept out: {values[0]:.2f} dB {bars} {values[-1]:.2f} dB; "
        f"best {best:.2f} dB at step {best_step:,}"
    )

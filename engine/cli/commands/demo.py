"""Does `adaptsr demo`: the main job on what ships with AdaptSR."""

from functools import partial
from pathlib import Path

from engine.cli.commands.adapt import adapted_values, adapted_views
from engine.cli.invocation import Invocation
from engine.cli.running import perform
from engine.cli.tables import pair_lines
from engine.formatting import format_duration
from engine.jobs.demo import SIMULATION
from engine.jobs.demo import demo as demo_job


def demo(
    invocation: Invocation, *, out: Path, backbone: str | None, steps: int, minutes: float
) -> None:
    """Adapt a network to a simulated phone camera, and show what came of it."""
    job = partial(demo_job, out.expanduser(), backbone=backbone, steps=steps, minutes=minutes)
    made = perform("demo", job, invocation)
    pictures = {
        "before and after": made.before_after,
        "rank map": made.rank_map,
        "curve": made.curve,
        "numbers": made.result,
    }
    invocation.terminal.result(
        {
            **adapted_values(made.adapted),
            "simulation": SIMULATION,
            "elapsed_s": made.elapsed_s,
            "before_after": made.before_after,
            "rank_map": made.rank_map,
            "curve": made.curve,
            "result": made.result,
        },
        *adapted_views(made.adapted, invocation.terminal),
        pair_lines([(name, str(path)) for name, path in pictures.items()]),
        f"{SIMULATION} It took {format_duration(made.elapsed_s)}.",
    )

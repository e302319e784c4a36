"""What a method gains on real pairs: contenders in turns, paired by seed and by photo.

    python -m tests.benchmarks.method_gain --pairs city100-iphonex --backbone safmn_df2k_x2.safetensors \
        --contender 'basis=inputs' --contender 'basis=none' --budget 2% --budget 8% --seed 0 --seed 1

A contender is settings of the adapter, `field=value` with commas between them; the first is what the
others are compared with. Not a timed test.
"""

import argparse
import tempfile
from pathlib import Path

from scipy import stats

from engine.cancellation import CancelToken
from engine.config.adapter import AdapterSettings
from engine.config.adapting import AdaptSettings
from engine.config.training import TrainingSettings
from engine.data.pair_set import PairSet
from engine.events import ignore_events
from engine.jobs.adapt import Adapted, adapt
from tests.benchmarks.real_pairs import KEPT_OUT, options_for_pairs, pairs_of, say


def main() -> None:
    """Train every cell, print a row for each, and compare the contenders."""
    parser = options_for_pairs(__doc__)
    parser.add_argument("--contender", action="append", required=True)
    parser.add_argument("--budget", action="append", required=True)
    parser.add_argument("--seed", type=int, action="append", required=True)
    options = parser.parse_args()
    pairs = pairs_of(options)
    say("| budget | contender | seed | gain dB | seconds | numbers |")
    say("|---|---|---|---|---|---|")
    for budget in options.budget:
        gains: dict[str, list[float]] = {name: [] for name in options.contender}
        for seed in options.seed:
            for contender in options.contender:
                adapted = trained(options, pairs, contender, budget, seed)
                gain_db = adapted.verdict.gain_db
                gains[contender].append(gain_db)
                say(
                    f"| {budget} | {contender} | {seed} | {gain_db:+.3f} | {adapted.seconds:.0f} | "
                    f"{adapted.trainable_parameters:,} |"
                )
        first, *others = options.contender
        for other in others if len(options.seed) > 1 else []:
            paired = stats.ttest_rel(gains[first], gains[other])
            mean = sum(gains[first]) / len(options.seed) - sum(gains[other]) / len(options.seed)
            say(f"{budget}: {first} over {other}: {mean:+.3f} dB, p = {paired.pvalue:.2g}")


def trained(
    options: argparse.Namespace, pairs: PairSet, contender: str, budget: str, seed: int
) -> Adapted:
    """Return what one contender reaches with one seed."""
    fields = dict(part.split("=") for part in contender.split(","))
    with tempfile.TemporaryDirectory() as folder:
        settings = AdaptSettings(
            backbone=options.backbone,
            pairs=options.pairs,
            scale=options.scale,
            out=Path(folder) / "profile",
            val=tuple(pairs.names[-KEPT_OUT:]),
            adapter=AdapterSettings.model_validate({**fields, "budget": budget}),
            training=TrainingSettings(steps=options.steps, seed=seed),
        )
        return adapt(settings, ignore_events, CancelToken(), pairs=pairs)


if __name__ == "__main__":
    main()

"""What so many pairs bring: the same training on ever more scenes, measured on scenes kept out.

    python -m tests.benchmarks.pairs_needed --pairs city100-iphonex \
        --backbone safmn_df2k_x2.safetensors --count 5 --count 20 --seed 0 --seed 1

Not a timed test. The pairs are drawn at random, by the seed that the training has too.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from engine.cancellation import CancelToken
from engine.config.adapting import AdaptSettings
from engine.config.training import TrainingSettings
from engine.data.pair_set import load_pairs
from engine.events import ignore_events
from engine.jobs.adapt import adapt
from engine.metrics.quality import mean_psnr_y_db

KEPT_OUT = 10
"""The last scenes, measured whole."""


def main() -> None:
    """Train, measure, and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--scale", type=int, default=2)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--count", type=int, action="append", default=[])
    parser.add_argument("--seed", type=int, action="append", default=[])
    options = parser.parse_args()
    pairs = load_pairs(
        options.pairs,
        scale=options.scale,
        cache_dir=None,
        emit=ignore_events,
        token=CancelToken(),
    )
    learn, kept_out = pairs.names[:-KEPT_OUT], pairs.names[-KEPT_OUT:]
    say("| pairs | seed | backbone | adapted | gain |")
    say("|---|---|---|---|---|")
    for seed in options.seed or [0]:
        for count in options.count or [5, 10, 20, len(learn)]:
            chosen = random.Random(seed).sample(list(learn), count)
            with tempfile.TemporaryDirectory() as folder:
                settings = AdaptSettings(
                    backbone=options.backbone,
                    pairs=options.pairs,
                    scale=options.scale,
                    out=Path(folder) / "profile",
                    val=tuple(kept_out),
                    training=TrainingSettings(steps=options.steps, seed=seed),
                )
                kept = pairs.subset([*sorted(chosen), *kept_out])
                adapted = adapt(settings, ignore_events, CancelToken(), pairs=kept)
            mean = mean_psnr_y_db(adapted.photos)
            before, after = mean["backbone"], mean["adapted"]
            say(f"| {count} | {seed} | {before:.3f} | {after:.3f} | {after - before:+.3f} |")


def say(text: str) -> None:
    """Print a line at once, for the next one takes minutes."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

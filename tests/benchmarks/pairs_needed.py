"""What so many pairs bring: the same training on ever more scenes, measured on scenes kept out.

    python -m tests.benchmarks.pairs_needed --pairs city100-iphonex \
        --backbone safmn_df2k_x2.safetensors --count 5 --count 20 --seed 0 --seed 1

Not a timed test. The pairs are drawn at random, by the seed that the training has too.
"""

import random
import tempfile
from pathlib import Path

from engine.cancellation import CancelToken
from engine.config.adapting import AdaptSettings
from engine.config.training import TrainingSettings
from engine.events import ignore_events
from engine.jobs.adapt import adapt
from engine.metrics.quality import mean_psnr_y_db
from tests.benchmarks.real_pairs import KEPT_OUT, options_for_pairs, pairs_of, say


def main() -> None:
    """Train, measure, and print a row for each."""
    parser = options_for_pairs(__doc__)
    parser.add_argument("--count", type=int, action="append", default=[])
    parser.add_argument("--seed", type=int, action="append", default=[])
    options = parser.parse_args()
    pairs = pairs_of(options)
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


if __name__ == "__main__":
    main()

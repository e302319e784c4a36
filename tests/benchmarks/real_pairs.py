"""What benchmarks that train on real pairs share: loading them, what is kept out, printing rows."""

import argparse
import sys
from pathlib import Path

from engine.cancellation import CancelToken
from engine.data.pair_set import PairSet, load_pairs
from engine.events import ignore_events

KEPT_OUT = 10
"""The last scenes, measured whole."""


def options_for_pairs(description: str | None) -> argparse.ArgumentParser:
    """Return a parser that knows the pairs, the backbone, their scale and the steps."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--scale", type=int, default=2)
    parser.add_argument("--steps", type=int, default=400)
    return parser


def pairs_of(options: argparse.Namespace) -> PairSet:
    """Return all pairs of the folder."""
    return load_pairs(
        options.pairs,
        scale=options.scale,
        cache_dir=None,
        emit=ignore_events,
        token=CancelToken(),
    )


def say(text: str) -> None:
    """Print a line at once, for the next one takes minutes."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()

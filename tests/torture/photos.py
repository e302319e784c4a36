"""Reads thousands of files that nobody should make, and says what they cost.

    python -m tests.torture.photos --count 13000 --seed 0

Every file is made here, by its number and the seed alone: sound files of every kind, cut, flipped,
overwritten, their chunks, segments, boxes and fields extreme, repeated, moved and made to loop, and
metadata that lie. `--keep DIR` keeps those that broke, stopped or slowed a decoder.
"""

import argparse
import dataclasses
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

import psutil

from engine.errors import EngineError
from engine.imaging.decoding_process.pool import DecoderPool
from engine.imaging.reading import probe, read_photo
from tests.torture import bases, blocks, containers

MAX_PIXELS = 100_000_000
_SLOW_S = 5.0
_MUCH_BYTES = 1 << 30
_ENDED = {
    "broke down": "broke the decoder",
    "far longer": "too long",
    "far more": "too much memory",
}


def make(seed: int, index: int) -> tuple[str, bytes]:
    """Return what file number `index` is, and its bytes."""
    random = Random(f"{seed} {index}")
    kind = bases.KINDS[index % len(bases.KINDS)]
    data = bases.sample(kind)
    if random.random() < 0.25:
        return kind, blocks.scrambled(random, data)
    match kind.split()[0]:
        case "PNG":
            data = containers.png(random, data)
        case "JPEG" | "MPO":
            data = containers.jpeg(random, data)
        case "WebP":
            data = containers.riff(random, data)
        case "HEIF" | "AVIF":
            data = containers.boxes(random, data)
        case "BMP":
            data = containers.bmp(random, data)
        case "DNG":
            data = containers.tiff(random, data)
        case "TIFF":
            if random.random() < 0.2:
                return "TIFF made up", containers.made_up_tiff(random)
            data = containers.tiff(random, data)
        case _:
            mark = random.choice(bases.RAW_MARKS)
            data = mark + blocks.scrambled(random, bases.sample("DNG"))
    return kind, blocks.scrambled(random, data) if random.random() < 0.15 else data


@dataclasses.dataclass(slots=True)
class Outcome:
    """What became of one file."""

    kind: str
    result: str
    elapsed_s: float
    memory_bytes: int
    own_bytes: int


def read(path: Path, kind: str, pool: DecoderPool) -> Outcome:
    """Read a file's header and pixels; memory is the decoders' peak beyond what they had."""
    before = _reset_peaks(pool)
    started, result, own = time.monotonic(), "read", 0
    for step in (probe, read_photo):
        try:
            if step is probe:
                said = probe(path, pool=pool)
                own = said.width_px * said.height_px * 4 * -(-said.bit_depth // 8)
            else:
                read_photo(path, max_pixels=MAX_PIXELS, pool=pool)
        except EngineError as error:
            result = next(
                (name for words, name in _ENDED.items() if words in error.what), "refused"
            )
        except Exception as error:  # noqa: BLE001 - what is looked for
            result = f"CRASH {error!r}"[-600:]
        if result not in {"read", "refused"}:
            break
    elapsed_s = time.monotonic() - started
    return Outcome(kind, result, elapsed_s, max(_peaks(pool) - before, 0), min(own, MAX_PIXELS * 8))


def _reset_peaks(pool: DecoderPool) -> int:
    for pid in pool.pids:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    return sum(psutil.Process(pid).memory_info().rss for pid in pool.pids)


def _peaks(pool: DecoderPool) -> int:
    total = 0
    for pid in pool.pids:
        status = Path(f"/proc/{pid}/status").read_text()
        total += int(status.split("VmHWM:")[1].split()[0]) * 1024
    return total


def run(count: int, seed: int, *, first: int = 0, keep: Path | None = None) -> list[Outcome]:
    """Make and read files; one outcome for each."""
    outcomes, pool = [], DecoderPool()
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "photo"
            for index in range(first, first + count):
                kind, data = make(seed, index)
                path.write_bytes(data)
                outcome = read(path, kind, pool)
                outcomes.append(outcome)
                if _is_remarkable(outcome):
                    sys.stdout.write(f"{index} {outcome}\n")
                    sys.stdout.flush()
                    if keep is not None:
                        (keep / f"{seed}-{index}").write_bytes(data)
                if index % 1000 == 999:
                    sys.stdout.write(f"{index + 1} files made and read\n")
                    sys.stdout.flush()
    finally:
        pool.close()
    return outcomes


def _is_remarkable(outcome: Outcome) -> bool:
    return (
        outcome.result not in {"read", "refused"}
        or outcome.elapsed_s > _SLOW_S
        or outcome.memory_bytes - outcome.own_bytes > _MUCH_BYTES
    )


def main() -> None:
    """Run and print a summary."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=13_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    outcomes = run(options.count, options.seed, first=options.first, keep=options.keep)
    results = Counter(
        outcome.result.split()[0] if "CRASH" in outcome.result else outcome.result
        for outcome in outcomes
    )
    slowest = max(outcomes, key=lambda outcome: outcome.elapsed_s)
    largest = max(outcomes, key=lambda outcome: outcome.memory_bytes - outcome.own_bytes)
    sys.stdout.write(
        f"{len(outcomes)} files: {dict(results)}\n"
        f"crashes of the program: {results['CRASH']}\n"
        f"slowest: {slowest.elapsed_s:.1f} s ({slowest.kind})\n"
        f"most memory beyond the photo's own: "
        f"{(largest.memory_bytes - largest.own_bytes) / 2**20:.0f} MiB ({largest.kind})\n"
    )


if __name__ == "__main__":
    main()

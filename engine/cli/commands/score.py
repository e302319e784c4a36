"""Does `adaptsr score`: which layers matter for a camera, and the ranks that follow."""

import json
from functools import partial
from pathlib import Path

from engine.backbones.catalogue import default_backbone
from engine.cli.invocation import Invocation
from engine.cli.running import perform
from engine.cli.settings import build, with_lr_source
from engine.cli.tables import rank_table
from engine.config.adapting import ScoreSettings
from engine.files import atomic_write_text, refuse_existing
from engine.jobs.score import score as score_job
from engine.profiles.rank_map_file import RankMapFile


def score(invocation: Invocation, *, out: Path | None, overwrite: bool) -> None:
    """Score layers and spend the budget on ranks; write the rank map if asked for."""
    refuse_existing(out and out.expanduser(), overwrite=overwrite)
    values = with_lr_source(invocation.values)
    if "backbone" not in values:
        values["backbone"] = default_backbone(values["scale"])
    settings = build(ScoreSettings, values)
    rank_map = perform("score", partial(score_job, settings), invocation)
    document = RankMapFile.of(rank_map)
    terminal = invocation.terminal
    if out is not None:
        atomic_write_text(out.expanduser(), document.model_dump_json(indent=1) + "\n")
        terminal.say(f"Rank map written to {out}.")
    terminal.result(
        json.loads(document.model_dump_json()),
        rank_table(rank_map.rows()),
        f"{rank_map.trainable_parameters:,} of {rank_map.budget_parameters:,} parameters spent.",
    )

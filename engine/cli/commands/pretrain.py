"""Does `adaptsr pretrain`: a new backbone from sharp photos."""

from functools import partial
from pathlib import Path

from engine.cli.invocation import Invocation
from engine.cli.running import perform
from engine.cli.settings import build, overlaid, read_preset, with_lr_source
from engine.cli.tables import pair_lines
from engine.config.pretraining import PretrainSettings
from engine.formatting import format_duration
from engine.jobs.pretrain import pretrain as pretrain_job


def pretrain(invocation: Invocation, *, recipe: Path) -> None:
    """Train a network as a recipe and options say, and show its card."""
    values = overlaid(read_preset(str(recipe)), with_lr_source(invocation.values))
    settings = build(PretrainSettings, values)
    pretrained = perform("pretrain", partial(pretrain_job, settings), invocation)
    card = pretrained.card
    invocation.terminal.result(
        {
            "path": pretrained.path,
            "seconds": pretrained.seconds,
            "card": card.model_dump(mode="json"),
        },
        pair_lines(
            [
                ("network", str(pretrained.path)),
                ("architecture", f"{card.architecture} x{card.scale}"),
                ("parameters", f"{card.parameters:,}"),
                ("steps", f"{card.steps:,} in {format_duration(pretrained.seconds)}"),
                *((name, f"{psnr_y_db:.2f} dB") for name, psnr_y_db in card.psnr_y_db.items()),
            ]
        ),
    )

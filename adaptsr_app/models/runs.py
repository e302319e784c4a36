"""A training the wizard started: a finished one with its curve, or an interrupted one."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from engine.config.adapting import AdaptSettings

RunState = Literal["finished", "interrupted", "damaged"]


@dataclass(frozen=True, slots=True)
class Run:
    """One training.

    Attributes:
        folder: Where it lies.
        name: Of its profile, or of the folder.
        state: How it ended.
        moment: When it ended, or was last saved.
        curve: Steps and PSNR on Y of the held-out crops, in dB.
        backbone_db: PSNR of the backbone on them, if known.
        sentence: Its verdict, or what is wrong with it.
        settings: What an interrupted one goes on with; None where nobody knows any more.
    """

    folder: Path
    name: str
    state: RunState
    moment: datetime
    curve: tuple[tuple[int, float], ...] = ()
    backbone_db: float | None = None
    sentence: str = ""
    settings: AdaptSettings | None = None

    @property
    def can_go_on(self) -> bool:
        """True for an interrupted one whose settings are known."""
        return self.settings is not None

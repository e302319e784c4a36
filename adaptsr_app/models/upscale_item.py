"""One photo of the queue: what is known of it, what is wanted, and what became of it."""

from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Literal

from PySide6.QtGui import QImage

from adaptsr_app.models.network_choices import AUTOMATIC, NetworkChoice
from adaptsr_app.models.photo_facts import PhotoFacts
from engine.paths import photo_key

ItemState = Literal["waiting", "working", "done", "skipped", "failed"]


@dataclass(slots=True, eq=False)
class UpscaleItem:
    """A row of the queue.

    Attributes:
        path: The photo.
        folder: Where its result goes, relative to the output folder.
        facts: What its header says; None until that is read.
        thumbnail: None until it is made, and where there is none.
        choice: What the user wants it upscaled with.
        network: What it will be upscaled with; None until that is known.
        lacks_network: There is nothing to upscale it with at the wanted size.
        result_px: Width and height of the result; None until that is known.
        state: Where it stands.
        share: Of its upscaling that is done, 0 to 1.
        output: The result, once there is one.
        reason: Why it failed or was skipped, or what may be wrong with it, in the user's words.
        notices: What is worth telling of the result.
        elapsed_s: What its upscaling took.
        in_run: It belongs to the job that is running.
        key: Same for all ways to reach the file; asked of the disk when the row is made, so make
            rows of many photos off the window's thread.
    """

    path: Path
    folder: PurePath = field(default_factory=PurePath)
    facts: PhotoFacts | None = None
    thumbnail: QImage | None = None
    choice: NetworkChoice = AUTOMATIC
    network: NetworkChoice | None = None
    lacks_network: bool = False
    result_px: tuple[int, int] | None = None
    state: ItemState = "waiting"
    share: float = 0.0
    output: Path | None = None
    reason: str = ""
    notices: list[str] = field(default_factory=list)
    elapsed_s: float = 0.0
    in_run: bool = False
    key: object = None

    def __post_init__(self) -> None:
        """Find out which file it is."""
        self.key = photo_key(self.path)

    def reset(self) -> None:
        """Make it wait again, as if it had never been worked on."""
        self.state, self.share, self.reason = "waiting", 0.0, ""
        self.output, self.elapsed_s = None, 0.0
        self.notices.clear()

"""The photos of the queue on disk, so that what was not finished can be gone on with.

It is in `queue.json` soon after every change; what nobody decided about at the next start is kept
with what came since.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath

from pydantic import BaseModel, ConfigDict, ValidationError

from adaptsr_app.models.network_choices import AUTOMATIC, Kind, NetworkChoice
from adaptsr_app.models.upscale_item import ItemState, UpscaleItem
from engine.paths import StoredPath, StoredPurePath

VERSION = 1


class _Photo(BaseModel):
    model_config = ConfigDict(extra="ignore")

    path: StoredPath
    folder: StoredPurePath = PurePath()
    state: ItemState = "waiting"
    reason: str = ""
    kind: Kind = "automatic"
    name: str = ""
    scale: int = 0
    profile: StoredPath | None = None


class _Queue(BaseModel):
    model_config = ConfigDict(extra="ignore")

    version: int = VERSION
    photos: tuple[_Photo, ...] = ()


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What was left over when the program was closed.

    Attributes:
        items: Photos that wait, and those that failed, in their order.
        vanished: Photos that waited and are not there any more.
        lost_profiles: Names of profiles that were chosen and are not there any more; their photos
            get the profile of their camera.
    """

    items: tuple[UpscaleItem, ...] = ()
    vanished: tuple[Path, ...] = ()
    lost_profiles: tuple[str, ...] = ()

    @property
    def waiting(self) -> int:
        """How many photos can be gone on with."""
        return sum(item.state == "waiting" for item in self.items)


def read_unfinished(path: Path) -> Unfinished:
    """Return what was not finished; asks for every photo, so not on the window's thread.

    Args:
        path: Of the kept queue; nothing is left over where it is missing or damaged.
    """
    try:
        kept = _Queue.model_validate_json(path.read_bytes())
    except (OSError, ValueError, ValidationError):
        return Unfinished()
    items: list[UpscaleItem] = []
    vanished: list[Path] = []
    lost: dict[str, None] = {}
    for photo in kept.photos:
        if photo.state in {"done", "skipped"}:
            continue
        if not photo.path.is_file():
            vanished.append(photo.path)
            continue
        choice = NetworkChoice(photo.kind, photo.name, photo.scale, photo.profile)
        if photo.profile is not None and not photo.profile.is_dir():
            lost[photo.name] = None
            choice = AUTOMATIC
        item = UpscaleItem(photo.path, photo.folder, choice=choice)
        if photo.state == "failed":
            item.state, item.reason = "failed", photo.reason
        items.append(item)
    return Unfinished(tuple(items), tuple(vanished), tuple(lost))


def kept_text(items: Iterable[UpscaleItem]) -> str:
    """Return what is written of the queue."""
    photos = tuple(
        _Photo(
            path=item.path,
            folder=item.folder,
            state=item.state,
            reason=item.reason,
            kind=item.choice.kind,
            name=item.choice.name,
            scale=item.choice.scale,
            profile=item.choice.folder,
        )
        for item in items
    )
    return _Queue(photos=photos).model_dump_json(indent=1) + "\n"

"""A camera profile on disk: adapter, rank map, provenance and merged network in one folder.

Reading one brings no torch until the network itself is asked for, so a window can list profiles
before its first paint.
"""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.errors import ProfileError, storage_errors
from engine.events import RankedSite
from engine.files import atomic_write_text, read_small, rename_new, sha256_of
from engine.locks import held
from engine.profiles.names import check_profile_name
from engine.profiles.provenance import Provenance, Record
from engine.profiles.rank_map_file import RankMapFile
from engine.unfinished import unfinished_path

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from engine.adapters.rank_map import RankMap
    from engine.backbones.backbone import Backbone

FORMAT_VERSION = 1
OLDEST_FORMAT_VERSION = 1

PROFILE_FILE = "profile.json"
ADAPTER_FILE: Final = "adapter.safetensors"
RANK_MAP_FILE: Final = "rank_map.json"
MERGED_FILE: Final = "merged.safetensors"
WORK_FOLDER = "work"
"""Where a running adaptation keeps its checkpoint and split, inside the profile's folder."""

FileName = Literal["adapter.safetensors", "rank_map.json", "merged.safetensors"]
AnyRecord = TypeVar("AnyRecord", bound=BaseModel)

_CONTENTS: tuple[FileName, ...] = (ADAPTER_FILE, RANK_MAP_FILE, MERGED_FILE)
PROFILE_FILES = (PROFILE_FILE, *_CONTENTS)
"""Everything that makes up a profile."""

_SAVING = "saving"
_REMEDY_DAMAGED = "Copy the profile here again, or adapt the network anew."


class ProfileFile(Record):
    """The content of profile.json."""

    format: Literal["adaptsr-profile"] = "adaptsr-profile"
    format_version: int = FORMAT_VERSION
    name: str
    files: dict[FileName, str] = Field(description="SHA-256 of the other files.")
    provenance: Provenance


class _Header(BaseModel):
    """What every version of profile.json starts with."""

    model_config = ConfigDict(extra="ignore")

    format: Literal["adaptsr-profile"]
    format_version: int


@dataclass(frozen=True, slots=True)
class Profile:
    """A camera's profile, its files verified.

    Attributes:
        folder: Where it lies.
        name: What the user calls it.
        provenance: Where it comes from.
        rank_map: Scores and ranks.
    """

    folder: Path
    name: str
    provenance: Provenance
    rank_map: RankMapFile

    @property
    def scale(self) -> int:
        """The integer factor by which it enlarges."""
        return self.provenance.backbone.scale

    @property
    def rank_rows(self) -> tuple[RankedSite, ...]:
        """The rank map as a table."""
        return self.rank_map.sites

    @property
    def merged_path(self) -> Path:
        """The merged network's file, which plain spandrel loads."""
        return self.folder / MERGED_FILE

    @property
    def largest_shift(self) -> float:
        """How far the mean of a small area of a result may be from the photo's, on [0, 1]."""
        from engine.upscaling.inference.plausibility import PROFILE_LIMIT, limit_of  # noqa: PLC0415 - torch

        photos = self.provenance.photos
        measured = limit_of(p.shift["adapted"] for p in photos if "adapted" in p.shift)
        return PROFILE_LIMIT if measured is None else measured

    def load_merged(self, device: "torch.device | str" = "cpu") -> "Backbone":
        """Load the adapted network, named after the profile.

        Raises:
            BackboneError: If the file is damaged, or the network was not made of a file that
                spandrel knows.
            StorageError: If the drive is gone or the file may not be read.
        """
        from engine.backbones.loading import load_backbone  # noqa: PLC0415 - brings torch

        merged = load_backbone(self.merged_path, device=device)
        merged.name = self.name
        merged.largest_shift = self.largest_shift
        return merged


def save_profile(
    folder: Path,
    *,
    name: str,
    merged: "Backbone",
    adapter: "Mapping[str, Tensor]",
    rank_map: "RankMap",
    provenance: Provenance,
) -> None:
    """Write a profile, whole or not at all; its merged network is read back and compared.

    Args:
        folder: New, empty, or holding only a `WORK_FOLDER`, which stays.
        name: What the user calls it.
        merged: The adapted network as plain weights.
        adapter: Its trainable state.
        rank_map: Its rank map.
        provenance: Where it comes from.

    Raises:
        MergeMismatchError: If the saved network computes something else than `merged`.
        ProfileError: If the name is unfit, or `folder` holds a profile or other files.
        StorageError: If the disk is full, gone or not writable.
    """
    from engine.profiles.adapter_file import save_adapter  # noqa: PLC0415 - brings torch
    from engine.profiles.merged_file import save_merged  # noqa: PLC0415 - brings torch

    with held(folder, "saving a profile"):
        name = check_new_profile(folder, name)
        with storage_errors(folder), _saving(folder) as saving:
            save_merged(saving / MERGED_FILE, merged)
            save_adapter(saving / ADAPTER_FILE, adapter, rank_map)
            document = RankMapFile.of(rank_map).model_dump_json(indent=1)
            atomic_write_text(saving / RANK_MAP_FILE, document + "\n")
            content = ProfileFile(
                name=name,
                files={file: sha256_of(saving / file) for file in _CONTENTS},
                provenance=provenance,
            )
            atomic_write_text(saving / PROFILE_FILE, content.model_dump_json(indent=1) + "\n")
            _publish(saving, folder)


@contextlib.contextmanager
def _saving(folder: Path) -> Iterator[Path]:
    """Lend a folder inside `folder`, which is made; neither stays if it was new and this fails."""
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    saving = unfinished_path(folder / _SAVING, "")
    saving.mkdir()
    try:
        yield saving
    finally:
        shutil.rmtree(saving, ignore_errors=True)
        if is_new:
            with contextlib.suppress(OSError):  # it is not empty, as it should be
                folder.rmdir()


def _publish(saving: Path, folder: Path) -> None:
    """Move what was proved into place; what is taken back on failure is only what this moved."""
    moved: list[Path] = []
    try:
        for file in _CONTENTS:
            (saving / file).replace(folder / file)
            moved.append(folder / file)
        # The one that makes it a profile comes last, in one step: a crash leaves none rather
        # than half, and nobody's finished profile is replaced.
        rename_new(saving / PROFILE_FILE, folder / PROFILE_FILE)
    except FileExistsError as error:
        raise _is_there(folder) from error
    except BaseException:
        for path in moved:
            path.unlink(missing_ok=True)
        raise


def check_new_profile(folder: Path, name: str) -> str:
    """Return the name a profile saved there will have; worth asking before the work begins.

    Args:
        folder: As `save_profile` takes it.
        name: What the user calls it.

    Raises:
        ProfileError: If the name is unfit, or `folder` holds a profile or other files.
        StorageError: If the drive is gone or the folder may not be read.
    """
    name = check_profile_name(name)
    with storage_errors(folder):
        if not folder.exists():
            return name
        if not folder.is_dir():
            raise ProfileError(
                "A file of this name is in the way.", path=folder, remedy="Choose another folder."
            )
        entries = {entry.name for entry in folder.iterdir()}
    if PROFILE_FILE in entries:
        raise _is_there(folder)
    # The profile's own files without the one that makes it a profile: a save that crashed.
    other = sorted(
        name for name in entries - {WORK_FOLDER, *_CONTENTS} if not name.startswith(f".{_SAVING}.")
    )
    if other:
        raise ProfileError(
            f"This folder holds other files, such as {other[0]}.",
            path=folder,
            remedy="Choose an empty or new folder.",
        )
    return name


def _is_there(folder: Path) -> ProfileError:
    return ProfileError(
        "There is a profile here already.",
        path=folder,
        remedy="Choose another folder, or remove that profile first.",
    )


def load_profile(folder: Path) -> Profile:
    """Read a profile and check that its files are the ones it was saved with.

    Raises:
        ProfileError: If it is missing, damaged, changed, too old or made by a newer version.
        StorageError: If the drive is gone or a file may not be read.
    """
    path = folder / PROFILE_FILE
    text = _read(path, missing="This folder holds no camera profile.")
    version = _parse(_Header, path, text).format_version
    if version > FORMAT_VERSION:
        raise ProfileError(
            "This profile was made by a newer version of AdaptSR.",
            path=folder,
            remedy="Update AdaptSR to use it.",
        )
    if version < OLDEST_FORMAT_VERSION:
        raise ProfileError(
            "This profile is too old for this version of AdaptSR.",
            path=folder,
            remedy="Adapt the network anew.",
        )
    content = _parse(ProfileFile, path, text)
    name = check_profile_name(content.name)
    for file in _CONTENTS:
        _check_hash(folder / file, content.files.get(file))
    rank_map_path = folder / RANK_MAP_FILE
    rank_map = _parse(RankMapFile, rank_map_path, _read(rank_map_path, missing=""))
    return Profile(folder, name, content.provenance, rank_map)


def write_profile_name(folder: Path, name: str) -> None:
    """Call the profile in `folder` something else; nothing happens if it is called so already.

    Raises:
        ProfileError: If it is damaged or the name is unfit.
        StorageError: If the disk is full, gone or not writable.
    """
    path = folder / PROFILE_FILE
    content = _parse(ProfileFile, path, _read(path, missing="This folder holds no camera profile."))
    if content.name != name:
        renamed = content.model_copy(update={"name": check_profile_name(name)})
        atomic_write_text(path, renamed.model_dump_json(indent=1) + "\n")


def load_adapter(folder: Path) -> "dict[str, Tensor]":
    """Return the trained state of the profile in `folder`, tensors on the CPU.

    Raises:
        ProfileError: If the file is missing or damaged.
        StorageError: If the drive is gone or the file may not be read.
    """
    from engine.profiles.adapter_file import read_adapter  # noqa: PLC0415 - brings torch

    return read_adapter(folder / ADAPTER_FILE)


def _check_hash(path: Path, expected: str | None) -> None:
    try:
        found = sha256_of(path)
    except FileNotFoundError as error:
        raise ProfileError(
            "This file of the profile is missing.", path=path, remedy=_REMEDY_DAMAGED
        ) from error
    if found != expected:
        raise ProfileError(
            "This file is not the one the profile was saved with: it was changed or damaged.",
            path=path,
            remedy=_REMEDY_DAMAGED,
        )


def _read(path: Path, *, missing: str) -> bytes:
    try:
        with storage_errors(path):
            return read_small(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ProfileError(missing, path=path, remedy="Choose a profile's folder.") from error


def _parse(record: type[AnyRecord], path: Path, text: bytes) -> AnyRecord:
    try:
        return record.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ProfileError(
            f"This file of the profile is damaged at {where}.", path=path, remedy=_REMEDY_DAMAGED
        ) from error

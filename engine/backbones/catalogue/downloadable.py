"""The backbones others published, as `resources/backbones/catalogue.toml` describes them."""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine.errors import BackboneError, storage_errors
from engine.shipped_files import shipped_file

_FILE = shipped_file("backbones", "catalogue.toml")
_BYTES_PER_PARAMETER = 4


class DownloadableBackbone(BaseModel):
    """A published network: what it is, where it is, and how to know that it is the right one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="Name to ask for it by.")
    architecture: str = Field(description="spandrel's architecture id.")
    scale: int = Field(ge=2, description="Integer factor from LR to SR.")
    parameters: int = Field(gt=0, description="How many numbers its parameters hold.")
    trained_for: Literal["bicubic", "degraded"] = Field(
        description="bicubic: clean bicubic LR, the start for adapting; degraded: spoilt photos."
    )
    licence: str = Field(description="Licence of the weights, or where to find it.")
    project: str = Field(pattern=r"^https://", description="Page of those who made it.")
    address: str | None = Field(
        None,
        pattern=r"^(https://|http://127\.0\.0\.1[:/]).+\.(pth|pt|safetensors)$",
        description="Where a program can fetch it; none if nowhere.",
    )
    page: str | None = Field(
        None, pattern=r"^https://", description="Where a person can fetch it if no program can."
    )
    size_bytes: int | None = Field(None, gt=0, description="Size of the file, where published.")
    sha256: str | None = Field(
        None, pattern="^[0-9a-f]{64}$", description="SHA-256 of the file, where published."
    )
    psnr_y_db: dict[str, float] = Field({}, description="As published, per benchmark, in dB.")
    seen: str = Field(description="Where the address, and the hash, are written.")

    @model_validator(mode="after")
    def _check(self) -> "DownloadableBackbone":
        if (self.address is None) == (self.page is None):
            raise ValueError("a network has either an address or a page")
        return self

    @property
    def expected_bytes(self) -> int:
        """The file's size where published, else about what its parameters take."""
        return self.size_bytes or self.parameters * _BYTES_PER_PARAMETER


def downloadable_backbones(path: Path | None = None) -> dict[str, DownloadableBackbone]:
    """Return the published backbones by name, in the order of the file.

    Args:
        path: A TOML file with a `[[backbone]]` table for each; AdaptSR's own by default.

    Raises:
        BackboneError: If the file is damaged or names one twice.
    """
    path = _FILE if path is None else path
    try:
        with storage_errors(path):
            tables = tomllib.loads(path.read_text("utf-8"))["backbone"]
        entries = [DownloadableBackbone.model_validate(table) for table in tables]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise _damaged(path, "") from error
    except ValidationError as error:
        where = error.errors()[0]
        what = ".".join(map(str, where["loc"])) or str(where["msg"])
        raise _damaged(path, f" at {what}") from error
    by_name = {entry.name: entry for entry in entries}
    if len(by_name) < len(entries):
        raise _damaged(path, ", it names a network twice")
    return by_name


def _damaged(path: Path, where: str) -> BackboneError:
    return BackboneError(
        f"The list of networks to download is damaged{where}.",
        path=path,
        remedy="Install AdaptSR again.",
    )

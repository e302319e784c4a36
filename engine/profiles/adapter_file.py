"""The trained numbers of a profile as a small safetensors file that explains itself."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save
from torch import Tensor

from engine.adapters.methods import METHODS
from engine.adapters.rank_map import RankMap
from engine.backbones.backbone import Backbone
from engine.errors import ProfileError, storage_errors
from engine.files import atomic_write_bytes
from engine.tensor_files import load_tensors

FORMAT_VERSION = 1
FORMAT = "adaptsr-adapter"


def save_adapter(path: Path, adapter: Mapping[str, Tensor], rank_map: RankMap) -> None:
    """Write an adaptation's trainable state.

    Args:
        path: The file to create or replace, atomically.
        adapter: What `Adaptation.state_dict` returned.
        rank_map: Its settings go into the file's metadata.

    Raises:
        StorageError: If the disk is full, gone or not writable.
    """
    settings = rank_map.settings
    metadata = {
        "format": FORMAT,
        "format_version": str(FORMAT_VERSION),
        "method": settings.method,
        "factorisation": settings.factorisation,
        "scaling": settings.scaling,
        "alpha": str(settings.alpha),
    }
    copies = {
        name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in adapter.items()
    }
    atomic_write_bytes(path, save(copies, metadata=metadata))


def read_adapter(path: Path) -> dict[str, Tensor]:
    """Read what `save_adapter` wrote, tensors on the CPU.

    Raises:
        ProfileError: If the file is missing or damaged.
        StorageError: If the drive is gone or the file may not be read.
    """
    try:
        with storage_errors(path):
            return load_tensors(path)
    except FileNotFoundError as error:
        raise ProfileError("The profile has lost its adapter.", path=path) from error
    except SafetensorError as error:
        raise ProfileError("The profile's adapter is damaged.", path=path) from error


def rebuild(backbone: Backbone, rank_map: RankMap, adapter: Mapping[str, Tensor]) -> Backbone:
    """Return the merged network, made anew from the backbone and an adapter.

    Args:
        backbone: The one the adapter was trained on; left as it is.
        rank_map: The adapter's rank map, on this backbone's sites.
        adapter: What `read_adapter` returned.

    Raises:
        CheckpointError: If the adapter does not fit the rank map and backbone.
    """
    adaptation = METHODS.get(rank_map.settings.method).build(backbone, rank_map, 0)
    adaptation.load_state_dict(adapter)
    return adaptation.merged()

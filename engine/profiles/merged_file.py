"""Writes a profile's merged network and proves that what was written is what was meant."""

from pathlib import Path

from engine.adapters.merge import MERGE_TOLERANCE, largest_difference
from engine.backbones.backbone import Backbone
from engine.backbones.loading import load_backbone, save_backbone
from engine.errors import MergeMismatchError
from engine.tensor_files import load_tensors


def save_merged(path: Path, merged: Backbone) -> None:
    """Write the network, read it back as any other program would, and compare on one image.

    A network that only its own program can rebuild (architecture "custom") is compared number by
    number instead.

    Raises:
        MergeMismatchError: If what was written computes something else.
        StorageError: If the disk is full, gone or not writable.
    """
    save_backbone(merged, path)
    if merged.architecture == "custom":
        saved_weights, weights = load_tensors(path), merged.module.state_dict()
        if saved_weights.keys() != weights.keys() or any(
            not saved_weights[key].equal(weights[key].cpu()) for key in weights
        ):
            raise MergeMismatchError("The saved network has other weights; nothing was kept.")
        return
    device = next(merged.module.parameters()).device
    saved = load_backbone(path).to(device, channels_last=merged.channels_last)
    if saved.scale != merged.scale:
        raise MergeMismatchError(
            f"The saved network enlarges {saved.scale} times, not {merged.scale}; nothing was kept."
        )
    difference = largest_difference(merged, saved)
    if difference > MERGE_TOLERANCE:
        raise MergeMismatchError(
            f"The saved network differs from the merged one by {difference:.1e}; nothing was kept."
        )

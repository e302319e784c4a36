"""How much tiling adds to the step from one pixel to the next, at the borders of tiles.

    python -m tests.benchmarks.seams [--backbone NAME|FILE] [--side 320] [--threads 2]

Without a backbone: SwinIR-light and a SAFMN, randomly initialised. The photo comes with
scikit-image. Figures are in 1/255 of white; what the eye can see begins at about 1.
"""

import argparse

import torch
from rich.console import Console
from rich.table import Table
from skimage import data

from engine.backbones.backbone import Backbone
from engine.backbones.building import build_backbone
from engine.backbones.loading import load_backbone
from engine.upscaling.photo.upscaler import PlainNetwork, upscale_tensor
from engine.upscaling.tiles.tiling import cover


def seam_steps(backbone: Backbone, lr: torch.Tensor) -> dict[str, float | int | str]:
    """Return overlap, tile, and what tiling adds, by name.

    Args:
        backbone: Any.
        lr: Shape (1, 3, side, side).
    """
    network = PlainNetwork(backbone)
    tile = network.grid.smallest_tile
    borders = [span.keep_stop for span in cover(lr.shape[-1], network.grid, tile=tile)[:-1]]
    with torch.inference_mode():
        whole = backbone(lr)
    added = (upscale_tensor(backbone, lr, tile=tile) - whole) * 255
    steps = [added.diff(dim=axis).abs() for axis in (-1, -2)]
    at = [border * backbone.scale - 1 for border in borders]
    return {
        "backbone": f"{backbone.architecture} {backbone.name}",
        "overlap_px": network.grid.overlap,
        "tile_px": tile,
        "borders": len(borders),
        "largest step across a border": max(
            float(steps[0][..., at].max()), float(steps[1][..., at, :].max())
        ),
        "largest step anywhere": max(float(step.max()) for step in steps),
        "mean abs difference": float(added.abs().mean()),
        "largest difference": float(added.abs().max()),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone")
    parser.add_argument("--side", type=int, default=320)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.backbone:
        backbones = [load_backbone(options.backbone)]
    else:
        backbones = [build_backbone("SwinIR", scale=2), build_backbone("SAFMN", scale=2)]
    pixels = torch.from_numpy(data.astronaut()[: options.side, : options.side].copy())
    lr = pixels.permute(2, 0, 1)[None].float() / 255
    rows = [seam_steps(backbone, lr) for backbone in backbones]
    table = Table("in 1/255", *(str(row["backbone"]) for row in rows))
    for name in list(rows[0])[1:]:
        values = [row[name] for row in rows]
        table.add_row(name, *(f"{v:.4f}" if isinstance(v, float) else str(v) for v in values))
    Console().print(table)


if __name__ == "__main__":
    main()

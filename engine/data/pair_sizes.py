"""Whether LR and HR fit each other by their sizes: for training, report and window alike."""

Size = tuple[int, int]
"""Width and height in pixels."""


def misfit(lr_px: Size, hr_px: Size, scale: int) -> str:
    """Return why two photos are no pair by their sizes, "" where they fit.

    HR is `scale` times as large, give or take what is cut off to a multiple, or as large as LR.
    """
    if lr_px in {hr_px, (hr_px[0] // scale, hr_px[1] // scale)}:
        return ""
    return (
        f"LR has {lr_px[0]}×{lr_px[1]} pixels and HR {hr_px[0]}×{hr_px[1]}; for ×{scale} HR must "
        f"be {scale} times as large, or as large."
    )

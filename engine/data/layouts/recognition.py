"""The layouts there are, and which of them a folder is of."""

from pathlib import Path

from engine.data.layouts import city100, div2k, dped, drealsr, folders, realsr, stablesr
from engine.data.layouts.layout import Layout, NearMissError, UnknownLayoutError, listed
from engine.data.pair_names import PairScan, natural_key
from engine.registry import Registry

LAYOUTS: Registry[Layout] = Registry("layout")
LAYOUTS.add(realsr.NAME, realsr.realsr)
LAYOUTS.add(drealsr.NAME, drealsr.drealsr)
LAYOUTS.add(dped.NAME, dped.dped)
LAYOUTS.add(div2k.NAME, div2k.div2k)
LAYOUTS.add(stablesr.NAME, stablesr.stablesr)
LAYOUTS.add(city100.NAME, city100.city100)
LAYOUTS.add("LR and HR folders", folders.folders)
LAYOUTS.add("train and test folders", folders.parted_folders)

_PUBLISHED = listed(name for name in LAYOUTS if "folders" not in name)
_REMEDY = (
    "Make two folders side by side, one whose name starts with LR and one whose name starts with "
    "HR, with the same file names in both, and choose the folder that holds the two. "
    f"{_PUBLISHED} are known as they are unpacked."
)
_NAMES_SHOWN = 5


def recognise(root: Path, scale: int) -> PairScan:
    """Return the pairs of the first layout that fits.

    Args:
        root: A folder.
        scale: The integer factor between LR and HR.

    Raises:
        PairsError: If none fits, or one that cannot be used as it is. What is missing is said
            where one nearly fits.
    """
    near: NearMissError | None = None
    for name in LAYOUTS:
        try:
            scan = LAYOUTS.get(name)(root, scale)
        except NearMissError as error:
            near = near or error
        else:
            if scan is not None and scan.pairs:
                return scan
    raise near or UnknownLayoutError(_what_is_there(root), path=root, remedy=_REMEDY)


def _what_is_there(root: Path) -> str:
    lr_folders, hr_folders = folders.sides_in(root)
    if lr_folders and hr_folders:
        named = ", ".join(folder.name for folder in [*lr_folders, *hr_folders])
        return f"No two photos with the same name were found in {named}."
    names = (path.name for path in root.iterdir() if not path.name.startswith("."))
    entries = sorted(names, key=natural_key)
    more = len(entries) - _NAMES_SHOWN
    shown = ", ".join(entries[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
    missing = " and ".join(
        f"no folder whose name starts with {side}"
        for side, found in (("LR", lr_folders), ("HR", hr_folders))
        if not found
    )
    return f"There is {missing}; it holds {shown or 'nothing'}."

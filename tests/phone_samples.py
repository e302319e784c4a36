"""What somebody with a phone has on disk: pairs to learn from, and photos of the same phone."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from engine.data.sample_photos import TO_CHECK_ON, TO_LEARN_FROM
from engine.data.simulated_camera import PhoneCamera, photograph
from tests.photo_samples import CAMERA, exif_block
from tests.shared_data import shared_data

PHONE_NAME = f"Fabrik {CAMERA}"

_EXIF = b"Exif\0\0" + exif_block()
_SIDE_PX = 256
_CITY_SIDE_PX = 300
_CITY_PHOTOS = 14


@dataclass(frozen=True)
class Belongings:
    """Files of one phone.

    Attributes:
        pairs: A folder LR of the phone's photos beside a folder HR.
        photos: Two of its photos.
        later: One that is taken when everything is set up.
    """

    pairs: Path
    photos: tuple[Path, ...]
    later: Path


def as_the_phone_saves(pixels, path):
    """Write a photo of the phone, with everything its EXIF says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, quality=97, subsampling=0, exif=_EXIF)
    return path


def simulated_phone(folder):
    """Sample photographs seen through a simulated phone, beside the photographs themselves."""
    photos = (*TO_LEARN_FROM, *TO_CHECK_ON)
    for seed, photo in enumerate(photos):
        hr = photo.pixels(2)[100 : 100 + _SIDE_PX, 100 : 100 + _SIDE_PX]
        lr = photograph(hr, PhoneCamera(), scale=2, seed=seed)
        as_the_phone_saves(lr, folder / "pairs" / "LR" / f"{photo.name}.jpg")
        (folder / "pairs" / "HR").mkdir(exist_ok=True)
        Image.fromarray(hr).save(folder / "pairs" / "HR" / f"{photo.name}.png")
    seen = [
        as_the_phone_saves(
            photograph(photo.pixels(2), PhoneCamera(), scale=2, seed=90 + number),
            folder / "phone" / f"IMG_{number}.jpg",
        )
        for number, photo in enumerate(TO_CHECK_ON)
    ]
    return Belongings(folder / "pairs", tuple(seen[:2]), seen[2])


def real_phone(folder):
    """Pairs of a real phone, both sides cut to their middle; the files name a phone again."""
    source = shared_data("city100-iphonex")
    names = sorted(path.name for path in (source / "HR").glob("*.webp"))[:_CITY_PHOTOS]
    phone = []
    for name in names:
        crops = {}
        for side in ("LR_registered", "HR"):
            with Image.open(source / side / name) as opened:
                left, top = ((size - _CITY_SIDE_PX) // 2 for size in opened.size)
                box = (left, top, left + _CITY_SIDE_PX, top + _CITY_SIDE_PX)
                crops[side] = opened.convert("RGB").crop(box)
        # The phone's side was enlarged to fit the other; x2 learns from it at half that size.
        small = crops["LR_registered"].reduce(2)
        if len(phone) < 2:
            phone.append(as_the_phone_saves(np.asarray(small), folder / "phone" / f"{name}.jpg"))
            continue
        stem = Path(name).stem
        as_the_phone_saves(np.asarray(small), folder / "pairs" / "LR" / f"{stem}.jpg")
        (folder / "pairs" / "HR").mkdir(exist_ok=True)
        crops["HR"].save(folder / "pairs" / "HR" / f"{stem}.png")
    later = as_the_phone_saves(np.asarray(small), folder / "phone" / "IMG_2.jpg")
    return Belongings(folder / "pairs", tuple(phone), later)

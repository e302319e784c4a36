"""Tells from EXIF which profile was made for the camera that took a photo."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.cancellation import CancelToken
from engine.errors import PhotoError
from engine.imaging.metadata import CameraFacts
from engine.imaging.reading import probe
from engine.profiles.profile import Profile
from engine.profiles.provenance import Camera

_SAME_LENS = frozenset({"dual", "triple", "wide"})
"""Words by which a phone tells how many cameras were at hand, not which of them took the photo."""


@dataclass(frozen=True, slots=True)
class CameraKey:
    """A camera's names, made comparable.

    Attributes:
        maker: First word of the make; empty where there is none.
        model: The model without the maker's name in front; empty where there is none.
        lens: The lens; empty where there is none.
    """

    maker: str
    model: str
    lens: str

    @classmethod
    def of(cls, camera: Camera | CameraFacts) -> "CameraKey":
        """Return the names without case, extra spaces, and a maker that is named again."""
        make, model, lens = (_words(text) for text in (camera.make, camera.model, camera.lens))
        while len(model) > 1 and model[0] in make:
            model.pop(0)
        camera_words = {*make, *model}
        lens = [word for word in lens if word not in _SAME_LENS | camera_words]
        return cls(" ".join(make[:1]), " ".join(model), " ".join(lens))

    def is_body_of(self, other: "CameraKey") -> bool:
        """Return whether make and model are the same; a make may be missing on one side."""
        same_maker = not self.maker or not other.maker or self.maker == other.maker
        return bool(self.model) and self.model == other.model and same_maker


@dataclass(frozen=True, slots=True)
class Match:
    """What there is for a photo.

    Attributes:
        profile: The one to use; None for none.
        why_not: Where there is none: why a profile of this camera does not serve, in the user's
            words; empty where there is no profile of this camera.
    """

    profile: Profile | None
    why_not: str = ""


class ProfileMatcher:
    """Finds the profile of a photo's camera.

    Make and model have to be the same, whatever their case and spaces and however often the maker
    is named. A lens has to be the same where both the profile and the photo name one; a profile
    that names the photo's lens goes before one that names none, and of equals the newest wins.
    """

    def __init__(self, profiles: Iterable[Profile], *, scale: int | None = None) -> None:
        """Look through the profiles.

        Args:
            profiles: Those there are.
            scale: Use only profiles of this scale; None for any.
        """
        self._scale = scale
        self._profiles = [
            (CameraKey.of(profile.provenance.camera), profile)
            for profile in sorted(profiles, key=_age)
            if profile.provenance.camera is not None
        ]
        self._known: dict[CameraKey, Match] = {}

    def find(self, camera: CameraFacts) -> Match:
        """Return the profile for a photo of this camera, or why there is none."""
        key = CameraKey.of(camera)
        if key not in self._known:
            self._known[key] = self._find(key)
        return self._known[key]

    def _find(self, key: CameraKey) -> Match:
        of_camera = [(k, profile) for k, profile in self._profiles if key.is_body_of(k)]
        fitting = []
        why_not = ""
        for known, profile in of_camera:
            reason = self._reason_against(key, known, profile)
            why_not = why_not or reason
            if not reason:
                fitting.append((known.lens == key.lens, profile))
        if not fitting:
            return Match(None, why_not)
        return Match(max(fitting, key=lambda found: found[0])[1])  # the first, newest, of equals

    def _reason_against(self, key: CameraKey, known: CameraKey, profile: Profile) -> str:
        if known.lens and key.lens and known.lens != key.lens:
            camera = profile.provenance.camera
            lens = "another lens" if camera is None else f"another lens ({camera.lens})"
            return f"the profile “{profile.name}” is for {lens} of this camera"
        if self._scale is not None and profile.scale != self._scale:
            return f"the profile “{profile.name}” of this camera is for x{profile.scale}"
        if not profile.provenance.verdict.better:
            return f"the profile “{profile.name}” of this camera makes nothing better"
        return ""


@dataclass(frozen=True, slots=True)
class CameraFound:
    """The camera that photos name.

    Attributes:
        camera: What all of them agree on; None if nothing.
        notice: A sentence worth telling; empty if the camera is known.
    """

    camera: Camera | None
    notice: str = ""


def camera_of(photos: Sequence[Path], token: CancelToken | None = None) -> CameraFound:
    """Return the camera that photos name in EXIF; only their headers are read.

    Photos that name none, or cannot be read, have no say. With several lenses of one camera the
    lens stays open.

    Args:
        photos: Files of any kind the app reads.
        token: Stops between photos.

    Raises:
        Cancelled: If the token says so.
        StorageError: If the drive is gone or a file may not be read.
    """
    token = token or CancelToken()
    found: dict[CameraKey, Camera] = {}
    for path in photos:
        token.check()
        try:
            facts = probe(path, token=token).camera
        except PhotoError:  # it is named where photos are decoded
            continue
        if facts.model is not None:
            camera = Camera(make=facts.make, model=facts.model, lens=facts.lens)
            found.setdefault(CameraKey.of(camera), camera)
    if not found:
        return CameraFound(
            None,
            "The LR photos do not say which camera took them, so the profile will not be chosen "
            "by itself: name it when you upscale.",
        )
    (first_key, first), *others = found.items()
    if not all(first_key.is_body_of(key) for key, _ in others):
        names = ", ".join(dict.fromkeys(describe(camera) for camera in found.values()))
        return CameraFound(
            None,
            f"The LR photos come from several cameras ({names}), so the profile will not be "
            "chosen by itself: name it when you upscale.",
        )
    one_lens = len({key.lens for key in found}) == 1
    return CameraFound(first if one_lens else first.model_copy(update={"lens": None}))


def camera_for(found: CameraFound, requested: Camera | None) -> CameraFound:
    """Return the camera a profile is for: the one the user named, else the one the photos name.

    Args:
        found: What `camera_of` found in the photos that are learnt from.
        requested: What the user said; None for nothing.
    """
    if requested is None:
        return found
    if found.camera is None:
        return CameraFound(requested)
    if CameraKey.of(found.camera).is_body_of(CameraKey.of(requested)):
        return found if requested.lens is None else CameraFound(requested)
    return CameraFound(
        requested,
        f"The LR photos were taken with {describe(found.camera)}, but the profile will be chosen "
        f"for photos of {describe(requested)}, as you said.",
    )


def describe(camera: Camera | CameraFacts) -> str:
    """Return a camera's name for people, with its maker once."""
    make, model = (camera.make or "").split(), (camera.model or "").split()
    while make and len(model) > 1 and model[0].casefold() == make[0].casefold():
        model.pop(0)
    return " ".join((*make[:1], *model))


def _age(profile: Profile) -> float:
    return -profile.provenance.created_at.timestamp()


def _words(text: str | None) -> list[str]:
    return unicodedata.normalize("NFKC", text or "").casefold().split()

"""The three kinds of photos to learn from, and what is said about what was found of each."""

from adaptsr_app.jobs.dataset_check import CheckRequest
from adaptsr_app.messages import tr
from adaptsr_app.models.adaptation import AdaptationState, Source
from adaptsr_app.models.folder_contents import (
    FEWEST_PAIRS,
    FEWEST_PHONE_PHOTOS,
    FolderContents,
    pairs_text,
    photos_text,
)
from adaptsr_app.widgets.choice_cards import ChoiceCard


def source_choices() -> list[ChoiceCard]:
    """Return the cards of step 2."""
    return [
        ChoiceCard(
            "pairs",
            tr("Pairs I took"),
            tr(
                "The same scenes with the phone and with a better camera or a longer lens. "
                "Learns most; the photos are lined up for you."
            ),
        ),
        ChoiceCard(
            "camera",
            tr("Only phone photos"),
            tr(
                "How the phone blurs, sharpens and compresses is estimated from its photos, and "
                "sharp photos of anything are made to look like that."
            ),
        ),
        ChoiceCard(
            "data set",
            tr("A data set"),
            tr("Pairs that fit already: a published set, or one that was lined up before."),
        ),
    ]


def wanted_text(source: Source) -> str:
    """Return what is to be chosen first."""
    words = {
        "pairs": tr("Choose both folders, then line the photos up."),
        "camera": tr("Choose a folder of phone photos and one of sharp photos."),
        "data set": tr("Choose the folder of the data set."),
    }
    return words[source]


def worth_a_look(
    state: AdaptationState, contents: FolderContents, phone: FolderContents | None
) -> CheckRequest:
    """Return which photos are worth being looked at one by one.

    Args:
        state: Names the folders.
        contents: Pairs, or sharp photos.
        phone: Photos of the phone, where only those are learnt from.
    """
    folder = state.training_folder
    if folder is None:
        return CheckRequest()
    if state.source != "camera":
        return CheckRequest((folder,), state.scale, contents.stamp)
    if phone is None or not phone.usable or state.phone_folder is None:
        return CheckRequest((folder,), None, contents.stamp, any_camera=folder)
    stamp = phone.stamp + contents.stamp
    return CheckRequest((state.phone_folder, folder), None, stamp, any_camera=folder)


def found_text(
    source: Source, contents: FolderContents, phone: FolderContents | None
) -> tuple[str, bool]:
    """Return what was found and what is missing, and whether it is enough.

    Args:
        source: What is learnt from.
        contents: Pairs, or sharp photos.
        phone: Photos of the phone, where only those are learnt from.
    """
    if contents.problem:
        return contents.problem, False
    if source != "camera":
        return pairs_text(contents), contents.usable >= FEWEST_PAIRS
    if phone is None or phone.usable < FEWEST_PHONE_PHOTOS:
        count = 0 if phone is None else phone.usable
        words = tr("{count} phone photos; at least {fewest} are needed to know the camera.")
        return words.format(count=count, fewest=FEWEST_PHONE_PHOTOS), False
    sharp = photos_text(contents, FEWEST_PAIRS)
    return tr("Sharp: {words}").format(words=sharp), contents.usable >= FEWEST_PAIRS

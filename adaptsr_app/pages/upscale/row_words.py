"""What a row of the queue says about its photo, and in which colour."""

from dataclasses import dataclass

from adaptsr_app.messages import tr
from adaptsr_app.models.job_progress import duration
from adaptsr_app.models.upscale_item import UpscaleItem


@dataclass(frozen=True, slots=True)
class RowWords:
    """The texts of a row.

    Attributes:
        facts: Camera and size, what went wrong, or what is worth knowing of the result.
        facts_colour: Token of its colour.
        network: What it is upscaled with.
        network_why: Who chose that.
        state: Where it stands.
        state_icon: Its icon, "" for none.
        state_colour: Token of the icon's colour.
    """

    facts: str
    facts_colour: str
    network: str
    network_why: str
    state: str
    state_icon: str = ""
    state_colour: str = "text_secondary"


def words_of(item: UpscaleItem, *, is_paused: bool = False) -> RowWords:
    """Return what a row says."""
    facts, colour = _facts(item)
    network, why = _network(item)
    state = _state(item, is_paused=is_paused)
    return RowWords(facts, colour, network, why, *state)


def _facts(item: UpscaleItem) -> tuple[str, str]:
    if item.reason:
        return item.reason, {"failed": "danger", "waiting": "warning"}.get(
            item.state, "text_secondary"
        )
    if item.notices:
        return item.notices[0], "warning"
    if item.facts is None:
        return tr("Reading the file …"), "text_secondary"
    camera = item.facts.camera_name or tr("Unknown camera")
    size = _size(item.facts.width_px, item.facts.height_px)
    if item.result_px is not None:
        size = f"{size} → {_size(*item.result_px)}"
    return f"{camera}   {size}", "text_secondary"


def _network(item: UpscaleItem) -> tuple[str, str]:
    network = item.network
    if network is None:
        return (tr("None for this size") if item.lacks_network else ""), ""
    if item.choice.kind != "automatic":
        why = tr("chosen by you")
    elif network.kind == "profile":
        why = tr("made for its camera")
    else:
        why = tr("no profile of its camera")
    return network.name, why


def _state(item: UpscaleItem, *, is_paused: bool) -> tuple[str, str, str]:
    match item.state:
        case "waiting":
            return tr("Waiting"), "", "text_secondary"
        case "working":
            word = tr("Paused") if is_paused else f"{round(100 * item.share)} %"
            return word, "", "text"
        case "done":
            took = duration(max(1.0, item.elapsed_s))
            return tr("Done in {time}").format(time=took), "good", "good"
        case "skipped":
            return tr("Left out"), "info", "text_secondary"
        case "failed":
            return tr("Did not work"), "danger", "danger"


def _size(width_px: int, height_px: int) -> str:
    return f"{width_px} × {height_px}"

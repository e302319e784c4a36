"""Says in a sentence what the rank map shows."""

from collections import Counter

from adaptsr_app.messages import tr
from adaptsr_app.models.rank_plan import RankPlan
from adaptsr_app.widgets.rank_heatmap import QuantityName


def what_it_shows(plan: RankPlan, quantity: QuantityName, beside: str) -> str:
    """Return the sentence over the map.

    Args:
        plan: What is shown.
        quantity: What the cells show.
        beside: What the other map is, "" without one.
    """
    if plan.profile is None:
        return ""
    if quantity == "rank":
        return _ranks(plan)
    sentences: dict[QuantityName, str] = {
        "score": tr(
            "How strongly an error on this camera's photos pulls at each layer. Brighter layers "
            "matter more, so changing them helps more."
        ),
        "parameters": tr(
            "How many numbers are trained in each layer: its rank times what one rank costs there."
        ),
        "delta_norm": tr("How far training moved each layer away from the network it began with."),
        "effective_rank": tr(
            "How many independent directions training really used in each layer. Far below its "
            "rank means that a smaller rank would do."
        ),
        "rank_change": tr("Orange layers have more rank than “{other}”, blue layers less.").format(
            other=beside or tr("As trained")
        ),
    }
    return sentences[quantity]


def _ranks(plan: RankPlan) -> str:
    sites = plan.sites
    changed = sum(site.rank > 0 for site in sites)
    spent = Counter[str]()
    for site in sites:
        spent[site.block] += site.rank * site.rank_cost
    block, most = spent.most_common(1)[0] if spent else ("", 0)
    name = plan.profile.name if plan.profile is not None else ""
    first = tr("{changed} of {count} layers change for {name}.").format(
        changed=changed, count=len(sites), name=name
    )
    if not most:
        return first
    return (
        first
        + " "
        + tr(
            "The brighter a cell, the more room it has to change; most of it, {share:.0f} %, went to "
            "{block}."
        ).format(share=100 * most / max(1, plan.spent), block=block)
    )

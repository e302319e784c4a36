"""The learning rate as a pure function of the step (paper, section 4.1)."""

import math

from engine.config.training import TrainingSettings


def learning_rate(step: int, settings: TrainingSettings, start: float) -> float:
    """Return the rate of a step.

    Args:
        step: 0 for the first of `settings.steps`.
        settings: Length, and how the rate falls: by `gamma` at each milestone, or along
            half a cosine to zero.
        start: The rate it falls from, reached after the warm-up.
    """
    rate = start
    if step < settings.warmup_steps:
        return rate * (step + 1) / settings.warmup_steps
    if settings.schedule == "cosine":
        length = max(1, settings.steps - settings.warmup_steps)
        return rate * 0.5 * (1 + math.cos(math.pi * (step - settings.warmup_steps) / length))
    passed = sum(step >= round(milestone * settings.steps) for milestone in settings.milestones)
    return rate * settings.gamma**passed

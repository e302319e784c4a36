"""How far a job is, from its events."""

from adaptsr_app.messages import tr
from engine.events import Progress, Stage, TrainingStep


class JobProgress:
    """One share of 0 to 1 and a time left, whatever the job.

    Attributes:
        share: Of the stage at hand, 0 to 1.
        eta_s: Seconds that are left of it, or None while nobody knows.
        stage: Its name, "" before the first event.
        text: What is being worked on.
    """

    def __init__(self) -> None:
        self.share = 0.0
        self.eta_s: float | None = None
        self.stage = ""
        self.text = ""

    def fold(self, event: object) -> None:
        """Take an event in; those that say nothing of progress change nothing."""
        match event:
            case Progress(stage, done, total, text, eta_s, item_share):
                whole = done + (item_share or 0.0)
                self.share = min(1.0, whole / total) if total else 0.0
                self.stage, self.text, self.eta_s = stage, text, eta_s
            case TrainingStep(step, total, _, _, _, eta_s):
                self.share, self.eta_s = step / total, eta_s
                self.stage, self.text = Stage.TRAIN, ""
            case _:
                pass

    def time_left(self) -> str:
        """Return the time left in words, "" while nobody knows."""
        if self.eta_s is None:
            return ""
        return tr("{time} left").format(time=duration(self.eta_s))


def duration(seconds: float) -> str:
    """Return a time span as a person would say it, such as "3 min" or "1 h 20 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return tr("{count} s").format(count=whole)
    minutes = round(whole / 60)
    if minutes < 60:
        return tr("{count} min").format(count=minutes)
    return tr("{hours} h {minutes:02} min").format(hours=minutes // 60, minutes=minutes % 60)

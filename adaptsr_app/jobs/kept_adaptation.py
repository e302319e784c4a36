"""What the user has said in the wizard, on disk, so that nothing is asked twice."""

from pathlib import Path

from adaptsr_app.jobs.kept_file import KeptFile
from adaptsr_app.models.adaptation import AdaptationModel, AdaptationState

_FILE = "adapt.json"


def read_adaptation(home: Path) -> AdaptationState:
    """Return what was left in `Context.home`; a missing or damaged file starts anew."""
    try:
        return AdaptationState.model_validate_json((home / _FILE).read_bytes())
    except (OSError, ValueError):
        return AdaptationState()


class KeptAdaptation(KeptFile):
    """Writes the wizard's state down after every change."""

    def __init__(self, home: Path, adaptation: AdaptationModel) -> None:
        super().__init__(home / _FILE, adaptation)
        self._adaptation = adaptation
        adaptation.changed.connect(self._keep)

    def _keep(self) -> None:
        state = self._adaptation.state
        self.write(lambda: state.model_dump_json(indent=1) + "\n")

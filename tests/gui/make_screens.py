"""Draws the pictures of the window in `docs/screens/`: every page, light and dark, real content.

    python -m tests.gui.make_screens [--out docs/screens] [--steps 300]

The photographs come with scikit-image. They are seen through a simulated phone, a network is
adapted to it in the wizard, and photos are upscaled with the result; nothing shown is made up.
Everything happens in a home folder that is thrown away.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SIZE_PX = (1280, 820)
_PHONE = ("Simulated", "Phone 1")
_WAIT_S = 900.0
_NOTHING_TO_SEE = {"brick", "stars"}
"""Even patterns; one of them would be the photo kept out, and in all pictures of the training."""


def main() -> None:
    """Draw all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/screens"))
    parser.add_argument("--steps", type=int, default=300)
    options = parser.parse_args()
    out = options.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _move_home(home)
        screens = Screens(home, out, options.steps)
        screens.draw_all()


def _move_home(home: Path) -> None:
    """Keep away from the user's own settings and profiles."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["HOME"] = os.environ["USERPROFILE"] = str(home)
    for variable, folder in (
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_DATA_HOME", "data"),
        ("XDG_STATE_HOME", "state"),
    ):
        os.environ[variable] = str(home / folder)


class Screens:
    """A window with a story: nothing yet, a phone learnt, photos upscaled."""

    def __init__(self, home: Path, out: Path, steps: int) -> None:
        from adaptsr_app.application import make_application, make_context  # noqa: PLC0415
        from adaptsr_app.main_window import MainWindow  # noqa: PLC0415

        self._home, self._out, self._steps = home, out, steps
        self._application = make_application(["adaptsr"])
        self._context = make_context(self._application, home / "window")
        self._window = MainWindow(self._context)
        self._window.resize(*SIZE_PX)
        self._window.show()

    def draw_all(self) -> None:
        """Tell the story from the empty window to the finished photos."""
        phone, pairs = self._write_photos()
        self._shoot("upscale", "upscale-empty")
        self._draw_wizard(phone, pairs)
        self._draw_upscale(phone)
        self._shoot("rank map", "rank-map", settle_s=6)
        self._draw_compare(pairs)
        self._shoot("library", "library", settle_s=3)
        self._shoot("settings", "settings", settle_s=6)
        self._context.jobs.stop_all()
        self._window.close()

    def _write_photos(self) -> tuple[Path, Path]:
        """Write the phone's photos, with its name in EXIF, and pairs to learn from."""
        from PIL import Image  # noqa: PLC0415

        from engine.data.sample_photos import TO_CHECK_ON, TO_LEARN_FROM  # noqa: PLC0415
        from engine.data.simulated_camera import PhoneCamera, photograph  # noqa: PLC0415

        exif = Image.Exif()
        exif[0x010F], exif[0x0110] = _PHONE
        phone, pairs = self._home / "phone", self._home / "pairs"
        for folder in (phone, pairs / "LR", pairs / "HR"):
            folder.mkdir(parents=True)
        learnt = [photo for photo in TO_LEARN_FROM if photo.name not in _NOTHING_TO_SEE]
        for index, photo in enumerate((*learnt, *TO_CHECK_ON)):
            hr = photo.pixels(2)
            lr = Image.fromarray(photograph(hr, PhoneCamera(), scale=2, seed=index))
            Image.fromarray(hr).save(pairs / "HR" / f"{photo.name}.png")
            lr.save(pairs / "LR" / f"{photo.name}.png", exif=exif)
            if photo in TO_CHECK_ON:
                lr.save(phone / f"{photo.name}.jpg", exif=exif, quality=95)
        return phone, pairs

    def _draw_wizard(self, phone: Path, pairs: Path) -> None:
        page = self._window.page("adapt")
        self._show("adapt")
        first, second, effort, differences, training, result = page.steps
        first.grid.dropped.emit(sorted(phone.iterdir()))
        self._wait(lambda: page.session.background.is_idle and first.name.text())
        self._shoot("adapt", "adapt-1-phone", settle_s=2)
        page.next.click()
        second.sources.cards["data set"].button.click()
        second.folders.pairs.choose(pairs)
        self._wait(lambda: page.next.isEnabled() and page.session.background.is_idle)
        self._shoot("adapt", "adapt-2-photos", settle_s=3)
        page.next.click()
        self._wait(lambda: page.session.job is None and page.session.state.measured is not None)
        effort.efforts.cards["quick"].button.click()
        self._shoot("adapt", "adapt-3-effort", settle_s=1)
        effort.advanced.changed.emit("steps", self._steps)
        effort.advanced.changed.emit("validate_every", 20)
        page.next.click()
        self._wait(lambda: page.session.job is None and differences.is_ready)
        self._shoot("adapt", "adapt-4-differences", settle_s=2)
        page.next.click()
        training.start.click()
        self._wait(lambda: training.training.step >= 0.6 * self._steps)
        self._shoot("adapt", "adapt-5-training", settle_s=1)
        self._wait(lambda: page.session.state.result is not None and result.view.state == "shown")
        result.install.click()
        self._shoot("adapt", "adapt-6-result", settle_s=3)

    def _draw_upscale(self, phone: Path) -> None:
        page = self._window.page("upscale")
        broken = phone / "half-copied.jpg"
        broken.write_bytes((phone / "coffee.jpg").read_bytes()[:3000])
        self._window.open_paths(sorted(phone.iterdir()))
        self._wait(lambda: len(page.queue.items) == 4)
        self._settle(3)
        page.bar.start.click()
        self._wait(lambda: page.run.job is None)
        self._shoot("upscale", "upscale-done", settle_s=2)

    def _draw_compare(self, pairs: Path) -> None:
        page = self._window.page("compare")
        results = sorted((self._home / "Pictures").rglob("*astronaut*"))
        pictures = [("Photo", pairs / "LR" / "astronaut.png")]
        pictures += [("Result", path) for path in results[:1]]
        self._context.navigation.comparison_requested.emit(pictures)
        self._wait(lambda: page.view.state == "shown")
        self._shoot("compare", "compare", settle_s=2)

    def _show(self, key: str) -> None:
        self._window.show_page(key)
        self._settle(0.5)

    def _shoot(self, key: str, name: str, settle_s: float = 0.5) -> None:
        """Save a page in both schemes."""
        for appearance in ("light", "dark"):
            self._context.theme.set_appearance(appearance)
            self._show(key)
            self._settle(settle_s)
            self._window.grab().save(str(self._out / f"{name}-{appearance}.png"))
            settle_s = 0.5

    def _settle(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._application.processEvents()
            time.sleep(0.01)

    def _wait(self, condition: Callable[[], object]) -> None:
        until = time.monotonic() + _WAIT_S
        while not condition():
            self._application.processEvents()
            time.sleep(0.01)
            if time.monotonic() > until:
                self._window.grab().save(str(self._out / "stuck.png"))
                sys.exit("The window did not get on; see stuck.png.")


if __name__ == "__main__":
    main()

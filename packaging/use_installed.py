"""Uses AdaptSR as it was installed: upscales a photo, and opens the window on it.

    python -P packaging/use_installed.py [--window]

Run it with the Python of the environment that has AdaptSR, `-P` keeping this folder out of the way.
Everything happens in a home folder that is thrown away.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

_WINDOW = """
import sys, time
from pathlib import Path
from adaptsr_app.application import make_application, make_context
from adaptsr_app.jobs.engine_loader import EngineLoader
from adaptsr_app.main_window import PAGES, MainWindow

application = make_application(["adaptsr"])
context = make_context(application)
window = MainWindow(context)
loader = EngineLoader([entry.module for entry in PAGES])
loader.finished.connect(window.build_rest)
window.show()
loader.start()
until = time.monotonic() + 120
while loader.isRunning() and time.monotonic() < until:
    application.processEvents()
    time.sleep(0.01)
for _ in range(50):
    application.processEvents()
    time.sleep(0.01)
picture = window.grab().toImage()
colours = {picture.pixel(x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7)}
assert window.isVisible() and len(colours) > 20, f"{len(colours)} colours"
print(f"window of {picture.width()} x {picture.height()}, {len(colours)} colours")
context.jobs.stop_all()
loader.wait()
"""


def main() -> int:
    """Use it, and return 0 where everything went well."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environment = dict(os.environ, HOME=folder, USERPROFILE=folder, QT_QPA_PLATFORM="offscreen")
        for name in ("CACHE", "CONFIG", "DATA", "STATE"):
            environment[f"XDG_{name}_HOME"] = str(home / name.lower())
        environment.pop("PYTHONPATH", None)

        def use(*words: str) -> None:
            subprocess.run([sys.executable, "-P", *words], cwd=folder, env=environment, check=True)

        where = "import engine, adaptsr_app, resources as r; print(engine.__version__, r.__file__)"
        use("-c", where)
        photo = "from PIL import Image; Image.linear_gradient('L').convert('RGB').save('in.png')"
        use("-c", photo)
        use("-m", "adaptsr_app", "upscale", "in.png", "--out", "out")
        size = (
            "from PIL import Image; assert Image.open('out/in_safmn-x2_x2.png').size == (512, 512)"
        )
        use("-c", size)
        if "--window" in sys.argv[1:]:
            use("-c", _WINDOW)
    return 0


if __name__ == "__main__":
    sys.exit(main())

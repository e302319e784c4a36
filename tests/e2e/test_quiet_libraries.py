"""A run leaves files in our own folders and where the user wants them, and nowhere else."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXPORTS = {
    "a-x2.safetensors": [],
    "a-x2.onnx": ["onnx", "onnxruntime"],
    "a-x2.dtmodel": ["onnx", "onnxruntime"],
    "a-x2.param": ["ncnn", "pnnx"],
}
OURS = {".cache/adaptsr", ".local/state/adaptsr", ".local/share/adaptsr"}
DRAW = """
from pathlib import Path
from engine.figures.curve import draw_curve
draw_curve(Path("curve.png"), [(1, 30.0), (2, 31.0)], bicubic_psnr_y_db=29.0, backbone_psnr_y_db=29.5)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the folders of a Linux user")
def test_no_export_and_no_figure_leaves_a_file_outside_our_folders(tmp_path: Path):
    for name in ("home", "temporary", "work"):
        (tmp_path / name).mkdir()
    left_out = ("XDG_", "MPLCONFIGDIR", "ORT_", "TORCH", "TRITON", "SKIMAGE")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(left_out)},
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "temporary"),
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *sys.path]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    program = [sys.executable, "-m", "adaptsr_app", "export", "--backbone", "safmn-x2", "--out"]
    commands = [[sys.executable, "-c", DRAW]]
    for name, packages in EXPORTS.items():
        if all(importlib.util.find_spec(package) for package in packages):
            commands.append([*program, name])
    for command in commands:
        done = subprocess.run(
            command, cwd=tmp_path / "work", env=environment, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
    home = tmp_path / "home"
    found = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
    assert [path for path in found if not any(path.startswith(f"{own}/") for own in OURS)] == []
    assert not list((tmp_path / "temporary").iterdir())
    assert not [path for path in (tmp_path / "work").iterdir() if path.name.startswith(".")]

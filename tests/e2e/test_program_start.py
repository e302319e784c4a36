import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(script):
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_without_qt_the_program_says_what_the_window_needs():
    result = run(
        "import sys; sys.modules['PySide6'] = None\n"
        "from adaptsr_app.__main__ import main; sys.exit(main([]))"
    )
    assert result.returncode == 1
    assert "The window needs PySide6" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_subcommand_goes_to_the_command_line_even_beside_a_folder_of_its_name(tmp_path):
    (tmp_path / "sites").mkdir()
    result = subprocess.run(
        [sys.executable, "-m", "adaptsr_app", "sites"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode != 0
    assert "Missing" in result.stderr

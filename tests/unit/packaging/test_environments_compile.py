"""Compiling what is installed reaches every module that is valid, and minds none that is not."""

import subprocess
import sys
from pathlib import Path

_COMPILE = """
import sys
sys.path.insert(0, "packaging")
import environments
from pathlib import Path

class Here(environments.Environment):
    packages = Path(sys.argv[1])
    def program(self, name):
        return sys.executable

Here("nowhere").compile_modules()
"""


def test_valid_modules_are_compiled_and_a_template_is_passed_over(tmp_path):
    (tmp_path / "good.py").write_text("answer = 42\n")
    (tmp_path / "template.py").write_text("class {name}:\n")
    command = [sys.executable, "-c", _COMPILE, str(tmp_path)]
    root = Path(__file__).parents[3]
    subprocess.run(command, check=True, cwd=root, capture_output=True)
    compiled = [path.name.split(".")[0] for path in (tmp_path / "__pycache__").glob("*.pyc")]
    assert compiled == ["good"]

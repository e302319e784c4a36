"""Whatever a path turns out to be, a command says so in a sentence: nothing of it is a bug."""

import os
import socket
import sys
from pathlib import Path

import pytest
from PIL import Image

from engine.backbones.loading import save_backbone
from engine.cli import main
from tests.photo_samples import scene
from tests.tiny_backbones import faithful_backbone

if sys.platform == "win32":
    pytest.skip("these are paths of POSIX systems", allow_module_level=True)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A photo, pairs, a network and a recipe that work."""
    root = tmp_path_factory.mktemp("sound")
    save_backbone(faithful_backbone(), root / "net.safetensors")
    for side, size in (("LR", 20), ("HR", 40)):
        for name in "abcd":
            path = root / "pairs" / side / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(scene(size, size, seed=ord(name))).save(path)
    return root


def _socket(path):
    with socket.socket(socket.AF_UNIX) as held:
        held.bind(str(path))


MAKERS = {
    "file": lambda path: path.write_bytes(b"mine"),
    "folder": lambda path: (path / "inside").mkdir(parents=True),
    "loop": lambda path: path.symlink_to(path),
    "broken link": lambda path: path.symlink_to(path.parent / "nowhere"),
    "fifo": os.mkfifo,
    "socket": _socket,
    "empty file": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("{}", encoding="utf-8"),
}
PLACES = {
    "below a file": "file/below",
    "too long name": "n" * 300,
    "too long path": "/".join(["d" * 200] * 25),
    "device": "/dev/zero",
    "full device": "/dev/full",
    "process files": "/proc/self/mem",
    "below a process": "/proc/self/new",
    "root": "/sys",
    "escapes": "a\x1b[2J\n",
    "latin-1": os.fsdecode(b"f\xea"),
    "missing": "nothing",
}
KINDS = (*MAKERS, *PLACES)


def impossible(kind, root):
    """Make something that no command can use as it is meant to be, and return its path."""
    (root / "file").write_bytes(b"mine")
    if kind in PLACES:
        return root / PLACES[kind]
    MAKERS[kind](root / "odd")
    return root / "odd"


def commands(odd, sound, out):
    """Yield a use of every option that takes a path."""
    photo, net, pairs = sound / "pairs" / "LR" / "a.png", sound / "net.safetensors", sound / "pairs"
    short = ("--steps", 1, "--batch", 1, "--patch", 16, "--val", 1, "--score-batches", 1)
    yield ("upscale", odd, "--out", out / "1", "--backbone", net)
    yield ("upscale", photo, "--out", odd, "--backbone", net)
    yield ("upscale", photo, "--out", out / "2", "--backbone", odd)
    yield ("upscale", photo, "--out", out / "3", "--profile", odd)
    yield ("adapt", "--backbone", odd, "--pairs", pairs, "--scale", 2, "--out", out / "4", *short)
    yield ("adapt", "--backbone", net, "--pairs", odd, "--scale", 2, "--out", out / "5", *short)
    yield ("adapt", "--backbone", net, "--pairs", pairs, "--scale", 2, "--out", odd, *short)
    yield ("evaluate", "--backbone", net, "--pairs", odd, "--scale", 2)
    yield ("evaluate", "--profile", odd, "--pairs", pairs, "--scale", 2)
    yield ("score", "--backbone", net, "--pairs", odd, "--scale", 2)
    yield ("sites", odd)
    yield ("export", odd, "--out", out / "6.safetensors")
    yield ("models", "add", odd)
    yield ("data", "check", odd)
    yield ("data", "register", odd, "--out", out / "7", "--scale", 2)
    yield ("data", "camera", odd, "--out", out / "8.json")
    yield ("pretrain", "--recipe", odd, "--photos", pairs, "--out", out / "9")


COMMANDS = len(list(commands(Path(), Path(), Path())))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("kind", KINDS)
def test_no_path_is_a_bug_and_none_hangs(kind, sound, tmp_path, capfd):
    bugs = []
    for number in range(COMMANDS):
        root = tmp_path / str(number)
        root.mkdir()
        odd = impossible(kind, root)
        words = [str(word) for word in list(commands(odd, sound, root / "out"))[number]]
        code = main(words)
        said = capfd.readouterr().err
        if code not in {0, 1, 2} or "Traceback" in said:
            bugs.append((words[:2], code, said[-300:]))
    assert not bugs

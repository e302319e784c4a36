"""Inputs on which the first version was wrong, as scripts beside the checkout make them.

Each goes through the program as a user runs it; what is right stands in the scripts. Where these
scripts are not, other tests hold the same properties on inputs of their own.
"""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.cli import main
from engine.data.pair_set import load_pairs
from engine.imaging.icc import adobe_rgb_profile, between_profiles
from engine.imaging.reading import read_photo
from engine.imaging.resampling import downsample_bicubic_uint8
from engine.profiles.profile import load_profile
from tests.cli_samples import write_pairs
from tests.shared_data import shared_data

if sys.platform == "win32":
    pytest.skip("the scripts are for systems with links and pipes", allow_module_level=True)

ROOT = Path(__file__).resolve().parents[2]
NETWORK = ("--backbone", "safmn-x2")


def script(name, *words, **edits):
    """Run a script, with some of its text replaced, and return what it prints."""
    path = shared_data("..", "findings", "inputs", name)
    text = path.read_text("utf-8")
    for old, new in edits.items():
        assert old in text
        text = text.replace(old, new)
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join([str(ROOT), str(path.parent)]))
    runner = "bash" if path.suffix == ".sh" else sys.executable
    done = subprocess.run(
        [runner, "-c", text, *([str(path)] if runner == "bash" else []), *map(str, words)],
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture
def adaptsr(tmp_path):
    """The program as one file to start."""
    path = tmp_path / "adaptsr"
    path.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m adaptsr_app "$@"\n', "utf-8"
    )
    path.chmod(0o755)
    return path


def run(*words):
    return main([str(word) for word in words])


def results(folder):
    return sorted(path.name for path in folder.glob("[!.]*"))


def test_an_animated_avif_is_read(tmp_path):
    assert "(96, 128, 3)" in script("animated_avif.py", tmp_path / "a.avif")


def test_neutral_lab_is_neutral():
    """The script's 50 · 2.55 is stored as 127, which is L* 49.8 and 118.4 of 255."""
    (values,) = re.findall(r"\[(\d+) (\d+) (\d+)\]", script("lab_tiff.py"))
    assert len(set(values)) == 1
    assert int(values[0]) in {118, 119}


def test_no_tip_is_rich_text():
    pytest.importorskip("PySide6", reason="needs Qt")
    assert script("tip_that_loads_a_picture.py").strip() == "False"


def test_a_photo_cropped_while_it_runs_is_not_squashed(tmp_path, adaptsr):
    said = script("cropped_while_it_runs.py", tmp_path / "d", adaptsr)
    assert "exit 1" in said
    assert "c.png: The photo was changed" in said
    assert not list((tmp_path / "d" / "out").glob("c*"))


def test_no_escape_of_a_name_reaches_the_terminal(tmp_path, adaptsr):
    said = script("escapes_in_a_name.py", tmp_path / "d", adaptsr)
    assert "title: False clear screen: False" in said


@pytest.mark.parametrize(
    ("words", "precious"),
    [(("{stem}", "--format", "PNG"), "a.png"), (("{stem}_x2",), "b_x2.jpg")],
)
def test_no_original_is_replaced(tmp_path, words, precious):
    script("overwritten_originals.py", tmp_path / "d")
    before = {path.name: path.read_bytes() for path in (tmp_path / "d").iterdir()}
    out = ("--out", tmp_path / "d", "--name", *words, "--overwrite")
    assert run("upscale", tmp_path / "d", *out, *NETWORK) == 0
    assert precious in before
    assert {name: (tmp_path / "d" / name).read_bytes() for name in before} == before
    assert len(results(tmp_path / "d")) == 2 * len(before)


@pytest.mark.parametrize(
    ("kind", "code", "count"), [("latin1", 0, 2), ("loop", 1, 1), ("long", 0, 3), ("nas", 0, 1)]
)
def test_odd_names_stop_nobody(tmp_path, kind, code, count):
    script("odd_names.py", tmp_path / "d", kind)
    for _ in range(2):
        assert run("upscale", tmp_path / "d", "--out", tmp_path / "out", *NETWORK) == code
        assert len(results(tmp_path / "out")) == count
    assert "ok_safmn-x2_x2.jpg" in results(tmp_path / "out")


def test_a_pickle_allocates_nothing(tmp_path):
    script("pickle_of_eight_gigabytes.py", tmp_path / "p.pth")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert run("models", "add", tmp_path / "p.pth") == 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000


@pytest.fixture(scope="module")
def much_work(tmp_path_factory):
    folder = tmp_path_factory.mktemp("much")
    script("small_file_much_work.py", folder)
    return folder


@pytest.mark.parametrize(("name", "code"), [("texts.png", 0), ("tiles.tif", 1), ("markers.jpg", 1)])
def test_a_small_file_makes_little_work(much_work, tmp_path, name, code):
    started = time.monotonic()
    assert run("upscale", much_work / name, "--out", tmp_path / "out", *NETWORK) == code
    assert time.monotonic() - started < 20


def test_saturated_text_looks_like_itself(tmp_path):
    script("saturated_text.py", tmp_path / "d")
    assert run("upscale", tmp_path / "d", "--out", tmp_path / "out", *NETWORK) == 0
    for name in ("blue", "green", "red", "ramp"):
        lr = read_photo(tmp_path / "d" / f"{name}.png").rgb().astype(float)
        sr = read_photo(tmp_path / "out" / f"{name}_safmn-x2_x2.png").rgb()
        off = downsample_bicubic_uint8(sr, 2) - lr
        means = off.reshape(24, 8, 32, 8, 3).mean(axis=(1, 3))
        assert np.abs(means).max() < 24
        assert np.percentile(np.abs(off), 99) < 73


BELONG = {"alpha", "good0", "good1", "good2", "grey", "odd", "othertype", "turned_exif"}


def test_only_pairs_that_belong_together_are_called_good(tmp_path, capsys):
    script("bad_pairs.py", tmp_path / "d", shared_data("photos-hr"))
    capsys.readouterr()
    run("data", "check", tmp_path / "d", "--json")
    found = json.loads(capsys.readouterr().out)
    bad = {photo["name"] for photo in found["photos"] if photo["finding"] != "good"}
    assert {photo["name"] for photo in found["photos"]} - bad == BELONG
    pairs = load_pairs(tmp_path / "d", scale=2, cache_dir=tmp_path / "cache")
    assert set(pairs.names) == BELONG


def test_two_colour_spaces_teach_nothing_about_colour(tmp_path):
    icc = adobe_rgb_profile()
    (tmp_path / "adobe.icc").write_bytes(icc)
    script(
        "pairs_of_two_colour_spaces.py",
        *(tmp_path / "d", shared_data("photos-hr"), tmp_path / "adobe.icc"),
    )
    pairs = load_pairs(tmp_path / "d", scale=2, cache_dir=tmp_path / "cache")
    assert len(pairs) == 10
    adapt = ("adapt", "--pairs", tmp_path / "d", "--scale", 2, *NETWORK, "--out", tmp_path / "p")
    short = ("--steps", 30, "--batch", 2, "--patch", 16, "--val", 2, "--learning-rate", 1e-3)
    assert run(*adapt, *short) == 0
    lr = tmp_path / "d" / "LR" / "s00.png"
    assert run("upscale", lr, "--profile", tmp_path / "p", "--out", tmp_path / "out") == 0
    assert run("upscale", lr, *NETWORK, "--out", tmp_path / "plain") == 0
    ((adapted,), (plain,)) = ((tmp_path / n).glob("[!.]*") for n in ("out", "plain"))
    truth = np.asarray(Image.open(tmp_path / "d" / "HR" / "s00.png")).astype(float)
    for path in (adapted, plain):
        photo = read_photo(path)
        seen = between_profiles(photo.rgb(), photo.metadata.icc, None).astype(float)
        off = (seen - truth).mean(axis=(0, 1))
        assert np.abs(off).max() < 4, path


def test_metadata_follow_the_picture_and_positions_go(tmp_path):
    if shutil.which("exiftool") is None:
        pytest.skip("needs exiftool")
    script("metadata_in_old_pixels.py", tmp_path / "d")
    out = ("upscale", tmp_path / "d", *NETWORK, "--strip-gps", "--strip-place", "--out")
    assert run(*out, tmp_path / "out") == 0
    said = {}
    for name in ("regions", "drone"):
        path = tmp_path / "out" / f"{name}_safmn-x2_x2.jpg"
        printed = subprocess.run(
            ["exiftool", "-j", "-n", "-G1", "-struct", str(path)],
            capture_output=True,
            check=True,
        )
        (said[name],) = json.loads(printed.stdout)
    region = said["regions"]["XMP-mwg-rs:RegionInfo"]
    area = region["RegionList"][0]["Area"]
    assert (region["AppliedToDimensions"]["W"], region["AppliedToDimensions"]["H"]) == (128, 192)
    # A quarter turn clockwise: (x, y) of 96×64 is seen at (64 - y, x) of 64×96.
    assert (area["X"], area["Y"]) == pytest.approx((1 - 16 / 64, 76 / 96), abs=1e-3)
    assert (area["W"], area["H"]) == pytest.approx((16 / 64, 24 / 96), abs=1e-3)
    left = json.dumps(said["drone"])
    assert not re.search(r"47\.1|8\.5\b|Zug|Home|geo:", left.replace(str(tmp_path), ""))


def test_of_two_that_adapt_into_one_folder_one_is_refused(tmp_path, adaptsr):
    pairs, out = write_pairs(tmp_path / "pairs"), tmp_path / "out"
    said = script("two_adapts_one_folder.sh", adaptsr, pairs, out, **{"1 2 3 4 5": "1"})
    assert re.match(r"exits (0 1|1 0),", said)
    assert load_profile(out).name == "q"
    refused = [(tmp_path / f"out.{n}.log").read_text("utf-8") for n in (1, 2)]
    assert sum("Another AdaptSR" in text for text in refused) == 1

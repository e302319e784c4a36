"""A result is there whole under its name, or not at all, and nothing lies beside it."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from engine.errors import PhotoError, StorageError
from engine.imaging.encoders.base import Output
from engine.imaging.formats import FORMATS
from engine.imaging.part_file import PartFile, remove_leftovers
from engine.imaging.reading import read_photo
from engine.imaging.strips import StripWriter
from engine.imaging.writing import write_photo
from tests.photo_samples import scene

ROOT = Path(__file__).resolve().parents[3]
ALL = list(FORMATS)
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX")


def noise(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def run_python(code, *arguments):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code), *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("format_", ALL)
def test_an_existing_file_is_never_replaced_unless_told_to(tmp_path, format_):
    path = tmp_path / "photo"
    path.write_bytes(b"precious")
    with pytest.raises(StorageError, match="exists already") as caught:
        write_photo(path, scene(9, 9), format_=format_)
    assert caught.value.path == path
    assert caught.value.remedy
    assert path.read_bytes() == b"precious"
    write_photo(path, scene(9, 9), format_=format_, overwrite=True)
    assert read_photo(path).format == format_
    assert list(tmp_path.iterdir()) == [path]


def test_a_part_file_is_not_even_begun_where_nothing_may_be_replaced(tmp_path):
    (tmp_path / "photo").write_bytes(b"precious")
    with pytest.raises(StorageError, match="exists already"):
        PartFile(tmp_path / "photo")
    assert list(tmp_path.iterdir()) == [tmp_path / "photo"]


def test_a_broken_link_or_folder_of_that_name_is_not_replaced(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="exists already"):
        write_photo(tmp_path / "link", scene(9, 9), format_="PNG")
    for overwrite in (False, True):
        with pytest.raises(StorageError, match="exists already"):
            write_photo(tmp_path / "folder", scene(9, 9), format_="PNG", overwrite=overwrite)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["folder", "link"]


def test_a_file_that_appears_meanwhile_is_not_replaced(tmp_path):
    path = tmp_path / "photo.png"
    writer = StripWriter(path, Output("PNG", 9, 9))
    writer.write(scene(9, 9))
    path.write_bytes(b"someone was faster")
    with pytest.raises(StorageError, match="exists already") as caught:
        writer.finish()
    assert caught.value.path == path
    assert path.read_bytes() == b"someone was faster"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("taken", [False, True])
def test_disks_without_hard_links_are_served_too(tmp_path, monkeypatch, taken):
    def refuse(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    path = tmp_path / "photo.png"
    writer = StripWriter(path, Output("PNG", 9, 9))
    writer.write(scene(9, 9))
    if taken:
        path.write_bytes(b"someone was faster")
        with pytest.raises(StorageError, match="exists already") as caught:
            writer.finish()
        assert caught.value.path == path
        assert path.read_bytes() == b"someone was faster"
    else:
        writer.finish()
        np.testing.assert_array_equal(read_photo(path).pixels, scene(9, 9))
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("format_", ALL)
@pytest.mark.parametrize("rows", [0, 100])
def test_stopping_at_any_moment_leaves_nothing(tmp_path, format_, rows):
    def stopped():
        with StripWriter(tmp_path / "photo", Output(format_, 50, 200)) as writer:
            writer.write(scene(200, 50)[:rows])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert list(tmp_path.iterdir()) == []


def test_stopping_keeps_the_file_that_was_to_be_replaced(tmp_path):
    path = tmp_path / "photo.png"
    write_photo(path, scene(9, 9), format_="PNG")
    with (
        contextlib.suppress(KeyboardInterrupt),
        StripWriter(path, Output("PNG", 50, 200), overwrite=True),
    ):
        raise KeyboardInterrupt
    np.testing.assert_array_equal(read_photo(path).pixels, scene(9, 9))


@pytest.mark.parametrize("format_", ALL)
def test_missing_rows_are_an_error_and_no_file(tmp_path, format_):
    writer = StripWriter(tmp_path / "photo", Output(format_, 50, 200))
    writer.write(scene(200, 50)[:199])
    with pytest.raises(ValueError, match="1 rows are missing"):
        writer.finish()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "rows", [scene(10, 49), scene(10, 50, 1), scene(201, 50)], ids=["width", "channels", "height"]
)
def test_rows_that_do_not_fit_are_an_error(tmp_path, rows):
    with (
        pytest.raises(ValueError, match="do not fit"),
        StripWriter(tmp_path / "photo", Output("PNG", 50, 200)) as writer,
    ):
        writer.write(rows)
    assert list(tmp_path.iterdir()) == []


def test_what_a_format_cannot_hold_is_refused_before_a_file_is_made(tmp_path):
    with pytest.raises(PhotoError, match="WebP holds at most 16383"):
        StripWriter(tmp_path / "new" / "photo.webp", Output("WebP", 16_384, 1))
    assert list(tmp_path.iterdir()) == []


def test_folders_are_made_and_long_names_work(tmp_path):
    path = tmp_path / "a" / "b" / ("ü" * 120 + ".png")
    write_photo(path, scene(9, 9), format_="PNG")
    assert list(path.parent.iterdir()) == [path]


@POSIX
def test_a_name_that_is_a_file_where_a_folder_is_needed_is_one_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match=r"photo\.png: .* cannot be written"):
        write_photo(tmp_path / "file" / "photo.png", scene(9, 9), format_="PNG")


@pytest.mark.parametrize(
    ("name", "says"),
    [("x" * 256, r"cannot be written|longer than the disk"), ("nul\0byte.png", "does not take")],
)
def test_an_impossible_name_is_refused_before_any_work(tmp_path, name, says):
    with pytest.raises(StorageError, match=says):
        StripWriter(tmp_path / name, Output("PNG", 9, 9))
    assert list(tmp_path.iterdir()) == []


# A full disk


@pytest.fixture
def tiny_disk(tmp_path):
    """A real file system of 200 kB, where mounting one is allowed."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)]
    with contextlib.suppress(OSError):
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            yield folder
            subprocess.run(["umount", str(folder)], check=True)
            return
    pytest.skip("may not mount a small disk here")


@pytest.mark.parametrize("format_", ALL)
def test_a_full_disk_is_one_error_and_leaves_nothing(tiny_disk, format_):
    with pytest.raises(StorageError, match="disk is full") as caught:
        write_photo(tiny_disk / "photo", noise(600, 600), format_=format_, quality=100)
    assert caught.value.path == tiny_disk / "photo"
    assert list(tiny_disk.iterdir()) == []


@POSIX
@pytest.mark.parametrize("format_", ALL)
def test_a_file_too_large_for_the_disk_is_one_error_and_leaves_nothing(tmp_path, format_):
    code = """
        import resource, sys
        from pathlib import Path
        import numpy as np
        from engine.errors import StorageError
        from engine.imaging.writing import write_photo
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        noise = np.random.default_rng(0).integers(0, 256, (600, 600, 3), np.uint8)
        try:
            write_photo(Path(sys.argv[1]), noise, format_=sys.argv[2], quality=100)
        except StorageError as error:
            print(error)
    """
    done = run_python(code, tmp_path / "photo", format_)
    assert done.stderr == ""
    assert "photo: The file grew larger than this disk allows." in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_storage_that_fails_only_at_the_end_is_noticed(tmp_path):
    part = PartFile(tmp_path / "photo")
    part.file.close()
    part.file = open("/dev/full", "wb")  # noqa: SIM115, PTH123 - closed by the part file
    part.file.write(b"buffered")
    with pytest.raises(StorageError, match="disk is full") as caught:
        part.publish()
    assert caught.value.path == tmp_path / "photo"
    assert list(tmp_path.iterdir()) == []


# Killed processes


@POSIX
@pytest.mark.parametrize("format_", ALL)
def test_what_a_killed_process_leaves_is_found_and_removed(tmp_path, format_):
    code = """
        import os, signal, sys
        from pathlib import Path
        import numpy as np
        from engine.imaging.encoders.base import Output
        from engine.imaging.strips import StripWriter
        writer = StripWriter(Path(sys.argv[1]), Output(sys.argv[2], 100, 1000))
        writer.write(np.zeros((900, 100, 3), np.uint8))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = run_python(code, tmp_path / "photo", format_)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "photo").exists()
    left = list(tmp_path.iterdir())
    assert len(left) == 1
    assert left[0].name.startswith(".photo.")
    assert remove_leftovers(tmp_path) == 1
    assert list(tmp_path.iterdir()) == []


def test_files_still_being_written_and_other_files_are_left_alone(tmp_path):
    (tmp_path / ".other.part").write_bytes(b"not ours")
    writer = StripWriter(tmp_path / "photo.png", Output("PNG", 9, 9))
    assert remove_leftovers(tmp_path) == 0
    writer.write(scene(9, 9))
    writer.finish()
    assert sorted(p.name for p in tmp_path.iterdir()) == [".other.part", "photo.png"]


@POSIX
def test_all_that_was_left_is_removed_around_what_is_still_being_written(tmp_path):
    parts = [PartFile(tmp_path / f"{index}.png") for index in range(12)]
    for abandoned in parts[::2]:
        abandoned.file.close()  # as the system does for a process that ends
    assert remove_leftovers(tmp_path) == 6
    for alive in parts[1::2]:
        alive.publish()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        f"{index}.png" for index in range(1, 12, 2)
    )


@POSIX
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_folder_without_permission_is_one_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="permission"):
        write_photo(tmp_path / "photo.png", scene(9, 9), format_="PNG")
    tmp_path.chmod(0o700)

import os

import numpy as np
import pytest
from PIL import Image

from engine.errors import PhotoError
from engine.imaging.decoding_process.pool import DecoderPool
from engine.imaging.known_headers import FileState, KnownHeaders
from engine.imaging.photo import PhotoInfo
from engine.imaging.reading import probe


def write(path, width, height):
    Image.fromarray(np.zeros((height, width, 3), np.uint8)).save(path)


@pytest.fixture
def pool():
    made = DecoderPool()
    yield made
    made.close()


def test_a_header_is_read_once_and_again_when_the_file_was_written_to(tmp_path, pool):
    path = tmp_path / "a.png"
    write(path, 30, 20)
    first = probe(path, pool=pool)
    asked = pool.pids
    assert asked
    pool.close()
    assert probe(path, pool=pool) is first
    assert not pool.pids  # no decoder was started for it
    write(path, 50, 20)
    assert (probe(path, pool=pool).width_px, probe(path, pool=pool).height_px) == (50, 20)


def test_another_file_under_the_same_name_size_and_time_is_another(tmp_path, pool):
    path, other = tmp_path / "a.bmp", tmp_path / "b.bmp"
    write(path, 30, 20)
    write(other, 20, 30)
    padding = other.stat().st_size - path.stat().st_size
    with path.open("ab") as file:
        file.write(bytes(max(0, padding)))
    with other.open("ab") as file:
        file.write(bytes(max(0, -padding)))
    assert probe(path, pool=pool).width_px == 30
    status = path.stat()
    other.replace(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size
    assert probe(path, pool=pool).width_px == 20


def test_what_could_not_be_read_is_asked_again(tmp_path, pool):
    path = tmp_path / "a.png"
    path.write_bytes(b"no photo")
    for _ in range(2):
        with pytest.raises(PhotoError):
            probe(path, pool=pool)


def test_memory_of_headers_is_bounded():
    headers = KnownHeaders()
    for index in range(25_000):
        headers.add(FileState(1, index, 1, 1, 1), PhotoInfo(1, 1, "PNG", 8, False, None))
    assert headers.find(FileState(1, 0, 1, 1, 1)) is None
    assert headers.find(FileState(1, 24_999, 1, 1, 1)) is not None
    assert headers.find(None) is None

"""A photo can end, stop or fill the process that decodes it, and nothing else."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import tifffile
from PIL import Image

from engine.cancellation import Cancelled, CancelToken
from engine.errors import MemoryExhaustedError, PhotoError, StorageError
from engine.imaging.decoding_process import launch
from engine.imaging.decoding_process.limits import Limits, Watch
from engine.imaging.decoding_process.pool import DecoderPool
from engine.imaging.decoding_process.segments import Segments
from engine.imaging.reading import probe, read_jpeg_tables, read_photo
from tests.photo_samples import scene

ROOT = Path(__file__).resolve().parents[3]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs signals and pipes by name")


@pytest.fixture
def limited():
    """Makes pools with limits of their own."""
    made = []

    def make(**limits):
        made.append(DecoderPool(Limits(**limits)))
        return made[-1]

    yield make
    for pool in made:
        pool.close()


@pytest.fixture
def pool(limited):
    return limited()


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "sound.png"
    Image.fromarray(scene(40, 56)).save(path)
    return path


@pytest.fixture(scope="module")
def slow_photo(tmp_path_factory):
    """A sound photo that takes a while to decode."""
    path = tmp_path_factory.mktemp("slow") / "slow.tif"
    noise = np.random.default_rng(0).integers(0, 40, (2400, 2000, 3), np.uint8)
    tifffile.imwrite(
        path,
        noise,
        photometric="rgb",
        compression="lzma",
        rowsperstrip=2400,
        compressionargs={"level": 0},
    )
    return path


def reading(path, pool, token=None):
    """Read in a thread; returns the thread and where its outcome will be."""
    outcome = []

    def read():
        try:
            outcome.append(read_photo(path, pool=pool, token=token))
        except (PhotoError, Cancelled) as error:
            outcome.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    return thread, outcome


def look_until(give_up, watch):
    while time.monotonic() < give_up:
        watch.tick()
        time.sleep(0.02)


def assert_reads(path, pool):
    assert np.array_equal(read_photo(path, pool=pool).pixels, scene(40, 56))


@POSIX
@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGSEGV])
def test_a_killed_decoder_is_one_sentence_and_the_next_photo_is_read(pool, photo, slow_photo, kind):
    assert_reads(photo, pool)
    (first,) = pool.pids
    os.kill(first, signal.SIGSTOP)  # whatever comes, comes before it is read
    thread, outcome = reading(slow_photo, pool)
    time.sleep(0.1)
    os.kill(first, kind)
    os.kill(first, signal.SIGCONT)
    thread.join()
    assert isinstance(outcome[0], PhotoError)
    assert str(outcome[0]).startswith(f"{slow_photo}: The process that decodes photos broke down")
    assert_reads(photo, pool)
    assert first not in pool.pids


@POSIX
def test_a_decoder_that_no_longer_works_is_ended(limited, photo):
    pool = limited(quiet_s=0.3)
    assert_reads(photo, pool)
    (first,) = pool.pids
    os.kill(first, signal.SIGSTOP)
    with pytest.raises(PhotoError, match=r"sound\.png: .*far longer"):
        read_photo(photo, pool=pool)
    assert not psutil.pid_exists(first)
    assert_reads(photo, pool)


def test_a_decoder_that_works_too_long_is_ended(limited, photo, slow_photo):
    pool = limited(pixels_cpu_s=0.1, cpu_s_per_megapixel=0.0)
    assert_reads(photo, pool)
    with pytest.raises(PhotoError, match=r"slow\.tif: .*far longer"):
        read_photo(slow_photo, pool=pool)
    assert_reads(photo, pool)


def test_a_decoder_that_takes_too_much_memory_is_ended(limited, photo, slow_photo):
    pool = limited(memory_bytes=6 << 20, copies=0)
    assert_reads(photo, pool)
    with pytest.raises(PhotoError, match=r"slow\.tif: .*far more memory"):
        read_photo(slow_photo, pool=pool)
    assert_reads(photo, pool)


def test_a_drive_that_does_not_answer_is_no_damaged_photo(pool, photo):
    assert_reads(photo, pool)
    # It waits for its next file as it would wait for a drive: alive, and nothing moves.
    watch = Watch(Limits(quiet_s=0.3), pool.pids[0], photo, header_only=True)
    give_up = time.monotonic() + 10
    with pytest.raises(StorageError, match=r"sound\.png: .*does not answer"):
        look_until(give_up, watch)


def test_a_cancelled_reader_leaves_no_decoder_at_work(pool, photo, slow_photo):
    assert_reads(photo, pool)
    (first,) = pool.pids
    token = CancelToken()
    thread, outcome = reading(slow_photo, pool, token)
    time.sleep(0.05)
    token.cancel()
    thread.join(5)
    assert isinstance(outcome[0], Cancelled)
    assert not psutil.pid_exists(first)


def test_a_header_does_not_wait_behind_photos(pool, photo, slow_photo):
    threads = [reading(slow_photo, pool)[0] for _ in range(3)]
    probe(photo, pool=pool)
    started = time.monotonic()
    assert probe(photo, pool=pool).width_px == 56
    header_s = time.monotonic() - started
    waiting = [thread.is_alive() for thread in threads]
    for thread in threads:
        thread.join()
    assert any(waiting)
    assert header_s < 1
    assert len(pool.pids) <= 3


def test_a_photo_larger_than_memory_is_refused_before_it_is_decoded(pool, photo, monkeypatch):
    assert_reads(photo, pool)
    scarce = psutil.virtual_memory()._replace(available=1000, free=0)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: scarce)
    monkeypatch.setattr(psutil, "swap_memory", lambda: scarce)
    large = photo.with_name("large.png")
    Image.fromarray(scene(400, 560)).save(large)
    with pytest.raises(MemoryExhaustedError, match=r"large\.png: There is not enough memory"):
        read_photo(large, pool=pool)
    monkeypatch.undo()
    assert_reads(photo, pool)


@pytest.mark.skipif(sys.platform != "linux", reason="seals are Linux's")
def test_a_decoder_cannot_cut_off_memory_that_the_program_looks_at():
    segments = Segments()
    _, descriptor = segments.lend(5000)
    with pytest.raises(PermissionError):
        os.ftruncate(descriptor, 10)
    segments.close()


def test_many_threads_get_each_its_own_photo(pool, tmp_path):
    paths = []
    for seed in range(12):
        paths.append(tmp_path / f"{seed}.png")
        Image.fromarray(scene(30 + seed, 20, seed=seed)).save(paths[-1])
    got = {}

    def read(seed):
        got[seed] = read_photo(paths[seed], pool=pool).pixels

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(12):
        assert np.array_equal(got[seed], scene(30 + seed, 20, seed=seed))


def test_pixels_stay_while_any_view_of_them_does(pool, tmp_path):
    path = tmp_path / "p.png"
    kept = []
    for seed in range(6):
        Image.fromarray(scene(64, 64, seed=seed)).save(path)
        kept.append(read_photo(path, pool=pool).pixels[8:16, ::2].T)
        gc.collect()
        Image.fromarray(scene(64, 64, seed=90)).save(path)
        read_photo(path, pool=pool)
    pool.close()
    for seed, view in enumerate(kept):
        assert np.array_equal(view, scene(64, 64, seed=seed)[8:16, ::2].T)


def test_tables_are_those_of_the_file(tmp_path, photo):
    Image.fromarray(scene(40, 56)).save(tmp_path / "p.jpg", quality=70, subsampling=0)
    with Image.open(tmp_path / "p.jpg") as image:
        tables = read_jpeg_tables(tmp_path / "p.jpg")
        assert [list(table) for table in tables.tables] == list(image.quantization.values())
    assert not tables.halves_colour
    assert read_jpeg_tables(photo) is None


READS = """
import sys, time
from pathlib import Path
from engine.imaging.reading import read_photo
from engine.imaging.decoding_process.pool import shared_pool
photo = read_photo(Path(sys.argv[1]))
print(*shared_pool().pids, flush=True)
if sys.argv[2] == "stay":
    read_photo(Path(sys.argv[3]))
    time.sleep(60)
"""


def program(*words, cwd=None):
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}"}
    return subprocess.Popen(
        [sys.executable, "-c", READS, *map(str, words)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env=environment,
    )


def wait_for_the_end_of(pid):
    give_up = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < give_up, "the decoder outlived its program"
        time.sleep(0.02)


@POSIX
@pytest.mark.parametrize("during_a_photo", [False, True])
def test_nothing_is_left_of_a_killed_program(
    tmp_path, photo, slow_photo, during_a_photo, monkeypatch
):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    shared = Path("/dev/shm")  # noqa: S108 - looked into, not written to
    before = set(shared.iterdir()) if shared.is_dir() else set()
    with program(photo, "stay", slow_photo if during_a_photo else photo) as running:
        pid = int(running.stdout.readline())
        time.sleep(0.1)
        running.kill()
    wait_for_the_end_of(pid)
    assert not list((tmp_path / "tmp").iterdir())
    assert not shared.is_dir() or set(shared.iterdir()) <= before


def test_no_decoder_is_left_when_the_program_ends(photo):
    with program(photo, "end") as running:
        pid = int(running.stdout.readline())
        assert running.wait(20) == 0
    wait_for_the_end_of(pid)


def test_nothing_is_imported_from_the_current_folder(tmp_path, monkeypatch):
    for name in ("engine", "numpy", "PIL"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('a stranger ran')")
    words = launch.command("0")
    words[words.index("-c") + 1] = "import engine, numpy, PIL; print(engine.__file__)"
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", str(ROOT), "."]))
    done = subprocess.run(
        words, cwd=tmp_path, env=launch.environment(), capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()).is_relative_to(ROOT)


def test_a_frozen_program_is_its_own_decoder(monkeypatch, pool, photo):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    program, *words = launch.command("7")
    assert (program, words) == (sys.executable, [launch.DECODER_WORD, "7"])
    # What a frozen program does with these words, the unfrozen one does, too.
    monkeypatch.setattr(
        launch,
        "command",
        lambda name: [sys.executable, "-m", "adaptsr_app", launch.DECODER_WORD, name],
    )
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert_reads(photo, pool)


def test_a_decoder_loads_neither_torch_nor_qt():
    code = (
        "import sys; import engine.imaging.decoding_process.reader;"
        "heavy = ('torch', 'PySide6', 'scipy', 'pydantic');"
        "print([m for m in sys.modules if m.split('.')[0] in heavy])"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@POSIX
def test_photos_are_read_where_the_system_limits_processor_time(photo):
    code = """
import resource, sys
from pathlib import Path
from engine.imaging.reading import read_photo
resource.setrlimit(resource.RLIMIT_CPU, (600, 600))
print(read_photo(Path(sys.argv[1])).pixels.shape)
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, str(photo)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == str(read_photo(photo).pixels.shape)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_of_the_program_has_decoders_of_its_own(photo):
    code = """
import os, sys
from pathlib import Path
from engine.imaging.reading import read_photo
from engine.imaging.decoding_process.pool import shared_pool
read_photo(Path(sys.argv[1])); ours = shared_pool().pids
pid = os.fork()
if pid == 0:
    read_photo(Path(sys.argv[1])); sys.exit(shared_pool().pids == ours)
assert os.waitpid(pid, 0)[1] == 0
read_photo(Path(sys.argv[1])); assert shared_pool().pids == ours
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code, str(photo)], env=environment, check=True)

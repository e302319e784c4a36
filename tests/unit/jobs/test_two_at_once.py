"""Two programs that make the same thing: one is refused before it works, the other's is sound."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.backbones.catalogue.installed import installed_backbones
from engine.backbones.installing import add_backbone
from engine.backbones.loading import load_backbone, save_backbone
from engine.cancellation import CancelToken
from engine.config.adapting import AdaptSettings
from engine.config.exporting import ExportSettings
from engine.config.pretraining import PretrainSettings
from engine.config.training import TrainingSettings
from engine.config.upscaling import UpscaleSettings
from engine.errors import BackboneError, BusyError, EngineError
from engine.events import Event, PhotoStarted, Progress, ignore_events
from engine.files import sha256_of
from engine.jobs.adapt import adapt
from engine.jobs.export import export
from engine.jobs.pretrain import pretrain
from engine.jobs.storage import cache_folder, clear_cache
from engine.jobs.upscale import upscale
from engine.locks import held
from engine.profiles.library import install_under_free_name, list_profiles, remove_profile
from engine.profiles.profile import load_profile
from tests.profile_samples import save_sample_profile
from tests.tiny_backbones import tiny_backbone

ADAPT = """
import sys
from pathlib import Path
from engine.cancellation import CancelToken
from engine.config.adapting import AdaptSettings
from engine.events import TrainingStep
from engine.jobs.adapt import adapt

def emit(event):
    if isinstance(event, TrainingStep) and event.step == 6:
        print("training", flush=True)
        sys.stdin.readline()

settings = AdaptSettings.model_validate_json(sys.argv[1])
adapt(settings, emit, CancelToken())
"""


@pytest.fixture
def settings(tmp_path: Path) -> AdaptSettings:
    for index in range(4):
        generator = np.random.default_rng(index)
        hr = Image.fromarray(generator.integers(0, 256, (12, 12, 3), dtype=np.uint8))
        for folder, side in (("LR", 48), ("HR", 96)):
            (tmp_path / "pairs" / folder).mkdir(parents=True, exist_ok=True)
            picture = hr.resize((side, side), Image.Resampling.BICUBIC)
            picture.save(tmp_path / "pairs" / folder / f"{index}.png")
    save_backbone(tiny_backbone("EDSR"), tmp_path / "tiny.safetensors")
    return AdaptSettings(
        backbone=str(tmp_path / "tiny.safetensors"),
        pairs=tmp_path / "pairs",
        scale=2,
        out=tmp_path / "q",
        name="q",
        val=1,
        training=TrainingSettings(steps=8, batch=2, patch=16, validate_every=4, checkpoint_every=4),
        device="cpu",
    )


def start(settings: AdaptSettings) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", ADAPT, settings.model_dump_json()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "training\n"
    return process


def test_the_second_adaptation_into_a_folder_is_refused_before_it_works(settings: AdaptSettings):
    first = start(settings)
    events: list[Event] = []
    for again in (settings, settings.model_copy(update={"resume": True})):
        with pytest.raises(BusyError, match=f"adapting a network.*process {first.pid}"):
            adapt(again, events.append, CancelToken())
    assert events == []
    first.communicate("go on\n")
    assert first.returncode == 0
    profile = load_profile(settings.out)
    assert profile.name == "q"
    assert not list(settings.out.glob(".*"))


def test_a_killed_adaptation_blocks_nothing_and_leaves_nothing_behind(settings: AdaptSettings):
    first = start(settings)
    first.kill()
    first.communicate()
    adapt(settings.model_copy(update={"resume": True}), ignore_events, CancelToken())
    load_profile(settings.out)
    assert sorted(path.name for path in settings.out.iterdir()) == [
        "adapter.safetensors",
        "merged.safetensors",
        "profile.json",
        "rank_map.json",
    ]


def test_the_second_pretraining_of_a_name_is_refused(settings: AdaptSettings, tmp_path: Path):
    requested = PretrainSettings(
        photos=tmp_path / "pairs" / "HR",
        out=tmp_path,
        name="net",
        architecture="EDSR",
        options={"features": 8, "blocks": 1},
        scale=2,
        val=1,
        data="test",
        data_licence="CC0",
        training=TrainingSettings(steps=2, batch=1, patch=16, validate_every=2),
        device="cpu",
    )
    refusals: list[BaseException] = []

    def emit(event: Event) -> None:
        if isinstance(event, Progress) and not refusals:
            in_another_thread(lambda: pretrain(requested, ignore_events, CancelToken()), refusals)

    pretrained = pretrain(requested, emit, CancelToken())
    assert isinstance(refusals[0], BusyError)
    assert sha256_of(pretrained.path) == pretrained.card.sha256


def test_the_second_export_to_a_file_is_refused_and_the_first_is_its_own(tmp_path: Path):
    networks = []
    for seed in (0, 1):
        networks.append(tmp_path / f"{seed}.safetensors")
        save_backbone(tiny_backbone("EDSR", seed=seed), networks[-1])
    first, second = (
        ExportSettings(backbone=str(path), out=tmp_path / "out.safetensors", overwrite=True)
        for path in networks
    )
    refusals: list[BaseException] = []

    def emit(event: Event) -> None:
        if isinstance(event, Progress) and event.text.startswith("checking"):
            in_another_thread(lambda: export(second, ignore_events, CancelToken()), refusals)

    exported = export(first, emit, CancelToken())
    assert isinstance(refusals[0], BusyError)
    weights = [load_backbone(path).module.state_dict() for path in (networks[0], exported.path)]
    assert all((weights[0][name] == weights[1][name]).all() for name in weights[0])
    assert not list(tmp_path.glob(".*"))


def test_many_adding_one_name_give_one_sound_network(tmp_path: Path):
    files = []
    for seed in range(4):
        files.append(tmp_path / f"{seed}.safetensors")
        save_backbone(tiny_backbone("EDSR", seed=seed), files[-1])
    added, refusals = [], []
    at_once(
        [
            lambda f=file: added.append(add_backbone(f, "one", tmp_path / "models"))
            for file in files
        ],
        refusals,
    )
    assert len(added) == 1
    assert all(isinstance(error, BusyError | BackboneError) for error in refusals)
    card = installed_backbones(tmp_path / "models")["one"].card
    assert sha256_of(tmp_path / "models" / card.file) == card.sha256 == added[0].card.sha256
    assert len(list((tmp_path / "models").iterdir())) == 2


def test_many_installing_one_profile_give_as_many_sound_ones(tmp_path: Path):
    save_sample_profile(tmp_path / "phone")
    library = tmp_path / "library"
    errors: list[BaseException] = []
    at_once([lambda: install_under_free_name(tmp_path / "phone", library)] * 4, errors)
    assert errors == []
    listing = list_profiles(library)
    assert len({profile.name for profile in listing.profiles}) == 4
    assert listing.broken == ()
    at_once([lambda p=p: remove_profile(p.name, library) for p in listing.profiles], errors)
    assert errors == []
    assert list_profiles(library).profiles == ()


def test_clearing_the_cache_leaves_what_another_one_is_making():
    downloads = cache_folder() / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    files = {name: downloads / name for name in ("a.part", "a.part.json", "b.part")}
    for path in files.values():
        path.write_bytes(b"half")
    is_held, may_end = threading.Event(), threading.Event()

    def download() -> None:
        with held(files["a.part"], "downloading this file"):
            is_held.set()
            may_end.wait()

    other = threading.Thread(target=download)
    other.start()
    is_held.wait()
    clear_cache()
    left = [name for name, path in files.items() if path.exists()]
    may_end.set()
    other.join()
    assert left == ["a.part", "a.part.json"]
    clear_cache()
    assert not list(downloads.iterdir())


def in_another_thread(work, errors: list[BaseException]) -> None:
    at_once([work], errors)


def at_once(works, errors: list[BaseException]) -> None:
    """Start all together; collect what they raise."""
    barrier = threading.Barrier(len(works))

    def run(work) -> None:
        barrier.wait()
        try:
            work()
        except (EngineError, OSError) as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_photo_that_another_process_upscales_is_refused_before_the_work(
    settings: AdaptSettings, tmp_path: Path
):
    requested = UpscaleSettings(
        sources=(settings.pairs / "LR",), out=tmp_path / "out", backbone=settings.backbone
    )
    result = tmp_path / "out" / "1_tiny_x2.png"
    with ThreadPoolExecutor(1) as other:
        lock = held(result, "upscaling a photo")
        other.submit(lock.__enter__).result()
        report = upscale(requested, ignore_events, CancelToken())
        other.submit(lock.__exit__, None, None, None).result()
    assert {path.name for path, _ in report.failed} == {"1.png"}
    assert "upscaling a photo" in str(report.failed[0][1])
    assert len(report.done) == 3
    assert not result.exists()
    assert len(upscale(requested, ignore_events, CancelToken()).done) == 1


def test_a_result_that_another_process_made_meanwhile_is_neither_made_again_nor_replaced(
    settings: AdaptSettings, tmp_path: Path
):
    requested = UpscaleSettings(
        sources=(settings.pairs / "LR",), out=tmp_path / "out", backbone=settings.backbone
    )
    result = tmp_path / "out" / "3_tiny_x2.png"

    def put_there(event: Event) -> None:
        if isinstance(event, PhotoStarted) and event.index == 1:
            result.write_bytes(b"another's")

    report = upscale(requested, put_there, CancelToken())
    assert [path.name for path, _ in report.failed] == ["3.png"]
    assert "was made by another program" in str(report.failed[0][1])
    assert result.read_bytes() == b"another's"

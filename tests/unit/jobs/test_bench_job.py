"""Benchmarks: the same numbers as anywhere else, beside those on the card, at 0.01 dB."""

import numpy as np
import pytest
from PIL import Image

from engine.backbones.catalogue import catalogue_entry, shipped_backbones
from engine.backbones.installing import add_backbone
from engine.backbones.loading import save_backbone
from engine.cancellation import Cancelled, CancelToken
from engine.cli import main
from engine.config.measuring import BenchSettings
from engine.errors import ConfigError
from engine.events import Notice
from engine.jobs.bench import bench
from engine.metrics.quality import mean_psnr_y_db, mean_ssim_y
from tests.cli_samples import run_json
from tests.shared_data import shared_data
from tests.tiny_backbones import tiny_backbone


@pytest.fixture(autouse=True)
def _own_models(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_data_dir", lambda _name: str(tmp_path / "data"))


@pytest.fixture
def benches(tmp_path):
    """Two folders of sharp photos."""
    generator = np.random.default_rng(0)
    folders = []
    for name, count in (("Near", 2), ("Far", 3)):
        (tmp_path / name).mkdir()
        for index in range(count):
            pixels = generator.integers(0, 256, (6, 8, 3), dtype=np.uint8)
            photo = Image.fromarray(pixels).resize((48, 36), Image.Resampling.BICUBIC)
            photo.save(tmp_path / name / f"{index}.png")
        folders.append(tmp_path / name)
    return tuple(folders)


@pytest.fixture
def mine(tmp_path):
    save_backbone(tiny_backbone("EDSR"), tmp_path / "mine.safetensors")
    return add_backbone(tmp_path / "mine.safetensors").card.name


def run(events=None, token=None, **settings):
    emit = (lambda _event: None) if events is None else events.append
    return bench(BenchSettings(**settings), emit, token or CancelToken())


def test_every_folder_is_measured_and_noted_on_the_card(benches, mine, tmp_path):
    events = []
    near, far = run(events, backbone=mine, bench=benches, cache_dir=tmp_path / "cache")
    assert (near.name, len(near.photos)) == ("Near", 2)
    assert (far.name, len(far.photos)) == ("Far", 3)
    assert near.card_psnr_y_db is None
    assert Notice("Noted on the card of mine.") in events
    entry = catalogue_entry(mine)
    assert entry.is_measured
    for result in (near, far):
        means = mean_psnr_y_db(result.photos)
        assert entry.psnr_y_db[result.name] == pytest.approx(means["backbone"], abs=1e-3)
        assert entry.source.card.bicubic_psnr_y_db[result.name] == pytest.approx(
            means["bicubic"], abs=1e-3
        )
        ssim_y = mean_ssim_y(result.photos)["backbone"]
        assert entry.source.card.ssim_y[result.name] == pytest.approx(ssim_y, abs=1e-4)
    again = run(backbone=mine, bench=benches[:1], cache_dir=tmp_path / "cache")[0]
    assert again.card_psnr_y_db == pytest.approx(mean_psnr_y_db(again.photos)["backbone"], abs=0.01)
    assert set(catalogue_entry(mine).psnr_y_db) == {"Near", "Far"}


def test_nothing_is_noted_of_a_benchmark_that_was_stopped(benches, mine, tmp_path):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        run(token=token, backbone=mine, bench=benches, cache_dir=tmp_path / "cache")
    assert not catalogue_entry(mine).is_measured


@pytest.mark.parametrize("settings", [{}, {"backbone": "mine", "profile": "p"}, {"scale": 4}])
def test_contradictions_are_refused(settings, benches, mine):
    given = {"backbone": mine} if "scale" in settings else {}
    with pytest.raises(ConfigError):
        run(bench=benches, **given, **settings)


def test_two_folders_of_one_name_are_refused(benches, mine, tmp_path):
    twin = tmp_path / "elsewhere" / "Near"
    twin.mkdir(parents=True)
    with pytest.raises(ConfigError, match="both called Near"):
        run(backbone=mine, bench=(*benches, twin))


def test_the_command_shows_one_line_per_folder_beside_the_card(benches, mine, capsys):
    words = ["--bench", benches[0], "--bench", benches[1]]
    code, first = run_json(capsys, "evaluate", "--backbone", mine, *words)
    assert code == 0
    assert [result["name"] for result in first["benches"]] == ["Near", "Far"]
    assert len(first["photos"]) == 5
    assert first["benches"][0]["card_psnr_y_db"] is None
    _, second = run_json(capsys, "evaluate", "--backbone", mine, *words)
    for result in second["benches"]:
        assert result["card_psnr_y_db"] == pytest.approx(result["psnr_y_db"]["backbone"], abs=0.01)
    assert main(["evaluate", "--backbone", mine, *map(str, words)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "bicubic PSNR-Y dB" in lines[0]
    assert "card PSNR-Y dB" in lines[0]
    assert [line.split()[0] for line in lines[1:]] == ["Near", "Far"]


@pytest.mark.parametrize(
    "words", [["--pairs", "x"], ["--bench", "x", "--val", "2"], ["--bench", "x", "--pairs", "x"]]
)
def test_options_that_do_not_belong_together_are_wrong_usage(words, mine, capsys):
    code, result = run_json(capsys, "evaluate", "--backbone", mine, *words)
    assert (code, result["error"]["kind"]) == (2, "usage")


@pytest.mark.slow
@pytest.mark.parametrize("name", shipped_backbones())
def test_the_cards_of_shipped_networks_are_reproduced(name, tmp_path):
    card = shipped_backbones()[name].card
    assert set(card.psnr_y_db) >= {"Set5", "Kodak24"}
    folders = tuple(shared_data("bench", bench_name) for bench_name in card.psnr_y_db)
    for result in run(backbone=name, bench=folders, cache_dir=tmp_path / "cache"):
        psnr_y_db, ssim_y = mean_psnr_y_db(result.photos), mean_ssim_y(result.photos)
        assert psnr_y_db["backbone"] == pytest.approx(card.psnr_y_db[result.name], abs=0.01)
        assert ssim_y["backbone"] == pytest.approx(card.ssim_y[result.name], abs=1e-3)
        bicubic = card.bicubic_psnr_y_db[result.name]
        assert psnr_y_db["bicubic"] == pytest.approx(bicubic, abs=0.01)


@pytest.mark.slow
def test_the_authors_network_gives_the_published_figure_under_its_published_name(tmp_path):
    file = shared_data("weights", "safmn_df2k_x2.safetensors")
    name = add_backbone(file, name="safmn-official-x2").card.name
    published = catalogue_entry(name).psnr_y_db["Set5"]
    folder = shared_data("bench", "Set5")
    (result,) = run(backbone=name, bench=(folder,), cache_dir=tmp_path / "cache")
    assert result.card_psnr_y_db == published
    assert mean_psnr_y_db(result.photos)["backbone"] == pytest.approx(published, abs=0.02)
    assert catalogue_entry(name).is_measured

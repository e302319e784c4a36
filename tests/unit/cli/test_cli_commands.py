import json
from pathlib import Path

import pytest

from engine.cli import main
from engine.profiles.library import default_library
from engine.profiles.profile import load_profile
from engine.profiles.provenance import Camera
from tests.cli_samples import run_json, write_backbone, write_pairs

FAST = ["--scale", 2, "--batch", 2, "--patch", 16, "--score-batches", 2]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("given")
    write_pairs(folder / "pairs")
    write_backbone(folder / "tiny.safetensors")
    return folder


@pytest.fixture(scope="module")
def profile(given: Path) -> Path:
    words = ["adapt", "--backbone", given / "tiny.safetensors", "--pairs", given / "pairs"]
    more = ["--steps", 3, "--val", 1, "--out", given / "phone", *FAST]
    assert main([*map(str, words), *map(str, more)]) == 0
    return given / "phone"


def test_adapt_prints_exactly_the_promised_keys(
    given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, result = run_json(
        capsys,
        *("adapt", "--backbone", given / "tiny.safetensors", "--pairs", given / "pairs", *FAST),
        *("--steps", 4, "--val", 1, "--budget", "10%", "--out", tmp_path / "my phone"),
        *("--seed", 3, "--strategy", "greedy", "--score", "random", "--pin", "tail.1=1"),
        *("--camera-make", "Maker", "--camera-model", "Phone 9"),
    )
    assert code == 0
    assert set(result) == {
        "psnr_y_db",
        "ssim_y",
        "trainable_parameters",
        "budget_parameters",
        "backbone_parameters",
        "steps",
        "seconds",
        "seconds_per_step",
        "merge_max_abs_difference",
        "verdict",
        "profile",
    }
    for metric in ("psnr_y_db", "ssim_y"):
        assert set(result[metric]) == {"bicubic", "backbone", "adapted"}
    assert result["steps"] == 4
    assert result["trainable_parameters"] <= result["budget_parameters"]
    assert result["budget_parameters"] == result["backbone_parameters"] // 10
    saved = load_profile(Path(result["profile"]))
    assert saved.name == "my phone"
    assert saved.provenance.verdict.sentence == result["verdict"]
    assert saved.rank_map.rank_pattern["tail.1"] == 1
    assert saved.rank_map.settings.strategy == "greedy"
    assert saved.provenance.camera == Camera(make="Maker", model="Phone 9")
    assert str(tmp_path) not in (tmp_path / "my phone" / "profile.json").read_text("utf-8")


def test_adapt_without_out_goes_into_the_library_under_its_name(
    given: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("adapt", "--backbone", given / "tiny.safetensors", "--pairs", given / "pairs")
    more = ("--steps", 1, "--val", 1, "--name", "drone", *FAST)
    code, result = run_json(capsys, *words, *more)
    assert code == 0
    assert Path(result["profile"]) == default_library() / "drone"
    code, result = run_json(capsys, "evaluate", "--profile", "Drone", *words[3:], "--scale", 2)
    assert code == 0
    code, result = run_json(capsys, *words, *more)
    assert code == 1
    assert result["error"]["kind"] == "ProfileError"


def test_a_name_that_cannot_be_saved_is_refused_before_the_training(
    given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("adapt", "--backbone", given / "tiny.safetensors", "--pairs", given / "pairs", *FAST)
    code, result = run_json(capsys, *words, "--name", "a/b", "--out", tmp_path / "x")
    assert code == 1
    assert result["error"]["kind"] == "ProfileError"
    assert not (tmp_path / "x").exists()


def test_a_preset_gives_settings_and_options_go_before_it(
    given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    preset = tmp_path / "mine.toml"
    preset.write_text('name = "mine"\n[training]\nsteps = 2\nbatch = 3\n[adapter]\nr_max = 2\n')
    words = ("adapt", "--backbone", given / "tiny.safetensors", "--pairs", given / "pairs")
    more = ("--preset", preset, "--val", 1, *FAST)
    code, result = run_json(capsys, *words, *more)
    assert code == 0
    saved = load_profile(Path(result["profile"]))
    assert (saved.name, result["steps"]) == ("mine", 2)
    assert saved.provenance.settings["training"]["batch"] == 2
    assert saved.rank_map.settings.r_max == 2
    for text in ("[training]\nstepps = 2", "[training", 'name = "x"\nsteps = 1'):
        preset.write_text(text)
        code, result = run_json(capsys, *words, *more, "--out", tmp_path / "bad")
        assert (code, result["error"]["kind"]) == (1, "ConfigError")
    code, result = run_json(capsys, *words, "--preset", "papper", *FAST)
    assert code == 1
    assert "paper-tables" in result["error"]["remedy"]


def test_score_gives_the_ranks_and_writes_them_down(
    given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "ranks.json"
    words = ("score", "--backbone", given / "tiny.safetensors", "--pairs", given / "pairs", *FAST)
    code, result = run_json(capsys, *words, "--out", out, "--exclude", "tail*")
    assert code == 0
    assert json.loads(out.read_text("utf-8")) == result
    assert result["rank_pattern"]
    assert not any(row["site"].startswith("tail") for row in result["sites"])
    assert all(row["score"] > 0 for row in result["sites"])


def test_score_makes_lr_of_sharp_photos_where_told_so(
    given: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hr = given / "pairs" / "HR"
    words = ("score", "--backbone", given / "tiny.safetensors", "--pairs", hr, *FAST)
    ways = (["--lr-from", "bicubic"], ["--degradation", "harsh"])
    results = [run_json(capsys, *words, *way) for way in ways]
    assert [code for code, _ in results] == [0, 0]
    scores = [[row["score"] for row in result["sites"]] for _, result in results]
    assert scores[0] != scores[1]


def test_a_camera_is_told_by_its_model(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("adapt", "--backbone", given / "tiny.safetensors", "--pairs", given / "pairs")
    code, result = run_json(capsys, *words, "--scale", 2, "--camera-make", "Apple")
    assert code != 0
    assert "--camera-model" in result["error"]["remedy"]


def test_sites_lists_every_layer_with_its_cost(
    given: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, result = run_json(capsys, "sites", given / "tiny.safetensors")
    assert code == 0
    assert result["backbone"]["architecture"] == "EDSR"
    first = result["sites"][0]
    assert (first["site"], first["kind"], first["shape"]) == ("head.0", "conv", [8, 3, 3, 3])
    assert (first["rank_cost"], first["max_rank"]) == (3 + 8 * 9, 3)
    assert main(["sites", str(given / "tiny.safetensors")]) == 0
    shown = capsys.readouterr().out
    assert all(row["site"] in shown for row in result["sites"])


def test_evaluate_measures_pairs_and_hr_photos(
    given: Path, profile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, on_pairs = run_json(
        capsys, "evaluate", "--profile", profile, "--pairs", given / "pairs", "--scale", 2
    )
    assert code == 0
    assert len(on_pairs["photos"]) == 4
    assert set(on_pairs["psnr_y_db"]) == {"bicubic", "adapted"}
    code, on_bench = run_json(
        capsys,
        *("evaluate", "--backbone", given / "tiny.safetensors", "--scale", 2),
        *("--bench", given / "pairs" / "HR"),
    )
    assert code == 0
    assert set(on_bench["psnr_y_db"]) == {"bicubic", "backbone"}
    # these pairs are their own bicubic, so both ways must measure the same
    assert on_bench["psnr_y_db"]["bicubic"] == pytest.approx(on_pairs["psnr_y_db"]["bicubic"])


@pytest.mark.parametrize("words", [["--pairs", "a", "--bench", "b"], []])
def test_evaluate_wants_one_kind_of_photos(
    profile: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, result = run_json(capsys, "evaluate", "--profile", profile, "--scale", 2, *words)
    assert (code, result["error"]["kind"]) == (2, "usage")


def test_export_writes_a_network_that_other_commands_read(
    profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "phone.safetensors"
    words = ("export", profile, "--format", "safetensors", "--out", out)
    code, result = run_json(capsys, *words)
    assert code == 0
    assert result["size_bytes"] == out.stat().st_size
    assert run_json(capsys, "sites", out)[0] == 0
    code, result = run_json(capsys, *words)
    assert (code, result["error"]["path"]) == (1, str(out))
    assert run_json(capsys, *words, "--overwrite")[0] == 0


def test_export_takes_a_plain_backbone_and_tells_the_format_from_the_ending(
    given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnxruntime", reason="the extra `export` is not installed")
    out = tmp_path / "tiny.onnx"
    words = ("export", "--backbone", given / "tiny.safetensors", "--out", out)
    code, result = run_json(capsys, *words)
    assert (code, result["files"]) == (0, [str(out)])
    assert result["max_abs_difference"] <= 1e-4
    assert out.stat().st_size == result["size_bytes"]


def test_export_wants_one_network(
    profile: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for network in ((), (profile, "--backbone", "safmn-x2")):
        code, result = run_json(capsys, "export", *network, "--out", tmp_path / "x.onnx")
        assert (code, result["error"]["kind"]) == (2, "usage")


def test_pretrain_makes_a_network_with_a_card(
    given: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "tiny.toml"
    recipe.write_text(
        'name = "tiny"\narchitecture = "EDSR"\nscale = 2\nval = 1\n'
        "[options]\nfeatures = 8\nblocks = 1\n"
        "[training]\nsteps = 50\nbatch = 2\npatch = 16\n"
    )
    hr = given / "pairs" / "HR"
    code, result = run_json(
        capsys,
        *("pretrain", "--recipe", recipe, "--photos", hr, "--out", tmp_path / "made"),
        *("--steps", 2, "--bench", hr, "--degradation", "mild"),
    )
    assert code == 0
    assert result["card"]["steps"] == 2
    assert result["card"]["recipe"]["lr_from"] == "blind"
    assert "HR" in result["card"]["psnr_y_db"]
    assert run_json(capsys, "sites", result["path"])[0] == 0


def test_doctor_names_devices_versions_and_folders(capsys: pytest.CaptureFixture[str]) -> None:
    code, result = run_json(capsys, "doctor")
    assert code == 0
    assert "cpu" in {device["name"] for device in result["devices"]}
    assert sum(device["is_default"] for device in result["devices"]) == 1
    assert result["versions"]["torch"]
    assert all(folder["is_writable"] for folder in result["folders"])
    assert all(Path(folder["path"]).is_relative_to(Path.home()) for folder in result["folders"])

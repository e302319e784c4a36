import json
import subprocess
import sys
from pathlib import Path

import pytest
import spandrel
import torch

from engine.adapters.merge import MERGE_TOLERANCE, largest_difference, probe_image
from engine.backbones.backbone import Backbone
from engine.backbones.building import build_backbone
from engine.backbones.loading import backbone_from_module
from engine.config.adapter import AdapterSettings
from engine.errors import EngineError, MergeMismatchError, ProfileError
from engine.profiles.adapter_file import rebuild
from engine.profiles.profile import check_new_profile, load_adapter, load_profile, save_profile
from tests.profile_samples import (
    PHOTOS,
    adapted,
    provenance_of,
    save_sample_profile,
    tiny_backbone,
)

GOLDEN = Path(__file__).with_name("golden")
GOLDEN_MEAN = 0.436168
CONTENTS = {"profile.json", "adapter.safetensors", "rank_map.json", "merged.safetensors"}


def output_of(backbone: Backbone) -> torch.Tensor:
    with torch.no_grad():
        return backbone(probe_image(backbone))


def names_in(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def rewrite(path: Path, **changes: object) -> None:
    content = json.loads(path.read_text("utf-8"))
    content.update(changes)
    path.write_text(json.dumps(content), "utf-8")


def test_a_profile_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    folder = tmp_path / "phone"
    backbone, merged = save_sample_profile(folder)
    profile = load_profile(folder)
    assert names_in(folder) == CONTENTS
    assert (profile.name, profile.scale) == ("phone", 2)
    assert profile.provenance.photos == PHOTOS
    assert profile.provenance.verdict.gain_db == pytest.approx(1.0)
    assert profile.provenance.training.curve == ((100, 26.5), (200, 27.0))
    assert profile.provenance.backbone.parameters == backbone.parameter_count
    assert profile.provenance.created_at.utcoffset() is not None
    assert torch.equal(output_of(profile.load_merged()), output_of(merged))


def test_plain_spandrel_loads_the_merged_network_with_the_same_output(tmp_path: Path) -> None:
    backbone = build_backbone("SAFMN", scale=2, dim=8, n_blocks=2)
    adaptation, rank_map = adapted(backbone)
    save_profile(
        tmp_path / "phone",
        name="phone",
        merged=adaptation.merged(),
        adapter=adaptation.state_dict(),
        rank_map=rank_map,
        provenance=provenance_of(backbone),
    )
    loaded = spandrel.ModelLoader().load_from_file(tmp_path / "phone" / "merged.safetensors")
    image = probe_image(backbone)
    with torch.no_grad():
        expected = adaptation.backbone(image).clamp(0, 1)
        assert (loaded(image) - expected).abs().max() <= MERGE_TOLERANCE
    assert not torch.allclose(expected, output_of(backbone).clamp(0, 1), atol=1e-3)


@pytest.mark.parametrize(
    "settings",
    [
        AdapterSettings(budget="20%"),
        AdapterSettings(budget="20%", scaling="alpha_over_sqrt_rank", alpha=3.0),
        AdapterSettings(
            budget="40%", factorisation="loralib", scaling="alpha_over_rank", train_bias=True
        ),
        AdapterSettings(method="full", budget="100%"),
    ],
)
def test_backbone_adapter_and_rank_map_rebuild_exactly_the_merged_network(
    tmp_path: Path, settings: AdapterSettings
) -> None:
    backbone, merged = save_sample_profile(tmp_path / "phone", settings=settings)
    profile = load_profile(tmp_path / "phone")
    again = rebuild(backbone, profile.rank_map.rank_map(backbone), load_adapter(profile.folder))
    expected, found = merged.module.state_dict(), again.module.state_dict()
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[key], found[key]) for key in expected)
    assert any(
        not torch.equal(expected[key], weight)
        for key, weight in backbone.module.state_dict().items()
    )


def test_a_rank_map_refuses_another_network(tmp_path: Path) -> None:
    save_sample_profile(tmp_path / "phone")
    other = build_backbone("SAFMN", scale=2, dim=8, n_blocks=1)
    with pytest.raises(ProfileError, match="another network"):
        load_profile(tmp_path / "phone").rank_map.rank_map(other)


def test_the_rank_map_file_holds_ranks_as_peft_names_them(tmp_path: Path) -> None:
    save_sample_profile(tmp_path / "phone")
    content = json.loads((tmp_path / "phone" / "rank_map.json").read_text("utf-8"))
    ranks = {row["site"]: row["rank"] for row in content["sites"]}
    assert content["rank_pattern"] == {site: rank for site, rank in ranks.items() if rank}
    assert content["rank_pattern"]
    cost = sum(row["rank"] * row["rank_cost"] for row in content["sites"])
    assert cost == content["trainable_parameters"] <= content["budget_parameters"]


def test_a_profile_written_by_format_version_1_still_works() -> None:
    folder = GOLDEN / "profile_v1"
    profile = load_profile(folder)
    assert (profile.name, profile.scale) == ("Ana's phone", 2)
    assert profile.provenance.camera is not None
    assert profile.provenance.camera.model == "iPhone X"
    assert profile.provenance.versions.adaptsr == "0.1.0"
    assert [row.rank for row in profile.rank_rows] == [0, 0, 1, 3, 1, 8]
    assert output_of(profile.load_merged()).mean().item() == pytest.approx(GOLDEN_MEAN, abs=1e-5)


def test_saving_leaves_the_working_folder_and_a_crashed_save_is_repaired(tmp_path: Path) -> None:
    folder = tmp_path / "phone"
    (folder / "work").mkdir(parents=True)
    (folder / "work" / "checkpoint.pt").write_bytes(b"kept")
    (folder / "adapter.safetensors").write_bytes(b"half")
    with pytest.raises(ProfileError, match="no camera profile"):
        load_profile(folder)
    save_sample_profile(folder)
    assert names_in(folder) == {*CONTENTS, "work"}
    assert (folder / "work" / "checkpoint.pt").read_bytes() == b"kept"
    load_profile(folder)


def test_a_profile_is_never_overwritten(tmp_path: Path) -> None:
    save_sample_profile(tmp_path / "phone")
    before = (tmp_path / "phone" / "profile.json").read_bytes()
    with pytest.raises(ProfileError, match="already"):
        save_sample_profile(tmp_path / "phone", name="other")
    assert (tmp_path / "phone" / "profile.json").read_bytes() == before
    assert names_in(tmp_path / "phone") == CONTENTS


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(b"mine")
    with pytest.raises(ProfileError, match=r"holiday\.jpg"):
        save_sample_profile(tmp_path)
    assert names_in(tmp_path) == {"holiday.jpg"}


@pytest.mark.parametrize("exists", [False, True])
def test_a_network_that_changes_on_the_way_to_disk_leaves_nothing_behind(
    tmp_path: Path, *, exists: bool
) -> None:
    folder = tmp_path / "phone"
    if exists:
        (folder / "work").mkdir(parents=True)
    backbone = tiny_backbone()
    adaptation, rank_map = adapted(backbone)
    merged = adaptation.merged()
    merged.module.register_forward_hook(lambda _module, _inputs, output: output + 1e-3)
    with pytest.raises(MergeMismatchError, match="nothing was kept"):
        save_profile(
            folder,
            name="phone",
            merged=merged,
            adapter=adaptation.state_dict(),
            rank_map=rank_map,
            provenance=provenance_of(backbone),
        )
    assert names_in(tmp_path) == ({"phone"} if exists else set())
    assert not exists or names_in(folder) == {"work"}


def test_a_network_of_ones_own_is_saved_and_compared_by_its_weights(tmp_path: Path) -> None:
    class Doubler(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = torch.nn.Conv2d(3, 12, 3, padding=1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.nn.functional.pixel_shuffle(self.body(x), 2)

    torch.manual_seed(0)
    backbone = backbone_from_module(Doubler(), scale=2)
    adaptation, rank_map = adapted(backbone)
    save_profile(
        tmp_path / "own",
        name="own",
        merged=adaptation.merged(),
        adapter=adaptation.state_dict(),
        rank_map=rank_map,
        provenance=provenance_of(backbone),
    )
    profile = load_profile(tmp_path / "own")
    again = rebuild(backbone, profile.rank_map.rank_map(backbone), load_adapter(profile.folder))
    assert largest_difference(again, adaptation.backbone) <= MERGE_TOLERANCE


def test_too_old_too_new_and_damaged_are_different_errors(tmp_path: Path) -> None:
    folder = tmp_path / "phone"
    save_sample_profile(folder)
    path = folder / "profile.json"
    original = path.read_text("utf-8")
    for version, words in ((999, "newer version"), (0, "too old")):
        rewrite(path, format_version=version, something_new=1)
        with pytest.raises(ProfileError, match=words):
            load_profile(folder)
        path.write_text(original, "utf-8")
    for damaged in ("", "{", "[]", original[: len(original) // 2], "[" * 100_000, "\x00"):
        path.write_text(damaged, "utf-8")
        with pytest.raises(ProfileError, match="damaged") as caught:
            load_profile(folder)
        assert caught.value.path == path
    path.write_bytes(b"\xff\xfe\x80")
    with pytest.raises(ProfileError, match="damaged"):
        load_profile(folder)


def test_unknown_fields_and_files_outside_the_folder_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "phone"
    save_sample_profile(folder)
    path = folder / "profile.json"
    files = json.loads(path.read_text("utf-8"))["files"]
    rewrite(path, files={**files, "../../etc/passwd": "0" * 64})
    with pytest.raises(ProfileError, match="damaged at files"):
        load_profile(folder)
    rewrite(path, files=files, surprise=1)
    with pytest.raises(ProfileError, match="damaged at surprise"):
        load_profile(folder)


@pytest.mark.parametrize("file", ["adapter.safetensors", "rank_map.json", "merged.safetensors"])
def test_a_changed_or_missing_file_is_named(tmp_path: Path, file: str) -> None:
    folder = tmp_path / "phone"
    save_sample_profile(folder)
    path = folder / file
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ProfileError, match="changed or damaged") as caught:
        load_profile(folder)
    assert caught.value.path == path
    path.unlink()
    with pytest.raises(ProfileError, match="missing") as caught:
        load_profile(folder)
    assert caught.value.path == path


@pytest.mark.parametrize(
    "name",
    ["", " ", "a/b", "a\\b", "..", ".hidden", "C:", "nul", "COM1.txt", "a\nb", "x" * 200, "end."],
)
def test_a_name_that_is_no_folder_name_is_refused_when_saving_and_when_reading(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(ProfileError):
        save_sample_profile(tmp_path / "bad", name=name)
    assert not (tmp_path / "bad").exists()
    if name == "a/b":
        save_sample_profile(tmp_path / "good")
        rewrite(tmp_path / "good" / "profile.json", name=name)
        with pytest.raises(ProfileError):
            load_profile(tmp_path / "good")


def test_reading_what_is_no_profile_is_an_error_for_the_user(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path, tmp_path / "none", tmp_path / "file"):
        with pytest.raises(EngineError):
            load_profile(folder)


def test_reading_a_profile_brings_no_torch() -> None:
    code = (
        "import sys; from pathlib import Path; from engine.profiles.profile import load_profile; "
        "load_profile(Path(sys.argv[1])); sys.exit('torch' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(GOLDEN / "profile_v1")]
    assert subprocess.run(command, check=False).returncode == 0


def test_what_would_stop_a_save_is_known_before_the_work_begins(tmp_path: Path) -> None:
    assert check_new_profile(tmp_path / "new", "Zoe\u0308") == "Zo\u00eb"
    (tmp_path / "started" / "work").mkdir(parents=True)
    assert check_new_profile(tmp_path / "started", "phone") == "phone"
    (tmp_path / "file").write_bytes(b"")
    for folder, name in ((tmp_path / "file", "phone"), (tmp_path, "phone"), (tmp_path / "x", "/")):
        with pytest.raises(ProfileError):
            check_new_profile(folder, name)

import dataclasses
from pathlib import Path

import pytest
import torch

from engine.backbones.loading import load_backbone
from engine.cancellation import Cancelled, CancelToken
from engine.config.exporting import ExportSettings
from engine.errors import ConfigError, ExportError
from engine.events import Event, Progress, ignore_events
from engine.exporting.formats import EXPORTERS
from engine.jobs.export import export
from tests.profile_samples import save_sample_profile


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("profiles") / "phone"
    save_sample_profile(folder)
    return folder


def names_in(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_the_exported_file_computes_what_the_profile_does(profile: Path, tmp_path: Path) -> None:
    out = tmp_path / "my phone.safetensors"
    events: list[Event] = []
    exported = export(ExportSettings(profile=profile, out=out), events.append, CancelToken())
    assert names_in(tmp_path) == {out.name}
    assert (exported.path, exported.size_bytes) == (out, out.stat().st_size)
    assert exported.max_abs_difference <= 1e-6
    assert [event.done for event in events if isinstance(event, Progress)] == [0, 1, 2, 3]
    loaded, from_profile = load_backbone(out), load_backbone(profile / "merged.safetensors")
    image = torch.rand(1, 3, 20, 24, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert torch.equal(loaded(image), from_profile(image))


def test_a_file_is_replaced_only_when_told_to(profile: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.safetensors"
    out.write_bytes(b"mine")
    with pytest.raises(ConfigError, match="already"):
        export(ExportSettings(profile=profile, out=out), ignore_events, CancelToken())
    assert out.read_bytes() == b"mine"
    settings = ExportSettings(profile=profile, out=out, overwrite=True)
    assert export(settings, ignore_events, CancelToken()).size_bytes > 4
    assert names_in(tmp_path) == {"x.safetensors"}


@pytest.mark.parametrize(
    ("format_name", "file", "words"),
    [
        ("safetensor", "x.safetensors", "Did you mean 'safetensors'"),
        ("safetensors", "x.onnx", r"x\.safetensors"),
        ("safetensors", "x", r"x\.safetensors"),
    ],
)
def test_a_wrong_format_or_ending_is_explained(
    profile: Path, tmp_path: Path, format_name: str, file: str, words: str
) -> None:
    settings = ExportSettings(profile=profile, format=format_name, out=tmp_path / file)
    with pytest.raises(ConfigError, match=words):
        export(settings, ignore_events, CancelToken())
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize("format_name", list(EXPORTERS))
def test_a_profile_goes_into_every_format(profile: Path, tmp_path: Path, format_name: str) -> None:
    needs_extra(format_name)
    exporter = EXPORTERS.get(format_name)
    out = tmp_path / f"phone-x2{exporter.suffix}"
    exported = export(ExportSettings(profile=profile, out=out), ignore_events, CancelToken())
    assert names_in(tmp_path) == {path.name for path in exported.files}
    assert exported.files[-1] == out
    assert exported.max_abs_difference <= exporter.tolerance
    assert exported.size_bytes == sum(path.stat().st_size for path in tmp_path.iterdir())


def test_a_backbone_is_exported_as_it_is(profile: Path, tmp_path: Path) -> None:
    source, out = profile / "merged.safetensors", tmp_path / "x.safetensors"
    export(ExportSettings(backbone=str(source), out=out), ignore_events, CancelToken())
    assert load_backbone(out).module.state_dict().keys() == (
        load_backbone(source).module.state_dict().keys()
    )


def test_there_is_one_network_to_export(profile: Path, tmp_path: Path) -> None:
    for given in ({}, {"profile": profile, "backbone": "safmn-x2"}):
        settings = ExportSettings(out=tmp_path / "x.safetensors", **given)
        with pytest.raises(ConfigError, match="either a profile or a backbone"):
            export(settings, ignore_events, CancelToken())


def test_both_files_of_ncnn_are_kept_from_being_replaced(profile: Path, tmp_path: Path) -> None:
    (tmp_path / "phone-x2.bin").write_bytes(b"mine")
    settings = ExportSettings(profile=profile, out=tmp_path / "phone-x2.param")
    with pytest.raises(ConfigError, match=r"phone-x2\.bin.*already"):
        export(settings, ignore_events, CancelToken())
    assert (tmp_path / "phone-x2.bin").read_bytes() == b"mine"


def test_a_name_upscayl_would_misread_is_refused_before_work(profile: Path, tmp_path: Path) -> None:
    settings = ExportSettings(profile=profile, out=tmp_path / "phone.param")
    with pytest.raises(ConfigError, match=r"phone-x2\.param"):
        export(settings, ignore_events, CancelToken())
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize("format_name", list(EXPORTERS))
def test_a_file_that_computes_something_else_is_not_kept(
    profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format_name: str
) -> None:
    needs_extra(format_name)
    exporter = EXPORTERS.get(format_name)

    def write_another(backbone, path, name):
        another = backbone.clone()
        with torch.no_grad():
            another.module.tail[1].bias += 0.5  # of 255
        exporter.write(another, path, name)

    wrong = dataclasses.replace(exporter, write=write_another)
    monkeypatch.setattr("engine.jobs.export.find_exporter", lambda *_: wrong)
    out = tmp_path / f"x2{exporter.suffix}"
    out.write_bytes(b"before")
    settings = ExportSettings(profile=profile, out=out, overwrite=True)
    with pytest.raises(ExportError, match="not kept"):
        export(settings, ignore_events, CancelToken())
    assert names_in(tmp_path) == {out.name}
    assert out.read_bytes() == b"before"


def needs_extra(format_name: str) -> None:
    if format_name != "safetensors":
        for package in ("onnx", "onnxruntime", "ncnn", "pnnx"):
            pytest.importorskip(package, reason="the extra `export` is not installed")


def test_cancelling_leaves_nothing(profile: Path, tmp_path: Path) -> None:
    token = CancelToken()

    def stop_while_writing(event: Event) -> None:
        if isinstance(event, Progress) and event.done == 1:
            token.cancel()

    settings = ExportSettings(profile=profile, out=tmp_path / "x.safetensors")
    with pytest.raises(Cancelled):
        export(settings, stop_while_writing, token)
    assert names_in(tmp_path) == set()

"""Schedule, losses, arithmetic and checkpoint files."""

import errno
import io

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine import files
from engine.config.training import PAPER_TRAINING, TrainingSettings
from engine.errors import CheckpointError, ConfigError, StorageError
from engine.training import precision
from engine.training.checkpoint import (
    FORMAT_VERSION,
    load_checkpoint,
    save_checkpoint,
    sealed,
)
from engine.training.losses import LOSSES
from engine.training.precision import choose_arithmetic
from engine.training.schedule import learning_rate
from tests.tiny_backbones import tiny_backbone


def test_the_rate_falls_as_in_the_paper():
    settings = PAPER_TRAINING
    rates = [
        learning_rate(step, settings, 1e-3) for step in (0, 49_999, 50_000, 75_000, 90_000, 99_999)
    ]
    assert rates == pytest.approx([1e-3, 1e-3, 7.5e-4, 5.625e-4, 4.21875e-4, 4.21875e-4])


def test_the_cosine_falls_from_the_full_rate_to_nearly_zero():
    settings = TrainingSettings(steps=100, schedule="cosine", warmup_steps=0)
    rates = [learning_rate(step, settings, 1e-3) for step in range(100)]
    assert rates[0] == 1e-3
    assert rates == sorted(rates, reverse=True)
    assert 0 < rates[-1] < 1e-6


@given(st.integers(1, 50), st.sampled_from(["multistep", "cosine"]))
def test_warming_up_rises_to_the_full_rate(warmup, schedule):
    settings = TrainingSettings(steps=200, warmup_steps=warmup, schedule=schedule)
    rates = [learning_rate(step, settings, 1e-3) for step in range(warmup + 1)]
    assert rates == sorted(rates)
    assert rates[warmup] == pytest.approx(1e-3)
    assert all(rate > 0 for rate in rates)


@pytest.mark.parametrize("name", list(LOSSES))
def test_losses_are_smallest_where_the_images_match(name):
    generator = torch.Generator().manual_seed(0)
    hr = torch.rand(1, 3, 8, 8, generator=generator)
    loss = LOSSES.get(name)
    assert loss(hr, hr) <= 1e-3
    assert loss(hr + 0.1, hr) > loss(hr + 0.01, hr) > loss(hr, hr)


def test_an_unknown_loss_suggests_a_known_one():
    with pytest.raises(ConfigError, match="Did you mean 'charbonnier'"):
        LOSSES.get("charbonier")


def test_layout_follows_the_kind_of_network_and_settings_win():
    cpu = torch.device("cpu")
    assert choose_arithmetic(tiny_backbone("EDSR"), TrainingSettings(), cpu).channels_last
    assert not choose_arithmetic(tiny_backbone("SwinIR"), TrainingSettings(), cpu).channels_last
    asked = TrainingSettings(precision="bf16", channels_last="off")
    arithmetic = choose_arithmetic(tiny_backbone("EDSR"), asked, cpu)
    assert (arithmetic.precision, arithmetic.channels_last) == ("bf16", False)


@pytest.mark.parametrize(("is_fast", "expected"), [(True, "bf16"), (False, "fp32")])
def test_bfloat16_is_used_where_the_processor_computes_in_it(monkeypatch, is_fast, expected):
    monkeypatch.setattr(precision, "has_fast_bfloat16", lambda _device: is_fast)
    arithmetic = choose_arithmetic(tiny_backbone("SAFMN"), TrainingSettings(), torch.device("cpu"))
    assert arithmetic.precision == expected


def test_a_checkpoint_comes_back_as_it_was_saved(tmp_path):
    state = {"step": 7, "trainable": {"a": torch.arange(3.0)}, "curve": [(1, 30.5)], "best": None}
    save_checkpoint(tmp_path / "c.pt", state)
    loaded = load_checkpoint(tmp_path / "c.pt")
    assert torch.equal(loaded.pop("trainable")["a"], torch.arange(3.0))
    assert loaded == {
        "format_version": FORMAT_VERSION,
        "step": 7,
        "curve": [(1, 30.5)],
        "best": None,
    }


@given(st.integers(0, 5000), st.binary(max_size=8))
def test_a_damaged_checkpoint_gives_one_clear_error(tmp_path_factory, position, noise):
    path = tmp_path_factory.mktemp("damage") / "c.pt"
    save_checkpoint(path, {"trainable": {"a": torch.arange(3.0)}})
    whole = path.read_bytes()
    position %= len(whole)
    for damaged in (whole[:position] + noise, whole[:position] + noise + whole[position + 8 :]):
        path.write_bytes(damaged)
        if damaged == whole:
            load_checkpoint(path)
        else:
            with pytest.raises(CheckpointError):
                load_checkpoint(path)


def test_a_checkpoint_may_be_larger_than_a_small_file(tmp_path):
    state = {"trainable": torch.zeros(files.SMALL_BYTES + 1, dtype=torch.uint8)}
    save_checkpoint(tmp_path / "c.pt", state)
    assert torch.equal(load_checkpoint(tmp_path / "c.pt")["trainable"], state["trainable"])


def write_sealed(path, content):
    buffer = io.BytesIO()
    torch.save(content, buffer)
    path.write_bytes(sealed(buffer.getvalue()))


def test_a_checkpoint_that_wants_to_run_code_is_refused(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    write_sealed(tmp_path / "c.pt", {"format_version": 1, "evil": Evil()})
    with pytest.raises(CheckpointError, match="no training of ours"):
        load_checkpoint(tmp_path / "c.pt")
    assert not (tmp_path / "ran").exists()


def test_newer_older_and_foreign_files_are_told_apart(tmp_path):
    path = tmp_path / "c.pt"
    for version, says in ((FORMAT_VERSION + 1, "newer version"), (0, "too old")):
        write_sealed(path, {"format_version": version})
        with pytest.raises(CheckpointError, match=says):
            load_checkpoint(path)
    write_sealed(path, [1, 2])
    with pytest.raises(CheckpointError, match="not a training checkpoint"):
        load_checkpoint(path)
    path.write_bytes(b"something else")
    with pytest.raises(CheckpointError, match="not a training checkpoint"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    "content",
    [None, b"something else", sealed(b"noise"), sealed(b"noise") + b"!", {"format_version": 99},
     {"format_version": 0}, {"format_version": "1"}, [1, 2]],
)  # fmt: skip
def test_whatever_is_no_checkpoint_is_refused_by_name_and_in_words(tmp_path, content):
    path = tmp_path / "c.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        write_sealed(path, content)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    assert caught.value.path == path
    assert caught.value.what
    if content is None or (isinstance(content, dict) and content["format_version"] == 99):
        assert caught.value.remedy


def test_a_disk_that_refuses_to_read_a_checkpoint_is_named(tmp_path):
    path = tmp_path / ("c" * 300)
    with pytest.raises(StorageError) as caught:
        load_checkpoint(path)
    assert caught.value.path == path


def test_a_full_disk_leaves_the_older_checkpoint_in_place(tmp_path, monkeypatch):
    path = tmp_path / "c.pt"
    save_checkpoint(path, {"step": 1})

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(StorageError, match="disk is full"):
        save_checkpoint(path, {"step": 2})
    monkeypatch.undo()
    assert load_checkpoint(path)["step"] == 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["c.pt"]

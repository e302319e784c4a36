"""What a stranger's network file can do to the machine: nothing, whatever it describes."""

import io
import json
import pickle
import struct
import subprocess
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from safetensors.torch import save as to_safetensors

from engine.backbones.edsr import EDSR
from engine.backbones.installing import add_backbone
from engine.backbones.loading import load_backbone
from engine.errors import BackboneError
from tests.tiny_backbones import tiny_backbone

READ = """
import resource, sys, time
from pathlib import Path
from engine.backbones.loading import load_backbone
from engine.errors import BackboneError
def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
try:
    load_backbone(Path(sys.argv[1]))  # brings the libraries
except BackboneError:
    pass
for name in sys.argv[2:]:
    before_mb, began_s = peak_mb(), time.monotonic()
    try:
        load_backbone(Path(name))
        print(f"{name} loaded")
    except BackboneError as error:
        assert error.path == Path(name), error
    assert peak_mb() - before_mb < 300, f"{name} took {peak_mb() - before_mb:.0f} MB"
    assert time.monotonic() - began_s < 60, f"{name} took {time.monotonic() - began_s:.0f} s"
"""


def weights():
    return tiny_backbone("EDSR").module.state_dict()


def zipped(pickled: bytes, **members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/version", "3\n")
        for name, content in members.items():
            archive.writestr(f"archive/data/{name[1:]}", content)
    return buffer.getvalue()


def number(value: int) -> bytes:
    return b"\x8a\x08" + value.to_bytes(8, "little")


def call(name: str, *arguments: bytes) -> bytes:
    module, _, function = name.rpartition(".")
    return f"c{module}\n{function}\n".encode() + b"(" + b"".join(arguments) + b"tR"


def doubled(times: int, wrap: bytes) -> bytes:
    """Hold a thing twice, that twice, and so on; `wrap` makes one of two."""
    return (
        b")q\x00"
        + b"0h\x00h\x00".join([b""] * 1)
        + b"".join(
            b"0h" + bytes([n]) + b"h" + bytes([n]) + wrap + b"q" + bytes([n + 1])
            for n in range(times)
        )
    )


def wide_and_deep() -> bytes:
    """An EDSR as wide as its first layer, with ten thousand blocks of which there is only the last."""
    tensors = weights()
    tensors["tail.0.0.weight"] = torch.zeros(4 * 256, 256, 1, 1)
    tensors["head.0.weight"] = torch.zeros(256, 3, 3, 3)
    tensors["body.9999.weight"] = torch.zeros(1)
    return to_safetensors(tensors)


EIGHT_GB = number(8_000_000_000)
HOSTILE = {
    "bytearray.pth": lambda: zipped(b"\x80\x04" + call("__builtin__.bytearray", EIGHT_GB) + b"."),
    "stacked.pth": lambda: zipped(
        b"\x80\x04\x8c\x08builtins\x8c\x09bytearray\x93" + EIGHT_GB + b"\x85R."
    ),
    "bytearray8.pth": lambda: zipped(b"\x80\x05\x96" + (8 * 10**9).to_bytes(8, "little") + b"."),
    "bytes8.pth": lambda: zipped(b"\x80\x04\x8e" + (8 * 10**9).to_bytes(8, "little") + b"."),
    "frame.pth": lambda: zipped(b"\x80\x04\x95" + (8 * 10**9).to_bytes(8, "little") + b"N."),
    "tensor.pth": lambda: zipped(
        b"\x80\x02" + call("torch.Tensor", number(50_000), number(50_000)) + b"."
    ),
    "storage.pth": lambda: zipped(b"\x80\x02" + call("torch.FloatStorage", EIGHT_GB) + b"."),
    "meta.pth": lambda: zipped(
        b"\x80\x02" + call("torch._utils._rebuild_device_tensor_from_numpy", EIGHT_GB) + b"."
    ),
    "encode.pth": lambda: zipped(b"\x80\x02" + call("_codecs.encode", EIGHT_GB) + b"."),
    "times.pth": lambda: zipped(b"\x80\x02" + call("operator.mul", b"U\x01a", EIGHT_GB) + b"."),
    "memo.pth": lambda: zipped(b"\x80\x02}r\xff\xff\xff\x7f."),
    "tuples.pth": lambda: zipped(b"\x80\x02}" + doubled(60, b"\x86") + b"Ns."),
    "lists.pth": lambda: zipped(b"\x80\x02}U\x01a" + doubled(60, b"\x86") + b"s."),
    "copies.pth": lambda: zipped(
        b"\x80\x02](" + b"N" * 500_000 + b"eq\x00" + b"0ctorch\nSize\nh\x00\x85R" * 5000 + b"."
    ),
    "opcodes.pth": lambda: zipped(b"\x80\x02" + b"]" * 30_000_000 + b"."),
    "marks.pth": lambda: zipped(b"\x80\x02" + b"(" * 30_000_000 + b"."),
    "itself.pth": lambda: zipped(b"\x80\x02}q\x00U\x05modelh\x00s."),
    "plain.pth": lambda: b"\x80\x02" + call("__builtin__.bytearray", EIGHT_GB) + b".",
    "legacy.pth": lambda: (
        b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."
        + pickle.dumps({"little_endian": True}, 2)
        + b"\x80\x02}.\x80\x02]U\x010a."
        + (8 * 10**9).to_bytes(8, "little")
    ),
    "deep.safetensors": wide_and_deep,
}


@pytest.mark.skipif(sys.platform == "win32", reason="measures memory as POSIX does")
def test_no_file_makes_the_machine_work_out_of_proportion(tmp_path: Path):
    (tmp_path / "good.pth").write_bytes(saved(weights()))
    names = []
    for name, make in HOSTILE.items():
        (tmp_path / name).write_bytes(make())
        names.append(str(tmp_path / name))
    command = [sys.executable, "-c", READ, str(tmp_path / "good.pth"), *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout == ""


def test_a_network_out_of_proportion_to_its_file_is_told(tmp_path: Path):
    (tmp_path / "deep.safetensors").write_bytes(wide_and_deep())
    with pytest.raises(BackboneError, match="out of all proportion to its file"):
        load_backbone(tmp_path / "deep.safetensors")


@pytest.mark.parametrize("scale", [16, 32])
def test_a_scale_that_no_network_has_is_refused_in_a_sentence(tmp_path: Path, scale: int):
    path = tmp_path / "far.safetensors"
    path.write_bytes(to_safetensors(EDSR(scale=scale, features=8, blocks=2).state_dict()))
    with pytest.raises(BackboneError, match=f"enlarges {scale} times, where 8 are the most"):
        load_backbone(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 3e38])
@pytest.mark.parametrize("kind", ["pth", "safetensors"])
def test_numbers_that_are_not_finite_are_refused_when_a_network_is_added(
    tmp_path: Path, value: float, kind: str
):
    tensors = weights()
    tensors["head.0.weight"] = torch.full_like(tensors["head.0.weight"], value)
    path = tmp_path / f"network.{kind}"
    path.write_bytes(saved(tensors) if kind == "pth" else to_safetensors(tensors))
    with pytest.raises(BackboneError, match=r"not finite"):
        add_backbone(path, "mine", tmp_path / "models")
    assert not list((tmp_path / "models").glob("*"))


def saved(content, **options) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("is_zip", [True, False])
def test_every_way_torch_saves_weights_is_read_to_the_last_bit(
    tmp_path: Path, protocol: int, is_zip: bool
):
    tensors = weights()
    shared = torch.arange(64.0) / 64
    tensors["body.0.body.0.bias"] = shared[3:19:2]
    tensors["body.0.body.2.bias"] = shared[8:16]
    tensors["body.1.body.0.weight"] = tensors["body.1.body.0.weight"].transpose(2, 3)
    tensors["body.1.body.0.bias"] = torch.nn.Parameter(tensors["body.1.body.0.bias"])
    content = {"params_ema": OrderedDict(tensors), "epoch": 3, "history": [{"loss": 0.5}, (1, "a")]}
    path = tmp_path / "network.pth"
    path.write_bytes(
        saved(content, pickle_protocol=protocol, _use_new_zipfile_serialization=is_zip)
    )
    found = load_backbone(path).module.state_dict()
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert torch.equal(found[name], tensor), name


def test_half_precision_and_whole_numbers_are_read(tmp_path: Path):
    halves = {name: tensor.to(torch.bfloat16) for name, tensor in weights().items()}
    (tmp_path / "half.pth").write_bytes(saved(halves))
    found = load_backbone(tmp_path / "half.pth").module.state_dict()
    assert all(torch.equal(found[name], tensor.float()) for name, tensor in halves.items())


def test_entries_of_a_zip_that_lie_over_one_another_are_refused(tmp_path: Path):
    content = saved({**weights(), "a": torch.zeros(1000)})
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        largest = max(archive.infolist(), key=lambda info: info.file_size)
    # The directory at the end is repeated with one entry pointing at another's bytes.
    name = largest.filename.encode()
    first = content.rindex(name) - 46
    entry = bytearray(content[first : first + 46])
    struct.pack_into("<I", entry, 42, 0)
    (tmp_path / "over.pth").write_bytes(content[:first] + bytes(entry) + content[first + 46 :])
    with pytest.raises(BackboneError):
        load_backbone(tmp_path / "over.pth")


def test_a_header_that_shares_bytes_between_tensors_is_refused(tmp_path: Path):
    one = {"dtype": "F32", "shape": [1000], "data_offsets": [0, 4000]}
    header = json.dumps({f"layer{n}.weight": one for n in range(1000)}).encode()
    content = struct.pack("<Q", len(header)) + header + bytes(4000)
    (tmp_path / "shared.safetensors").write_bytes(content)
    with pytest.raises(BackboneError, match="damaged safetensors"):
        load_backbone(tmp_path / "shared.safetensors")

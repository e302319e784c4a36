"""The list of published networks: sound, complete, and true to the architectures it names."""

import pytest

from engine.backbones.building import build_backbone
from engine.backbones.catalogue import downloadable_backbones
from engine.errors import BackboneError

SWINIR_M = {
    "embed_dim": 180,
    "depths": [6] * 6,
    "num_heads": [6] * 6,
    "upsampler": "pixelshuffle",
}
EDSR = {"features": 256, "blocks": 32}
SAFMN_L = {"dim": 128, "n_blocks": 16}
DRCT_L = {"depths": [6] * 12, "num_heads": [6] * 12}
OPTIONS = {
    "swinir-light-official": ("SwinIR", {}),
    "swinir-m-official": ("SwinIR", SWINIR_M),
    "edsr-baseline-official": ("EDSR", {}),
    "edsr-official": ("EDSR", EDSR),
    "safmn-official": ("SAFMN", {}),
    "safmn-l-official": ("SAFMN", SAFMN_L),
    "safmn-l-real": ("SAFMN", SAFMN_L),
    "drct-official": ("DRCT", {}),
    "drct-l-official": ("DRCT", DRCT_L),
    "realesr-general": ("Compact", {"num_conv": 32}),
    "realesrgan": ("ESRGAN", {}),
}
ENTRY = """
[[backbone]]
name = "one"
architecture = "SAFMN"
scale = 2
parameters = 1000
trained_for = "bicubic"
licence = "MIT"
project = "https://example.org"
address = "https://example.org/one.pth"
seen = "example"
"""


LARGE = 6_000_000


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if entry.parameters > LARGE else [])
        for name, entry in downloadable_backbones().items()
    ],
)
def test_an_entry_has_the_parameters_of_its_architecture(name):
    entry = downloadable_backbones()[name]
    architecture, options = OPTIONS[name.rpartition("-")[0]]
    if name == "realesrgan-x2plus":  # as x4, but its first 3×3 layer sees 2×2 pixels at once
        parameters = build_backbone("ESRGAN", scale=4).parameter_count + 64 * 9 * 9
    else:
        parameters = build_backbone(architecture, scale=entry.scale, **options).parameter_count
    assert (entry.architecture, entry.parameters) == (architecture, parameters)


def test_every_entry_says_how_to_get_it_and_where_that_is_written():
    entries = downloadable_backbones().values()
    assert len(entries) >= 15
    assert all(entry.seen and entry.licence for entry in entries)
    addresses = [entry.address for entry in entries if entry.address is not None]
    assert len(set(addresses)) == len(addresses)
    assert all(address.startswith("https://") for address in addresses)
    assert {entry.architecture for entry in entries} >= {"SwinIR", "EDSR", "SAFMN", "DRCT"}
    assert all((entry.sha256 is None) == (entry.size_bytes is None) for entry in entries)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("scale = 2", "scale = 1", "at scale"),
        ('address = "https://example.org/one.pth"', "", "either an address or a page"),
        ("https://example.org/one.pth", "http://example.org/one.pth", "at address"),
        ("https://example.org/one.pth", "https://example.org/one.zip", "at address"),
        ('seen = "example"', 'colour = "blue"', "at (seen|colour)"),
        ('name = "one"', "name = ", "is damaged"),
        ('name = "one"', 'name = "../one"', "at name"),
    ],
)
def test_a_damaged_list_is_named_with_the_place(old, new, where, tmp_path):
    path = tmp_path / "catalogue.toml"
    path.write_text(ENTRY.replace(old, new))
    with pytest.raises(BackboneError, match=where) as caught:
        downloadable_backbones(path)
    assert caught.value.path == path


def test_a_list_that_names_one_twice_or_is_missing_is_refused(tmp_path):
    path = tmp_path / "catalogue.toml"
    with pytest.raises(BackboneError, match="is damaged"):
        downloadable_backbones(path)
    path.write_text(ENTRY + ENTRY)
    with pytest.raises(BackboneError, match="twice"):
        downloadable_backbones(path)

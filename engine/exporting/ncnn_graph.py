"""The text of an ncnn network: reading it, and adding padding to the size a network needs."""

from dataclasses import dataclass, field

MAGIC = "7767517"


@dataclass(frozen=True, slots=True)
class Layer:
    """One line of a .param file.

    Attributes:
        kind: Type of the layer, such as "Convolution".
        name: Its own name.
        inputs: Names of the blobs it reads.
        outputs: Names of the blobs it writes.
        settings: The rest of the line, such as "0=8 1=3".
    """

    kind: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    settings: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        counts = f"{len(self.inputs)} {len(self.outputs)}"
        rest = " ".join((*self.inputs, *self.outputs, *self.settings))
        return f"{self.kind:<24} {self.name:<24} {counts} {rest}"


def parse_layers(text: str) -> list[Layer]:
    """Read the layers of a .param file.

    Raises:
        ValueError: If it is not one.
    """
    lines = text.splitlines()
    if len(lines) < 3 or lines[0].strip() != MAGIC:
        raise ValueError("not an ncnn network")
    layers = []
    for line in filter(str.strip, lines[2:]):
        kind, name, reads, writes, *rest = line.split()
        ends, stop = int(reads), int(reads) + int(writes)
        layers.append(
            Layer(kind, name, tuple(rest[:ends]), tuple(rest[ends:stop]), tuple(rest[stop:]))
        )
    return layers


def format_layers(layers: list[Layer]) -> str:
    """Return the text of a .param file."""
    blobs = sum(len(layer.outputs) for layer in layers)
    return "\n".join((MAGIC, f"{len(layers)} {blobs}", *map(str, layers), ""))


def renamed(layers: list[Layer], names: dict[str, str]) -> list[Layer]:
    """Return the layers with other names for some blobs."""
    return [
        Layer(
            layer.kind,
            layer.name,
            tuple(names.get(blob, blob) for blob in layer.inputs),
            tuple(names.get(blob, blob) for blob in layer.outputs),
            layer.settings,
        )
        for layer in layers
    ]


def with_padding(
    layers: list[Layer], *, source: str, result: str, multiple: int, scale: int
) -> list[Layer]:
    """Pad LR to a multiple by reflection before a network, and crop SR after it.

    ncnn has no arithmetic on sizes. So the most that may be needed is added, and cropped to the
    size of what comes out of pooling by `multiple` and enlarging again, which is a multiple.

    Args:
        layers: Of a network from blob "in0" to "out0".
        source: Name of the new input.
        result: Name of the new output.
        multiple: LR sides become multiples of this; they must be at least this long.
        scale: Integer factor from LR to SR.
    """
    more = multiple - 1
    nearest = "0=1"
    before = [
        Layer("Input", "pad_input", (), (source,)),
        Layer("Split", "pad_split", (source,), ("pad_lr", "pad_lr_size")),
        Layer("Padding", "pad_reflect", ("pad_lr",), ("pad_more",), (f"1={more} 3={more} 4=2",)),
        Layer("Split", "pad_more_split", ("pad_more",), ("pad_more_lr", "pad_more_size")),
        Layer(
            "Pooling",
            "pad_count",
            ("pad_more_size",),
            ("pad_counted",),
            (f"0=0 1={multiple} 2={multiple} 5=1",),
        ),
        Layer(
            "Interp",
            "pad_whole",
            ("pad_counted",),
            ("pad_whole_size",),
            (f"{nearest} 1={multiple}.0 2={multiple}.0",),
        ),
        Layer("Crop", "pad_crop", ("pad_more_lr", "pad_whole_size"), ("in0",)),
    ]
    after = [
        Layer(
            "Interp",
            "pad_sr_size",
            ("pad_lr_size",),
            ("pad_sr_size",),
            (f"{nearest} 1={scale}.0 2={scale}.0",),
        ),
        Layer("Crop", "pad_sr_crop", ("out0", "pad_sr_size"), (result,)),
    ]
    return [*before, *(layer for layer in layers if layer.kind != "Input"), *after]

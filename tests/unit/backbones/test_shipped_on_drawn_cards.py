"""The networks that ship answer drawn and saturated material right, without any check."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont

from engine.backbones.catalogue import shipped_backbones
from engine.backbones.loading import load_backbone
from engine.upscaling.inference.plausibility import largest_shift

HEIGHT, WIDTH = 144, 192
COLOURS = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "magenta": (255, 0, 255),
    "cyan": (0, 255, 255),
    "white": (255, 255, 255),
    "black": (0, 0, 0),
}
PAIRS = (("black", "white"), ("red", "blue"), ("green", "magenta"))
LIMIT = 16 / 255
"""Two thirds of what counts as wrong; photographs stay within 3. The worst of these cards, lines of one
pixel at x4, moves by 13."""


def text_card(colour):
    card = Image.new("RGB", (WIDTH, HEIGHT), COLOURS[colour])
    draw = ImageDraw.Draw(card)
    ink = "black" if colour == "white" else "white"
    draw.text((6, 6), "Sale 50 % today", ink, ImageFont.load_default(20))
    draw.text((6, 40), "Concert 21:30, exit 12", ink, ImageFont.load_default(12))
    draw.ellipse((100, 60, 180, 130), ink)
    draw.line((0, 70, 90, 140), ink, 1)
    return np.asarray(card)


def ramp(colour):
    share = np.linspace(0, 1, WIDTH)[None, :, None] * np.ones((HEIGHT, 1, 1))
    return (share * COLOURS[colour]).round().astype(np.uint8)


def pattern(kind, colours):
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    chosen = {"lines": y, "columns": x, "dither": x + y, "wide": (x + y) // 2}[kind] % 2
    return np.array([COLOURS[name] for name in colours], np.uint8)[chosen]


def bars():
    card = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for index, colour in enumerate(COLOURS.values()):
        card[:, index * WIDTH // 8 : (index + 1) * WIDTH // 8] = colour
    return card


CARDS = {
    "bars": bars(),
    **{f"text on {name}": text_card(name) for name in COLOURS},
    **{f"ramp of {name}": ramp(name) for name in COLOURS if name != "black"},
    **{
        f"{kind} of {' and '.join(colours)}": pattern(kind, colours)
        for kind in ("lines", "columns", "dither", "wide")
        for colours in PAIRS
    },
}


@pytest.fixture(scope="module")
def networks():
    return {name: load_backbone(name) for name in shipped_backbones()}


@pytest.mark.parametrize("card", CARDS)
def test_a_drawn_card_keeps_its_colours(networks, card):
    lr = torch.from_numpy(CARDS[card].copy()).permute(2, 0, 1)[None].float() / 255
    with torch.inference_mode():
        shifts = {name: largest_shift(lr, net(lr), net.scale) for name, net in networks.items()}
    assert {name: round(255 * shift) for name, shift in shifts.items() if shift > LIMIT} == {}

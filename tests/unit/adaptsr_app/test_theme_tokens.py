"""The theme: both schemes name the same colours, neutral surfaces, and text that can be read."""

import pytest
from PySide6.QtGui import QFont

from adaptsr_app.theme.theme import Theme, text_scale_of
from adaptsr_app.theme.tokens import tokens_of

SURFACES = ("window", "surface", "sunken", "stage", "hover", "pressed", "border")
READ_ON = ("window", "surface")


def luminance(colour):
    def linear(part):
        return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue, _ = colour.getRgbF()
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_both_schemes_have_the_same_colours():
    assert tokens_of("light").colours.keys() == tokens_of("dark").colours.keys()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_surfaces_carry_no_hue(scheme):
    for name in SURFACES:
        red, green, blue, _ = tokens_of(scheme).colour(name).getRgb()
        assert red == green == blue, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["text", "text_secondary", "accent", "good", "warning", "danger"])
def test_text_can_be_read(scheme, name):
    tokens = tokens_of(scheme)
    for surface in READ_ON:
        assert contrast(tokens.colour(name), tokens.colour(surface)) >= 4.5, surface
    assert contrast(tokens.colour("on_accent"), tokens.colour("accent")) >= 4.5


@pytest.mark.parametrize(
    ("pixels", "scale"), [(12, 1.0), (13, 1.0), (15, 1.0), (20, 1.5), (60, 2.0)]
)
def test_text_follows_the_systems_size(qapp, pixels: int, scale: float):
    before = qapp.font()
    try:
        theme = Theme(qapp, "light")
        font = QFont(before)
        font.setPixelSize(pixels)
        qapp.setFont(font)
        sizes = theme.tokens.sizes
        assert text_scale_of(font) == scale
        assert sizes["text_body"] == round(13 * scale)
        assert f"font-size: {sizes['text_body']}px" in qapp.styleSheet()
        assert sizes["radius"] == tokens_of("light").sizes["radius"]
    finally:
        qapp.setFont(before)
        qapp.setStyleSheet("")

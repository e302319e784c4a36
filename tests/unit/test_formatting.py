"""Sizes, times and counts look the same wherever the program shows them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.formatting import format_count, format_duration, format_pixels, format_size

FACTORS = {"kB": 1e3, "MB": 1e6, "GB": 1e9}


@pytest.mark.parametrize(
    ("size_bytes", "shown"),
    [(0, "0 kB"), (340_200, "340 kB"), (4_200_000, "4.2 MB"), (1_310_000_000, "1.3 GB")],
)
def test_a_size_has_the_unit_people_expect(size_bytes, shown):
    assert format_size(size_bytes) == shown


@given(st.integers(0, 10**15))
def test_a_size_is_right_to_its_last_digit_and_never_a_thousand_of_a_smaller_unit(size_bytes):
    number, unit = format_size(size_bytes).split()
    shown = float(number.replace(",", ""))
    digits = len(number.partition(".")[2])
    assert abs(shown - size_bytes / FACTORS[unit]) <= 0.501 * 10**-digits
    assert shown < 1000 or unit == "GB"


@given(st.floats(0, 1e6))
def test_a_time_reads_back_as_it_was(seconds):
    shown = format_duration(seconds)
    assert re.fullmatch(r"(\d+:[0-5]\d|\d):[0-5]\d|[0-5]?\d:[0-5]\d", shown)
    total = 0
    for part in shown.split(":"):
        total = total * 60 + int(part)
    assert total == round(seconds)


def test_counts_and_pixels():
    assert [format_count(n, "photo") for n in (0, 1, 2000)] == [
        "0 photos",
        "1 photo",
        "2,000 photos",
    ]
    assert format_pixels(300_000_000) == "300 megapixels"

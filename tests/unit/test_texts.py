"""Nothing that acts is left in what is shown, and nothing that does not is changed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.texts import has_acting, visible

ACTING = [
    *map(chr, range(0x20)),
    *map(chr, range(0x7F, 0xA0)),
    *"\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
    *map(chr, range(0xDC80, 0xDD00)),
    "\U000e0041",
]


@pytest.mark.parametrize("character", ACTING, ids=lambda c: f"{ord(c):04x}")
def test_every_character_that_acts_is_written_out(character: str):
    shown = visible(f"a{character}b")
    assert has_acting(character)
    assert not has_acting(shown)
    assert shown.isascii()
    assert shown.startswith("a\\")


@given(st.text())
def test_what_is_shown_can_be_written_by_every_stream_and_stays(text: str):
    shown = visible(text)
    shown.encode("utf-8")
    assert visible(shown) == shown
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in shown)


@given(st.text(alphabet=st.characters(categories=["L", "M", "N", "P", "S", "Zs"])))
def test_letters_of_every_language_stay_as_they_are(text: str):
    assert visible(text) == text


def test_a_byte_that_is_no_letter_is_shown_as_that_byte():
    assert visible(b"caf\xe9.jpg".decode("utf-8", "surrogateescape")) == "caf\\xe9.jpg"


def test_ends_of_lines_of_our_own_may_stay():
    assert visible("one\ntwo\tthree\r\x1b", lines=True) == "one\ntwo\tthree\\x0d\\x1b"
    assert visible("one\ntwo") == "one\\x0atwo"

"""Text from strangers: file names, profiles, networks, servers. Shown, it must do nothing.

Written out is what a terminal obeys, what turns text, what ends lines. Profiles are cleaned as they
are read, terminals and logs as they are written. In the window `widgets.tips`, `widgets.text` and
`widgets.message_boxes` alone set tips, labels and boxes, all of them plain.
"""

import re

_ACTS = (
    "\x00-\x1f\x7f-\x9f"  # what terminals obey, ESC and its eight-bit sisters
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # turns the direction of what stands around
    "\u2028\u2029"  # ends lines
    "\ufff9-\ufffb"  # hides text as a note on other text
    "\U000e0000-\U000e007f"  # letters that nobody sees
    "\ud800-\udfff"  # bytes of a name that are no letter; no stream takes them
)
_ALL = re.compile(f"[{_ACTS}]")
_BUT_LINES = re.compile(f"(?![\n\t])[{_ACTS}]")


def visible(text: str, *, lines: bool = False) -> str:
    r"""Return `text` with everything that is not a letter but acts written out, such as \x1b.

    Args:
        text: From anywhere.
        lines: Keep the ends of lines and tabs; for text of our own around a stranger's.
    """
    return (_BUT_LINES if lines else _ALL).sub(_written_out, text)


def has_acting(text: str) -> bool:
    """Tell whether a text holds anything that `visible` would write out."""
    return _ALL.search(text) is not None


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # Python's stand-in for a byte that is no UTF-8
        code -= 0xDC00
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

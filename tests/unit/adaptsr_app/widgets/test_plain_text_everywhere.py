"""A stranger's text is shown as it is: no tool tip, label or box takes it for markup."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QLabel, QListWidgetItem, QPushButton

from adaptsr_app.messages import message_for
from adaptsr_app.plain_text import plain
from adaptsr_app.widgets.elided_label import ElidedLabel
from adaptsr_app.widgets.message_boxes import message_box
from adaptsr_app.widgets.text import label
from adaptsr_app.widgets.tips import set_tip
from engine.errors import PhotoError

APP = Path(__file__).resolve().parents[4] / "adaptsr_app"
MODULES = sorted(APP.rglob("*.py"))
TEXTS = [
    'camera <img src="any.png"> name',
    "<b>bold</b>",
    '<!DOCTYPE html><img src="file://server/share/x.png">',
    "a &lt; b",
    "<?xml version='1.0'?>",
    "two\nlines <i>of</i>\nwhich one is odd",
    "<a href='x'>",
    "<qt>",
    " \n <img src=x>",
]


@pytest.mark.parametrize("text", TEXTS)
def test_no_text_is_taken_for_markup_in_a_tip(qtbot, text: str):
    button = QPushButton()
    qtbot.addWidget(button)
    item = QListWidgetItem()
    for target in (button, item):
        set_tip(target, text)
        assert not Qt.mightBeRichText(target.toolTip())
        assert target.toolTip().replace("\N{WORD JOINER}", "") == text
    elided = ElidedLabel(text)
    qtbot.addWidget(elided)
    assert not Qt.mightBeRichText(elided.toolTip())


@given(st.text(alphabet="<>!?/&;abilt =\"'\n\t", max_size=30))
def test_whatever_it_is_made_of(text: str):
    assert not Qt.mightBeRichText(plain(text))


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp"])))
def test_ordinary_text_stays_as_it_is(text: str):
    if not Qt.mightBeRichText(text):
        assert plain(text) == text


def test_what_turns_or_ends_text_is_written_out():
    assert plain("photo\u202egpj.exe\x1b[2J") == "photo\\u202egpj.exe\\x1b[2J"


def test_boxes_and_labels_show_plain_text(qtbot):
    parent = label("")
    qtbot.addWidget(parent)
    box = message_box(parent, "title", TEXTS[0], TEXTS[1])
    qtbot.addWidget(box)
    assert box.textFormat() == Qt.TextFormat.PlainText
    shown = [found.text() for found in box.findChildren(QLabel)] + [box.informativeText()]
    assert not any(Qt.mightBeRichText(text) for text in shown)
    assert label(TEXTS[0]).textFormat() == Qt.TextFormat.PlainText


def calls(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def name_of(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def test_only_one_place_sets_a_tip():
    found = [
        f"{path.relative_to(APP)}:{call.lineno}"
        for path in MODULES
        for call in calls(path)
        if name_of(call) in {"setToolTip", "setWhatsThis", "setStatusTip"}
        or (name_of(call) == "showText" and "QToolTip" in ast.unparse(call))
    ]
    assert [place for place in found if not place.startswith("widgets/tips.py")] == []
    assert found


def test_every_model_gives_plain_tips():
    """A model is asked for its tip: what it answers goes through `plain`."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.match_case) and "ToolTipRole" in ast.unparse(node.pattern):
                assert "plain(" in ast.unparse(node), path
            elif isinstance(node, ast.Compare | ast.If):
                assert "ToolTipRole" not in ast.unparse(
                    node.test if isinstance(node, ast.If) else node
                ), path


def test_only_one_place_makes_labels_with_text_and_boxes():
    odd = []
    for path in MODULES:
        place = path.relative_to(APP).as_posix()
        for call in calls(path):
            makes_label = name_of(call) == "QLabel" and (call.args or call.keywords)
            makes_box = name_of(call) == "QMessageBox" or (
                isinstance(call.func, ast.Attribute)
                and ast.unparse(call.func.value) == "QMessageBox"
            )
            if makes_label and place != "widgets/text.py":
                odd.append(f"{place}:{call.lineno}")
            if makes_box and place != "widgets/message_boxes.py":
                odd.append(f"{place}:{call.lineno}")
            if name_of(call) in {"setHtml", "setMarkdown", "insertHtml", "appendHtml"}:
                odd.append(f"{place}:{call.lineno}")
    assert odd == []


def test_a_label_without_text_shows_pictures_only():
    """`QLabel()` without a format would take what it is given later for markup."""
    odd = []
    for path in MODULES:
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if (
                isinstance(node, ast.Assign)
                and isinstance(node.value, ast.Call)
                and name_of(node.value) == "QLabel"
                and path.name != "text.py"
            ):
                target = ast.unparse(node.targets[0])
                if f"{target}.setText(" in source:
                    odd.append(f"{path.relative_to(APP)}:{node.lineno}")
    assert odd == []


def test_an_errors_file_name_is_shown_as_it_is(qtbot):
    message = message_for(PhotoError("It is \x1b[2J bad.", path=Path("a\u202eb\x07.jpg")))
    assert message.title == "a\\u202eb\\x07.jpg"
    assert message.text == "It is \\x1b[2J bad."

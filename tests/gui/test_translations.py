"""The window in another language: a translation made on the fly reaches every text that is seen."""

import importlib.util
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QSpinBox,
    QTabWidget,
    QWidget,
)

from adaptsr_app.messages import tr, tr_count
from adaptsr_app.pages import PAGES
from adaptsr_app.translations import install_translation
from adaptsr_app.widgets.shortcuts import actions_in
from engine.profiles.library import default_library
from tests.photo_samples import scene
from tests.profile_samples import save_sample_profile

pytestmark = pytest.mark.usefixtures("own_folders")

WAIT_MS = 20_000
ROOT = Path(__file__).resolve().parents[2]
GERMAN = QLocale(QLocale.Language.German, QLocale.Country.Germany)
ACCENTS = str.maketrans("aeiouyAEIOUY", "àéîöúýÀÉÎÖÚÝ")
OPEN, CLOSE = "⟦⟧"
PLACEHOLDER = re.compile(r"(\{[^}]*\}|%n|&.)")

NOT_WORDS = re.compile(
    r"""
    \b(AdaptSR|PSNR|SSIM|JPEG|PNG|TIFF|WebP|px|kB|MB|GB|dB)\b
    | \b(\w+\+)+[\w.]+ | \bF\d+ | \b(Entf|Esc|Return)\b  # keys, as the system writes them
    | \{\w+\}                                                # patterns of file names
    | \w+\.(jpg|png)
    | /[\w./~-]+                                             # paths
    """,
    re.VERBOSE,
)
OF_OTHERS = ("Nach links scrollen", "Nach rechts scrollen")
"""Qt's own words, in the language that the translation stands for."""

OF_THE_ENGINE = ("There is no such file or folder.", "on 2 photos it never saw (2 of 2 improved)")
"""What the engine says is English, as on the command line."""


@pytest.fixture(scope="module")
def tool():
    """The script that makes translations."""
    spec = importlib.util.spec_from_file_location(
        "translations_tool", ROOT / "packaging" / "translations.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pseudo(text: str) -> str:
    """Return a text that can be read, and be told from one that was not translated."""
    parts = PLACEHOLDER.split(text)
    return (
        OPEN + "".join(p if PLACEHOLDER.match(p) else p.translate(ACCENTS) for p in parts) + CLOSE
    )


@pytest.fixture(scope="module")
def translated_folder(tool, tmp_path_factory):
    """A whole translation into an invented language, under the name of German."""
    folder = tmp_path_factory.mktemp("translations")
    path = tool.update("de", folder)
    tree = ET.parse(path)  # noqa: S314 - written a line above
    for message in tree.iter("message"):
        source = message.find("source").text
        translation = message.find("translation")
        del translation.attrib["type"]
        forms = translation.findall("numerusform")
        for form, words in zip(forms, ("one: ", "many: "), strict=False):
            form.text = pseudo(words + source)
        if not forms:
            translation.text = pseudo(source)
    tree.write(path, encoding="utf-8", xml_declaration=True)
    tool.release(folder)
    return folder


@pytest.fixture
def translated(qapp, translated_folder):
    installed = install_translation(qapp, GERMAN, translated_folder)
    assert installed
    yield
    for translator in installed:
        qapp.removeTranslator(translator)


def test_a_text_is_translated_once_a_translation_is_there(qapp, translated_folder):
    assert tr("Upscale") == "Upscale"
    installed = install_translation(qapp, GERMAN, translated_folder)
    assert tr("Upscale") == "⟦Úpscàlé⟧"
    assert tr("Nobody ever wrote this") == "Nobody ever wrote this"
    for translator in installed:
        qapp.removeTranslator(translator)
    assert tr("Upscale") == "Upscale"


def test_numbers_have_the_forms_of_their_language(translated):
    forms = [tr_count("1 photo", "%n photos", count) for count in (0, 1, 2)]
    assert forms == ["⟦màný: 0 phötös⟧", "⟦öné: 1 phötös⟧", "⟦màný: 2 phötös⟧"]


def test_without_a_translation_english_has_its_two_forms():
    assert [tr_count("1 photo", "%n photos", n) for n in (0, 1, 2)] == [
        "0 photos",
        "1 photo",
        "2 photos",
    ]


def test_a_language_nobody_translated_leaves_english(qapp, translated_folder):
    assert install_translation(qapp, QLocale("fr_FR"), translated_folder) == ()
    assert install_translation(qapp, GERMAN, translated_folder / "none") == ()


def test_what_is_translated_survives_an_update(tool, translated_folder, tmp_path):
    kept = tmp_path / "adaptsr_de.ts"
    kept.write_bytes((translated_folder / "adaptsr_de.ts").read_bytes())
    tool.update("de", tmp_path)
    assert "⟦Úpscàlé⟧" in kept.read_text(encoding="utf-8")


def outside(text: str) -> str:
    """Return what of a text did not come out of the translation, without what is no word."""
    kept, depth = [], 0
    for letter in text:
        depth += (letter == OPEN) - (letter == CLOSE)
        if depth == 0 and letter != CLOSE:
            kept.append(letter)
    return NOT_WORDS.sub("", "".join(kept))


def texts_of(widget: QWidget) -> list[str]:
    """Return all that a widget shows or says."""
    found = [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
    match widget:
        case QLabel() | QAbstractButton():
            found.append(widget.text())
        case QComboBox():
            found += [widget.itemText(index) for index in range(widget.count())]
            found.append(widget.placeholderText())
        case QLineEdit():
            found.append(widget.placeholderText())
        case QSpinBox():
            found += [widget.prefix(), widget.suffix()]
        case QTabWidget():
            found += [widget.tabText(index) for index in range(widget.count())]
        case QMenu():
            found += [widget.title(), *(action.text() for action in actions_in(widget))]
    return found


def untranslated(widget: QWidget, data: set[str]) -> set[str]:
    """Return what is English, but for names of networks, profiles and files."""
    found = set()
    for one in (widget, *widget.findChildren(QWidget)):
        for text in texts_of(one):
            rest = outside(text)
            for known in sorted(data, key=len, reverse=True):
                rest = rest.replace(known, "")
            is_foreign = any(words in rest for words in (*OF_OTHERS, *OF_THE_ENGINE))
            if re.search(r"[A-Za-z]{2,}", rest) and not is_foreign:
                found.add(f"{type(one).__name__}: {text}")
    return found


def test_every_text_of_the_window_is_translated(translated, context, qtbot, tmp_path, qapp):
    from adaptsr_app.main_window import MainWindow  # noqa: PLC0415 - after the translation

    save_sample_profile(default_library() / "phone")
    Image.fromarray(scene(30, 40)).save(tmp_path / "a.png")
    context.preferences.output_folder = tmp_path
    window = MainWindow(context)
    qtbot.addWidget(window, before_close_func=lambda _w: context.jobs.stop_all())
    window.show()
    qtbot.waitExposed(window)
    for entry in PAGES:
        window.show_page(entry.key)
    upscale, library = window.page("upscale"), window.page("library")
    rank_map = window.page("rank map")
    data = {"phone", "safmn", "edsr", "a.png", "gone.png", "Apple iPhone X", "Qt"}
    missing = untranslated(window, data)
    window.open_paths([tmp_path / "a.png", tmp_path / "gone.png"])
    qtbot.waitUntil(lambda: upscale.queue.rowCount() == 1, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: upscale.intake.choices.are_known, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: bool(library.networks.rows), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: rank_map.plan.has_ranks, timeout=WAIT_MS)
    assert window.menus.groups
    for row in library.networks.rows.values():
        data |= {row.entry.name, row.entry.architecture, row.entry.licence, "Set5"}
    machine = window.page("settings").machine
    qtbot.waitUntil(lambda: machine.diagnosis is not None, timeout=WAIT_MS)
    found = machine.diagnosis
    data |= {found.system, *found.problems, *(device.description for device in found.devices)}
    data |= {f"{name} {version}" for name, version in found.versions.items()}
    missing |= untranslated(window, data - {""})
    upscale.intake.close()
    window.hide()
    assert sorted(missing) == []

"""Puts the window into the user's language, where there is a translation."""

from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from engine.shipped_files import shipped_file


def install_translation(
    application: QApplication, locale: QLocale | None = None, folder: Path | None = None
) -> tuple[QTranslator, ...]:
    """Translate what is made from now on.

    Args:
        application: Keeps the translation.
        locale: The user's language; the system's if None.
        folder: Holds files such as `adaptsr_de.qm`; that of the program if None.

    Returns:
        What was installed: our own words, then Qt's. Nothing where ours are not translated, because
        a window in two languages is worse than one in English.
    """
    locale = locale or QLocale.system()
    own = QTranslator(application)
    if not own.load(locale, "adaptsr", "_", str(folder or shipped_file("translations"))):
        own.deleteLater()
        return ()
    installed = [own]
    of_qt = QTranslator(application)
    if of_qt.load(
        locale, "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    ):
        installed.insert(0, of_qt)
    for translator in installed:
        application.installTranslator(translator)  # the last one is asked first
    return tuple(reversed(installed))

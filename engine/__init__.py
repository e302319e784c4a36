"""AdaptSR's engine: everything but the window. Importable with Qt uninstalled.

Importing torch takes seconds and spandrel several more, so neither is imported before a command or
a page needs it: starting the program and `--help` load neither.
"""

from engine.environment import keep_libraries_quiet

__version__ = "0.1.0"

keep_libraries_quiet()

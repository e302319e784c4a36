"""AdaptSR's engine: everything but the window. Importable with Qt uninstalled."""

from engine.environment import keep_libraries_quiet

__version__ = "0.1.0"

keep_libraries_quiet()

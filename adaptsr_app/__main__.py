"""The one way in: a subcommand goes to the engine, photos or nothing open the window."""

import sys
from collections.abc import Sequence
from pathlib import Path

from engine.imaging.decoding_process.launch import DECODER_WORD
from engine.upscaling.inference.allocator import share_one_heap

_NO_WINDOW = (
    "The window needs PySide6, which is not installed. Install AdaptSR with its window "
    '(`pip install "adaptsr[gui]"`), or use the command line: `adaptsr --help`.'
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run AdaptSR and return the process's exit code.

    Args:
        arguments: Command-line words after the program's name; those of this process if None.

    Returns:
        0 on success; see `engine.cli.exit_codes.ExitCode` for the others.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == [DECODER_WORD]:  # a frozen program is its own interpreter
        from engine.imaging.decoding_process.worker import main as decode  # noqa: PLC0415 - a child

        decode(words[1])
        return 0
    if not all(_is_file_or_folder(word) for word in words):
        from engine import cli  # noqa: PLC0415 - the window does without it

        return cli.main(words)
    try:
        import PySide6.QtWidgets  # noqa: F401, PLC0415 - the command line does without it
    except ImportError as error:
        sys.stderr.write(f"{_NO_WINDOW}\n({error})\n")
        return 1
    from adaptsr_app.application import open_window  # noqa: PLC0415 - takes Qt

    # Jobs run on threads of their own here, and only the main heap keeps what a layer freed for
    # the next: a tenth of the processor time of upscaling (docs/measurements.md).
    share_one_heap()
    return open_window([Path(word) for word in words])


def _is_file_or_folder(word: str) -> bool:
    """Tell a path, as a desktop hands it over, from a subcommand of the same name as a folder."""
    path = Path(word)
    return len(path.parts) > 1 and path.exists()


if __name__ == "__main__":
    sys.exit(main())

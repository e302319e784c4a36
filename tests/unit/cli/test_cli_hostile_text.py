"""Names and words of strangers reach a terminal, a pipe, JSON and the log without acting there."""

import io
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from engine.cli.error_report import report_error
from engine.cli.progress import ProgressView
from engine.cli.terminal import SafeConsole, SafeFormatter, Terminal
from engine.errors import DownloadError
from engine.events import FileSkipped, Notice, PhotoFailed, Progress

ODD = "a\x1b]0;OWNED\x1b\\\x1b[2J\x9b31m\u202e[red]b[/red]"
BAD_BYTES = b"\xff\xe9\x1b[2J[bold].jpg"


def seen_by(show) -> str:
    file = io.StringIO()
    show(SafeConsole(file=file, markup=False, emoji=False, highlight=False, force_terminal=True))
    return file.getvalue()


def acts(text: str) -> bool:
    return any(code in text for code in ("\x1b]0;", "\x1b[2J", "\x9b", "\u202e", "\x1b[31m"))


def in_a_table(console: SafeConsole) -> None:
    table = Table(title=ODD)
    table.add_column(ODD)
    table.add_row(ODD)
    console.print(table)


def in_a_bar(console: SafeConsole) -> None:
    with ProgressView(console) as view:
        view.emit(Progress("pairs", 1, 2, ODD))
        view.emit(Notice(ODD))
        view.emit(FileSkipped(Path(ODD), ODD))
        view.emit(PhotoFailed(Path(ODD), ODD))


@pytest.mark.parametrize(
    "show",
    [lambda c: c.print(ODD), lambda c: c.print(Text(ODD)), in_a_table, in_a_bar],
    ids=["line", "text", "table", "bar"],
)
def test_nothing_of_a_strangers_text_acts_on_a_terminal(show):
    seen = seen_by(show)
    assert not acts(seen)
    assert "OWNED" in seen
    assert "[red]b" in seen.replace("\n", "")


def test_words_of_a_server_do_not_act(capsys):
    report_error(
        DownloadError(f"host answered “500 {ODD}”.", path=Path(ODD)), Terminal(as_json=False)
    )
    told = capsys.readouterr()
    assert not acts(told.out + told.err)
    assert "OWNED" in told.err


def test_json_is_exact_and_does_not_act(capsys):
    values = {"name": ODD, "bytes": os.fsdecode(BAD_BYTES), "letters": "Größe 写 🖼"}
    Terminal(as_json=True).result(values)
    told = capsys.readouterr().out
    assert not acts(told)
    assert json.loads(told) == values
    assert "Größe 写 🖼" in told


def test_the_log_does_not_act():
    record = logging.LogRecord("a", logging.WARNING, "", 0, "%s", (ODD,), None)
    assert not acts(SafeFormatter("%(message)s").format(record))


@pytest.mark.skipif(sys.platform != "linux", reason="only there a name may be any bytes")
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
@pytest.mark.parametrize("words", [[], ["--json"]])
def test_a_name_that_is_no_text_is_told_in_every_encoding(
    tmp_path: Path, encoding: str, words: list[str]
):
    (tmp_path / "in").mkdir()
    Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/" + BAD_BYTES)).write_bytes(b"junk")
    command = [sys.executable, "-m", "adaptsr_app", "upscale", str(tmp_path / "in")]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out"), "--backbone", "safmn-x2", *words],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert b"\x1b[2J" not in done.stdout + done.stderr
    assert b"Traceback" not in done.stderr
    if words:
        (failed,) = json.loads(done.stdout)["failed"]
        assert os.fsencode(failed["photo"]).endswith(BAD_BYTES)
    else:
        assert b"\\xff\\xe9\\x1b[2J[bold].jpg" in done.stdout + done.stderr

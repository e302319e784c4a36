import errno
import inspect
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from engine.backbones.loading import load_backbone
from engine.cancellation import Cancelled, CancelToken
from engine.cli import app, main
from engine.cli.error_report import report_error
from engine.cli.exit_codes import ExitCode, Interrupted
from engine.cli.invocation import Invocation
from engine.cli.lazy import DeferredCommand, load
from engine.cli.running import perform
from engine.cli.terminal import Terminal, plain
from engine.events import CheckpointSaved, Emit
from tests.cli_samples import ROOT, run_json, start, write_backbone, write_pairs


def commands(
    group: Any = None, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with its words, groups too."""
    group = typer.main.get_command(app) if group is None else group
    for name, command in group.commands.items():
        loaded = command.load() if isinstance(command, DeferredCommand) else command
        yield (*path, name), loaded
        if isinstance(loaded, typer.core.TyperGroup):
            yield from commands(loaded, (*path, name))


def loaded_by(*calls: str) -> set[str]:
    """Return the modules that are loaded once commands were called in a process of their own."""
    script = (
        "import sys; from engine.cli import main\n"
        "assert [main(call.split()) for call in sys.argv[1:]] == [0] * len(sys.argv[1:])\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, *calls],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return set(result.stderr.split())


def test_the_help_of_the_program_loads_no_command_and_no_settings() -> None:
    loaded = loaded_by("--help")
    assert not {"torch", "numpy", "pydantic", "PIL"} & loaded
    assert not {name for name in loaded if name.startswith(("engine.cli.decl", "engine.cli.comm"))}


def test_the_help_of_a_command_loads_no_library_that_works() -> None:
    loaded = loaded_by(*(" ".join([*path, "--help"]) for path, _ in commands()))
    assert not {"torch", "numpy", "spandrel", "scipy", "cv2", "matplotlib"} & loaded
    assert not {name for name in loaded if name.startswith("engine.cli.commands")}


def test_what_is_known_of_networks_is_told_without_loading_what_runs_them() -> None:
    assert not {"torch", "spandrel", "cv2"} & loaded_by("models list", "models show safmn-x2")


def test_the_work_of_a_command_takes_what_its_declaration_hands_over() -> None:
    for path, command in commands():
        if hasattr(command, "commands"):
            continue
        declared = command.callback.__wrapped__
        handed = set(declared.__signature__.parameters) - {"context", "json"}
        handed -= {option.parameter.name for option in declared._options}
        taken = set(inspect.signature(load(declared._work)).parameters) - {"invocation"}
        assert taken == handed, path


def test_a_command_that_is_nearly_right_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upscal"]) == 2
    assert "Did you mean 'upscale'" in capsys.readouterr().err


def test_each_line_about_a_command_is_the_first_of_its_own_help() -> None:
    for command in typer.main.get_command(app).commands.values():
        first, _, _ = command.load().help.partition("\n")
        assert command.help == first


def test_every_command_takes_json() -> None:
    lacking = [
        path
        for path, command in commands()
        if not hasattr(command, "commands")
        and "json" not in {parameter.name for parameter in command.params}
    ]
    assert lacking == []


@pytest.mark.parametrize(
    "words", [["adapt"], ["adapt", "--nope"], ["nonsense"], ["adapt", "--scale", "two"]]
)
def test_wrong_usage_ends_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "--help" in printed.err
    code, result = run_json(capsys, *words)
    assert (code, result["error"]["kind"]) == (2, "usage")


def test_an_error_names_the_file_and_what_to_do_and_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = tmp_path / "broken.pth"
    network.write_bytes(b"not a network")
    assert main(["sites", str(network)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert str(network) in printed.err
    code, result = run_json(capsys, "sites", network)
    assert code == 1
    assert result["error"]["kind"] == "BackboneError"
    assert result["error"]["path"] == str(network)
    assert result["error"]["what"]
    assert result["error"]["remedy"]


@pytest.mark.parametrize("words", [["--budget", "0%"], ["--r-min", "9"], ["--device", "gpu9"]])
def test_a_setting_that_does_not_work_is_no_bug(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    write_backbone(tmp_path / "tiny.safetensors")
    code, result = run_json(
        capsys,
        *("adapt", "--backbone", tmp_path / "tiny.safetensors", "--pairs", tmp_path),
        *("--scale", 2, "--out", tmp_path / "out", *words),
    )
    assert (code, result["error"]["kind"]) == (1, "ConfigError")


def test_a_bug_says_so_keeps_its_traceback_and_ends_with_70(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_backbone(tmp_path / "tiny.safetensors")

    def broken(*_arguments: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("engine.cli.commands.sites.load_backbone", broken)
    code, result = run_json(capsys, "sites", tmp_path / "tiny.safetensors")
    assert (code, result["error"]["kind"]) == (70, "bug")
    assert "not your fault" in result["error"]["what"]
    assert "oops" in Path(result["error"]["path"]).read_text("utf-8")
    monkeypatch.setattr("engine.cli.commands.sites.find_sites", broken)
    monkeypatch.setattr("engine.cli.commands.sites.load_backbone", load_backbone)
    code, result = run_json(capsys, "sites", tmp_path / "tiny.safetensors")
    assert (code, result["error"]["kind"]) == (70, "bug")


def test_what_a_job_prints_never_mixes_with_the_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def chatty(name: str) -> Any:
        sys.stdout.write("a library says hello\n")
        return load_backbone(name)

    write_backbone(tmp_path / "tiny.safetensors")
    monkeypatch.setattr("engine.cli.commands.sites.load_backbone", chatty)
    assert main(["sites", str(tmp_path / "tiny.safetensors"), "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["sites"]
    assert "hello" in printed.err


def test_json_holds_no_numbers_that_json_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    values = {"a": [float("inf"), float("nan"), 1.5], "b": {"c": Path("x")}, 3: (None, "ü")}
    assert plain(values) == {"a": [None, None, 1.5], "b": {"c": "x"}, "3": [None, "ü"]}
    Terminal(as_json=True).result(values)
    assert json.loads(capsys.readouterr().out) == plain(values)


def test_names_with_brackets_are_shown_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal(as_json=False).say("[bold]IMG_1.jpg[/] :smile:")
    assert capsys.readouterr().err == "[bold]IMG_1.jpg[/] :smile:\n"


def test_the_command_to_go_on_with_is_quoted_for_a_shell() -> None:
    words = ("adapt", "--pairs", "my pairs", "--resume")
    invocation = Invocation({}, Terminal(as_json=False), words, can_resume=True)
    assert invocation.resuming() == "adaptsr adapt --pairs 'my pairs' --resume"


@pytest.mark.parametrize("can_resume", [True, False])
def test_only_a_command_that_can_go_on_says_how(can_resume: bool) -> None:
    words = ("adapt", "--out", "x")
    invocation = Invocation({}, Terminal(as_json=False), words, can_resume)

    def stopped(emit: Emit, _token: CancelToken) -> None:
        emit(CheckpointSaved(10, Path("x/run/checkpoint.pt")))
        raise Cancelled

    with pytest.raises(Interrupted) as caught:
        perform("adapt", stopped, invocation)
    assert caught.value.resume == ("adaptsr adapt --out x --resume" if can_resume else None)


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert re.fullmatch(r"adaptsr \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_the_app_is_a_typer_app() -> None:
    assert isinstance(app, typer.Typer)


def stop_after(first: str, words: list[object], number: signal.Signals) -> tuple[int, str, str]:
    """Start a command, stop it once a line of its progress begins so; return code and output."""
    process = start(*words)
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith(first):
            break
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, "".join(lines) + err


def long_training(folder: Path) -> list[object]:
    return [
        *("adapt", "--backbone", write_backbone(folder / "tiny.safetensors")),
        *("--pairs", write_pairs(folder / "my pairs"), "--scale", 2, "--steps", 100_000),
        *("--batch", 1, "--patch", 16, "--val", 1, "--score-batches", 1),
        *("--validate-every", 20, "--out", folder / "phone", "--json"),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
def test_a_stopped_training_ends_with_130_and_leaves_only_what_it_needs_to_go_on(
    tmp_path: Path,
) -> None:
    code, out, err = stop_after("Step 20:", long_training(tmp_path), signal.SIGTERM)
    assert code == 130, err
    result = json.loads(out)["error"]
    assert result["kind"] == "cancelled"
    assert Path(result["path"]).is_file()
    assert result["remedy"].endswith("--resume")
    assert "'" + str(tmp_path / "my pairs") + "'" in result["remedy"]
    assert "Traceback" not in err
    assert {entry.name for entry in (tmp_path / "phone").iterdir()} == {"work"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_a_training_stopped_by_ctrl_c_goes_on_where_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = long_training(tmp_path)
    assert stop_after("Step 20:", words, signal.SIGINT)[0] == 130
    code, result = run_json(capsys, *words[:-1])
    assert (code, result["error"]["kind"]) == (1, "ConfigError")
    code, _, err = stop_after("Training", [*words, "--resume"], signal.SIGINT)
    assert code == 130
    first = next(line for line in err.splitlines() if line.startswith("Training"))
    assert int(re.findall(r"\d+", first)[0]) > 20


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_a_second_ctrl_c_ends_at_once_without_a_traceback() -> None:
    script = (
        "import os, signal, sys, time\n"
        "from engine.cancellation import CancelToken\n"
        "from engine.cli.error_report import report_error\n"
        "from engine.cli.running import stopped_by_signals\n"
        "from engine.cli.terminal import Terminal\n"
        "try:\n"
        "    with stopped_by_signals(CancelToken()):\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        print('goes on', flush=True)\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "        time.sleep(60)\n"
        "except KeyboardInterrupt as error:\n"
        "    sys.exit(report_error(error, Terminal(as_json=False)))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 130
    assert result.stdout == "goes on\n"
    assert "again to stop at once" in result.stderr
    assert "Traceback" not in result.stderr


def test_no_help_loses_words_in_brackets() -> None:
    """The help is drawn by rich, which takes words in brackets for styles."""
    texts = [
        text
        for _, command in commands()
        for text in (command.help, *(getattr(param, "help", None) for param in command.params))
    ]
    assert len(texts) > 100
    assert [text for text in texts if text and "[" in text] == []


@pytest.mark.parametrize(
    "error",
    [
        ImportError("libtorch_cuda.so: failed to map segment from shared object"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        MemoryError(),
    ],
)
def test_memory_that_runs_out_while_a_command_loads_its_libraries_is_no_bug(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report_error(error, Terminal(as_json=False)) == ExitCode.ERROR
    assert "memory" in capsys.readouterr().err

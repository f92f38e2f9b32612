"""Every command ends with the code that says what is now known, and says how to go on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from keylife.cli import main
from keylife.errors import EventLogError, KeylifeError, UsageError
from tests.cli.conftest import Command


def every_command() -> Iterator[tuple[tuple[str, ...], Any]]:
    waiting: list[tuple[tuple[str, ...], Any]] = [((), typer.main.get_command(main.app))]
    while waiting:
        path, command = waiting.pop()
        yield path, command
        for name, inner in getattr(command, "commands", {}).items():
            waiting.append(((*path, name), inner))


ALL = sorted(every_command(), key=lambda found: found[0])


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_every_command_and_option_says_what_it_does(
    keylife: Command, path: tuple[str, ...], command: Any
) -> None:
    answer = keylife(*path, "--help")

    assert answer.code == 0
    assert "Usage:" in answer.out
    assert command.help
    for parameter in command.params:
        assert getattr(parameter, "help", None), f"{path}: {parameter.name}"


def test_nothing_asked_is_a_question_for_help(keylife: Command) -> None:
    answer = keylife()

    assert answer.code == 2
    assert "Usage:" in answer.out + answer.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("make-coffee",),
        ("plan", "--format", "xml"),
        ("plan", "--att", "now"),
        ("revoke", "billing-deploy"),
        ("revoke", "billing-deploy", "--reason", "certificateHold", "--ref", "X"),
        ("rotate", "--reason", "superseded"),
    ],
)
def test_what_makes_no_sense_is_bad_usage(keylife: Command, arguments: tuple[str, ...]) -> None:
    assert keylife(*arguments).code == 2


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fails() -> None:
        raise error

    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(fails)
    monkeypatch.setattr(main, "app", app)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(UsageError("no", "do this"), 2, id="bad input"),
        pytest.param(KeylifeError("no"), 1, id="refused"),
        pytest.param(EventLogError(Path("log"), "full"), 1, id="cannot be recorded"),
        pytest.param(KeyboardInterrupt(), 130, id="interrupted"),
        pytest.param(ZeroDivisionError(), 3, id="unexpected"),
        pytest.param(typer.Exit(75), 75, id="pending"),
        pytest.param(typer.Exit(), 0, id="done"),
        pytest.param(SystemExit("words"), 1, id="a word as exit code"),
        pytest.param(SystemExit(), 0, id="no exit code"),
    ],
)
def test_the_exit_code_says_what_is_now_known(
    keylife: Command, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    raising(monkeypatch, error)

    answer = keylife()

    assert answer.code == code
    assert answer.out == ""
    assert "Traceback" not in answer.err


def test_an_interrupt_before_the_command_began_has_the_same_code(
    keylife: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "app", interrupted)

    assert keylife().code == 130


def test_an_error_is_a_sentence_and_a_way_out_apart_from_the_answer(
    keylife: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising(monkeypatch, UsageError("it is wrong", "mend it"))

    assert keylife().err == "it is wrong\nmend it\n"


def test_an_unexpected_error_shows_no_value_unless_it_is_asked_for(
    keylife: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KEYLIFE_TRACEBACK", raising=False)
    raising(monkeypatch, ValueError("canary"))

    shy = keylife()
    monkeypatch.setenv("KEYLIFE_TRACEBACK", "1")
    open_hearted = keylife()

    assert shy.code == open_hearted.code == 3
    assert "canary" not in shy.err
    assert "unexpected error: ValueError" in shy.err
    assert "KEYLIFE_TRACEBACK=1" in shy.err
    assert "Traceback" in open_hearted.err


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--help"], 0), (["plan", "--format", "xml"], 2), (["plan"], 2)]
)
def test_the_shell_sees_the_same_codes(tmp_path: Path, arguments: list[str], code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from keylife.cli.main import run; run()", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(main.__file__).parents[2]), "PATH": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_an_interrupted_command_says_so_to_the_shell(tmp_path: Path) -> None:
    fake = tmp_path / "pulumi"
    fake.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\nexec sleep 60\n")
    fake.chmod(0o755)
    (tmp_path / "Pulumi.yaml").touch()
    child = subprocess.Popen(
        [sys.executable, "-c", "from keylife.cli.main import run; run()", "history", "billing"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(main.__file__).parents[2]),
            "PATH": f"{tmp_path}:/usr/bin:/bin",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    deadline = time.monotonic() + 30
    while not (tmp_path / "asked").exists() and time.monotonic() < deadline:
        time.sleep(0.05)

    os.killpg(child.pid, signal.SIGINT)
    _, err = child.communicate(timeout=30)

    assert (child.returncode, b"Traceback" in err) == (130, False)


def test_help_has_no_colour_where_none_is_wanted(
    keylife: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    assert re.search("\x1b", keylife("--help").out) is None

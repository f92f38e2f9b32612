"""`keylife check` as a command: where it looks, what it prints, how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from keylife.cli.main import app
from tests.cli.conftest import Command
from tests.gates.test_declared import folder, key

ROOT = Path(__file__).resolve().parents[2]
AT = ("--at", "2026-11-23T12:00:00Z")


def run(*arguments: str | Path) -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["check", *map(str, arguments), *AT])
    return answer.exit_code, answer.stdout


def test_what_is_in_order_ends_with_0(tmp_path: Path) -> None:
    code, said = run(folder(tmp_path, dev=key()))

    assert code == 0
    assert said.endswith("0 violations, 0 warnings, 0 waived\n")


def test_a_violation_ends_with_1_and_a_warning_with_0(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    code, said = run(folder(tmp_path / "a", dev=key(ttl="400d")))

    assert (code, "keys/all.yaml:8:10: [ttl-within-limit] dev/billing-deploy: " in said) == (
        1,
        True,
    )
    assert run(folder(tmp_path / "b", dev=key(service="old")))[0] == 0


def test_the_folder_may_be_the_one_around_it(tmp_path: Path) -> None:
    (tmp_path / "stacks").mkdir()
    folder(tmp_path / "stacks", dev=key())

    assert run(tmp_path)[0] == 0


def test_json_tells_the_same(tmp_path: Path) -> None:
    code, said = run(folder(tmp_path, dev=key(ttl="400d")), "--format", "json")

    [found] = json.loads(said)["findings"]
    assert (code, found["rule"], found["line"]) == (1, "ttl-within-limit", 8)
    assert (ROOT / found["page"]).is_file()


@pytest.mark.parametrize(
    "arguments",
    [("--format", "yaml"), ("--at", "noon"), ("elsewhere",)],
    ids=["a format there is not", "no instant", "no such folder"],
)
def test_bad_usage_ends_with_2(keylife: Command, arguments: tuple[str, ...]) -> None:
    assert keylife("check", *arguments).code == 2


def test_what_cannot_be_read_ends_with_2_and_its_place(keylife: Command, tmp_path: Path) -> None:
    answer = keylife("check", str(folder(tmp_path, dev=key(ttl="0d"))))

    assert (answer.code, "all.yaml:8:10: " in answer.err, answer.out) == (2, True, "")


def test_the_hook_is_one_that_pre_commit_takes() -> None:
    [hook] = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text())

    assert hook["entry"].split() == ["keylife", "check"]
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert hook["always_run"]  # pre-commit passes over a commit that only deletes files


def test_where_there_is_no_project_the_folder_can_be_named(
    keylife: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KEYLIFE_DECLARATIONS", raising=False)
    monkeypatch.chdir(tmp_path)

    answer = keylife("check")

    assert (answer.code, "`keylife check FOLDER`" in answer.err) == (2, True)


def test_a_check_waits_for_nothing_that_it_does_not_use(tmp_path: Path) -> None:
    place = folder(tmp_path, dev=key())
    program = (
        "import sys; from keylife.cli.main import app\n"
        f"sys.argv = ['keylife', 'check', {str(place)!r}, '--format', 'json']\n"
        "try: app()\n"
        "finally: print(*sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    imported = set(done.stdout.splitlines()[-1].split())
    assert "keylife.gates.declared" in imported
    assert imported.isdisjoint(
        {"boto3", "cryptography", "dbos", "hvac", "pulumi", "rich.console", "sqlalchemy", "xml"}
        | {"keylife.cli.sandbox", "keylife.declarations.edit", "keylife.reports.plan"}
    )

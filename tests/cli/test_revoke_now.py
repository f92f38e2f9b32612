"""`keylife revoke --now` and `keylife worker`, on a stack that needs no engine and no cloud."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keylife.store import revocations
from keylife.store.database import open_database
from keylife.store.revocations import Accepted, Settled
from tests.cli.conftest import Command
from tests.cli.emergency import key_in_state, pulumi_script
from tests.store.builders import holding, revocation

FakePulumi = Callable[[str], None]
FULL = "organization/keylife/dev"
BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
WHY = ("--reason", "keyCompromise", "--ref", "INC-7", "--by", "oncall@example.com")


@pytest.fixture(autouse=True)
def fresh_streams() -> None:
    """DBOS goes on with the stream that it logged to first, which pytest has closed since."""
    logging.getLogger("dbos").handlers.clear()


def accepted(project: Path, key: str = "billing-deploy") -> Accepted:
    """The one revocation of a key that the project's store knows."""
    database = open_database(f"sqlite:///{project / '.keylife' / 'store.db'}")
    with database.reading() as connection:
        [found] = revocations.of_key(connection, key)
    database.close()
    return found


@pytest.mark.parametrize("called", ["dev", FULL])
def test_a_kill_stands_in_the_store_with_the_full_name_of_its_stack(
    keylife: Command, project: Path, pulumi: FakePulumi, tmp_path: Path, called: str
) -> None:
    pulumi(pulumi_script(tmp_path, key_in_state("billing-deploy")))

    answer = keylife("revoke", "billing-deploy", "--now", *WHY, "--stack", called)

    assert (answer.code, answer.err) == (0, "")
    assert accepted(project).revocation.stack == FULL
    assert accepted(project).settled is Settled.WEAK
    assert f"stack export --show-secrets --stack {called}" in (tmp_path / "asked").read_text()


def test_a_worker_finds_what_its_stack_has_to_kill_by_any_of_its_names(
    keylife: Command, project: Path, pulumi: FakePulumi, tmp_path: Path
) -> None:
    pulumi(pulumi_script(tmp_path))
    (project / ".keylife").mkdir()
    database = open_database(f"sqlite:///{project / '.keylife' / 'store.db'}")
    out_of_reach = holding("github/acme", system="unsupported", weak="nobody can ask", window=0)
    with database.writing() as connection:
        for id, stack in (("r1", FULL), ("r2", "organization/keylife/prod")):
            asked = revocation(id, key=f"of-{id}", stack=stack, asked=BEFORE)
            revocations.accept(connection, asked, [out_of_reach])
    database.close()

    answer = keylife("worker", "--until-done", "--stack", "dev")

    assert (answer.code, answer.err) == (0, "")
    assert accepted(project, "of-r1").settled is Settled.WEAK
    assert accepted(project, "of-r2").settled is Settled.OPEN, "it is another stack's"

"""A year with the real CLI: on time, late, repeated, and failed half-way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from tests.end_to_end.oracle import Oracle, birth_of, expiry_of
from tests.end_to_end.project import Project
from tests.end_to_end.vault_deployer import VaultDeployer
from tests.end_to_end.watch import Watched, consumers_of, watched_aws, watched_vault

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(3600)]

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
AWS_TTL, VAULT_TTL = 60 * DAY, 90 * DAY


@dataclass
class Year:
    """The project, who deploys it, and who watches."""

    project: Project
    oracle: Oracle
    deployer: VaultDeployer
    aws: Watched
    vault: Watched
    deploys: int = 0

    def day(self, number: int, *, far_too_late: bool = False) -> None:
        """Deploy on a day of the year; consumers work before, during and after."""
        now = NEW_YEAR + number * DAY
        self.project.sandbox.set_clock(now)
        if self.deploys:
            self._look(now, late=far_too_late)
        if self.deploys and not far_too_late:
            with consumers_of(self.aws, self.vault):
                self._deploy(now)
        else:
            self._deploy(now)
        self._look(now)

    def again(self, number: int) -> None:
        """Deploy at the same instant once more: nothing at all is done."""
        answer = self.project.deploy(NEW_YEAR + number * DAY, extra=self.deployer.environment)
        assert set(self.project.steps(answer)) == {"unchanged"}
        self.deploys += 1
        self._look(NEW_YEAR + number * DAY)

    def failing_day(self, number: int, named: str, cause: Callable[[], None]) -> None:
        """Deploy on a day on which the issuer refuses ``named``; consumers notice nothing."""
        now = NEW_YEAR + number * DAY
        self.project.sandbox.set_clock(now)
        cause()
        with consumers_of(self.aws, self.vault):
            answer = self.project.deploy(now, check=False, extra=self.deployer.environment)
        self.deploys += 1
        self.oracle.heal()
        self.deployer.heal()
        assert answer.returncode != 0
        assert f" {named} " in answer.stdout
        self._look(now)

    def _deploy(self, now: datetime) -> None:
        self.project.deploy(now, extra=self.deployer.environment)
        self.deploys += 1

    def _look(self, now: datetime, *, late: bool = False) -> None:
        self.aws.look(now, late=late)
        self.vault.look(now, late=late)


@pytest.fixture
def year(project: Project, oracle: Oracle) -> Year:
    """Both kinds: one rotated every 40 of its 60 days, the other every 60 of its 90."""
    project.declared.aws("billing", ttl="60d", rotate_every="40d", quarantine="5d")
    project.declared.vault("metrics", ttl="90d", rotate_every="60d")
    return Year(
        project,
        oracle,
        VaultDeployer(oracle, project.names.mark),
        watched_aws(project, oracle, "billing", AWS_TTL),
        watched_vault(project, oracle, "metrics", VAULT_TTL),
    )


def test_a_year_of_deploys_never_leaves_consumers_alone_and_never_issues_twice(
    year: Year, long: bool
) -> None:
    oracle, aws, vault = year.oracle, year.aws, year.vault

    def life(key: Watched, number: int) -> tuple[int, int]:
        """The days of a version's birth and expiry, as it says at its issuer."""
        tags = key.born[number]
        return (birth_of(tags) - NEW_YEAR).days, (expiry_of(tags) - NEW_YEAR).days

    year.day(0)
    year.again(0)

    user = f"{aws.key_id}-v2"
    year.failing_day(42, user, lambda: oracle.fail("CreateAccessKey", UserName=user))
    assert aws.created() == {f"{aws.key_id}-v1": 1}
    year.day(45)
    assert life(aws, 2) == (42, 102), "the rerun gained no life"

    token = f"{vault.key_id}-v2"
    year.failing_day(62, token, lambda: year.deployer.refuse_tokens_named([token]))
    year.day(65)
    assert life(vault, 2) == (62, 152), "the rerun gained no life"
    assert vault.budget()["2"] == (152 - 65) * 86400
    year.again(65)

    user = f"{aws.key_id}-v3"
    year.failing_day(
        90, f"{user}-expiry", lambda: oracle.fail("PutUserPolicy", times=9, UserName=user)
    )
    year.day(95)
    assert life(aws, 3) == (90, 150), "the rerun gained no life"

    for number in (130, 170, 210, 255, 290):
        year.day(number)
    year.day(365, far_too_late=True)

    assert year.deploys == 15
    assert aws.created() == {f"{aws.key_id}-v{n}": 1 for n in range(1, 9)}
    assert vault.created() == {f"{vault.key_id}-v{n}": 1 for n in range(1, 7)}
    if long:
        for number in range(366, 730, 7):
            year.day(number)

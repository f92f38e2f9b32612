"""A copy in Secrets Manager is dead when it can be neither read nor restored."""

from __future__ import annotations

import json
from typing import Any

import pytest

from keylife.orphan import Clients
from keylife.systems.holdings import read_copy
from keylife.systems.system import Holding, Verdict
from keylife.systems.table import SYSTEMS
from tests.systems.doing import done, holding
from tests.systems.lossy import Lossy

MANAGER = SYSTEMS["secrets-manager"]


class Secret:
    """A secret as keylife writes it."""

    def __init__(self, clients: Clients, name: str, *values: Any, key: str = "") -> None:
        self.manager = clients.aws("secretsmanager")
        self.key = name
        tags = [{"Key": "keylife:key", "Value": key or name}]
        self.arn = self.manager.create_secret(Name=name, Tags=tags)["ARN"]
        self.value = ""
        for value in values:
            self.value = self.put(value)

    def put(self, value: Any) -> str:
        told = self.manager.put_secret_value(SecretId=self.arn, SecretString=json.dumps(value))
        return str(told["VersionId"])

    def held(
        self, version: int, *, living: str = "", current: int | None = None, **marks: str
    ) -> Holding:
        return holding(
            "secrets-manager",
            self.key,
            version,
            secret=self.arn,
            value=self.value,
            current=str(current or version),
            living=living,
            ending=str(version),
            **{f"mark.{field}": text for field, text in marks.items()},
        )

    def read(self, **which: str) -> Any:
        try:
            told = self.manager.get_secret_value(SecretId=self.arn, **which)
        except self.manager.exceptions.ResourceNotFoundException:
            return None
        return json.loads(told["SecretString"])


def verdict(held: Holding, clients: Clients) -> tuple[Verdict, str]:
    answer = MANAGER.use(held, {}, clients)
    return answer.verdict, answer.said


GONE = (Verdict.REFUSED, "ResourceNotFoundException")


def test_a_key_that_ends_takes_its_secret_with_all_values(clients: Clients, name: str) -> None:
    secret = Secret(clients, name, {"token": "1"}, {"token": "2"})
    current = secret.held(2)
    assert verdict(current, clients) == (Verdict.ACCEPTED, "200: the secret stands")
    assert read_copy(current, clients) == {"token": "2"}

    assert done(current, clients) == {"delete": "deleted, without recovery"}

    assert verdict(current, clients) == GONE
    assert done(current, clients) == {"delete": "no such secret"}
    with pytest.raises(secret.manager.exceptions.ResourceNotFoundException):
        secret.manager.restore_secret(SecretId=secret.arn)
    assert read_copy(current, clients) == {}


def test_a_secret_that_can_be_restored_is_powerless_and_is_deleted_for_good(
    clients: Clients, name: str
) -> None:
    secret = Secret(clients, name, {"token": "1"})
    secret.manager.delete_secret(SecretId=secret.arn, RecoveryWindowInDays=7)
    held = secret.held(1)
    assert verdict(held, clients) == (Verdict.POWERLESS, "200: deleted, and can be restored")

    assert done(held, clients) == {"delete": "deleted, without recovery"}
    assert verdict(held, clients) == GONE


def test_a_successor_stays_and_the_value_behind_it_loses_its_labels(
    clients: Clients, name: str
) -> None:
    secret = Secret(clients, name, {"access_key_id": "AKIA1"}, {"access_key_id": "AKIA2"})
    held = secret.held(1, living="2", current=2, access_key_id="AKIA1")
    stands = (Verdict.ACCEPTED, "200: a value stands behind the current one")
    assert verdict(held, clients) == stands
    assert read_copy(held, clients) == {}

    said = "took 1 labels away; the current value, of another version, stays"
    assert done(held, clients) == {"delete": said}

    assert secret.read(VersionStage="AWSPREVIOUS") is None
    assert secret.read() == {"access_key_id": "AKIA2"}
    assert verdict(held, clients) == (Verdict.POWERLESS, "200: a value without labels stands")
    again = "took 0 labels away; the current value, of another version, stays"
    assert done(held, clients) == {"delete": again}


def test_a_value_that_was_written_since_the_ledger_was_read_stays(
    clients: Clients, name: str
) -> None:
    """It shows nothing but a secret: only that it is another value than the ledger's."""
    secret = Secret(clients, name, {"token": "1"})
    held = secret.held(1, living="2")
    assert read_copy(held, clients) == {"token": "1"}
    secret.put({"token": "2"})

    assert done(held, clients)["delete"].startswith("took 1 labels away")
    assert secret.read() == {"token": "2"}
    assert read_copy(held, clients) == {}


def test_the_value_behind_stays_if_it_shows_that_it_is_another_versions(
    clients: Clients, name: str
) -> None:
    secret = Secret(clients, name, {"access_key_id": "AKIA2"}, {"access_key_id": "AKIA3"})
    held = secret.held(1, living="2 3", current=3, access_key_id="AKIA1")

    done(held, clients)

    assert verdict(held, clients) == (Verdict.REFUSED, "200: none of its values")
    assert secret.read(VersionStage="AWSPREVIOUS") == {"access_key_id": "AKIA2"}


def test_another_keys_secret_is_left_alone(clients: Clients, name: str) -> None:
    secret = Secret(clients, name, {"token": "theirs"}, key="somebody-elses")
    held = secret.held(1)

    assert done(held, clients) == {"delete": "left alone: another key's secret is there"}
    assert verdict(held, clients) == (Verdict.REFUSED, "200: another key's secret")
    assert secret.read() == {"token": "theirs"}
    assert read_copy(held, clients) == {}


def test_a_deletion_whose_answer_is_lost_is_done_again(
    through_aws_way: Clients, aws_way: Lossy, name: str
) -> None:
    secret = Secret(through_aws_way, name, {"token": "1"})
    held = secret.held(1)
    aws_way.loses = lambda method, path, body: b"ForceDelete" in body

    with pytest.raises(Exception, match="Connection"):
        done(held, through_aws_way)
    assert len(aws_way.lost) == 1

    assert done(held, through_aws_way) == {"delete": "no such secret"}
    assert verdict(held, through_aws_way) == GONE


def test_nobody_there_is_no_refusal(
    clients: Clients, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Secret(clients, name, {"token": "1"}).held(1)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    assert verdict(held, Clients()) == (Verdict.UNCLEAR, "EndpointConnectionError")


def test_a_secrets_replicas_go_first(clients: Clients, name: str) -> None:
    secret = Secret(clients, name, {"token": "1"})
    secret.manager.replicate_secret_to_regions(
        SecretId=secret.arn, AddReplicaRegions=[{"Region": "eu-west-1"}]
    )
    held = secret.held(1)

    assert done(held, clients) == {"delete": "deleted, without recovery"}
    assert verdict(held, clients) == GONE

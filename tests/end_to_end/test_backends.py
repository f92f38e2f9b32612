"""Another backend and another secrets provider than the sandbox's: S3, and Vault's transit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keylife.sandbox.lifecycle import Sandbox
from keylife.sandbox.process import within
from tests.conftest import LONG
from tests.end_to_end.oracle import Answer, Oracle
from tests.end_to_end.project import Project
from tests.s3 import Bucket, running_s3

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
WORKS = Answer(authenticates=True, may=True)
STATES, OTHER = "keylife-states", "another-key"


class InS3(Project):
    """A project whose states are in a bucket, encrypted by a key of Vault's."""

    init_options = ("--secrets-provider", f"hashivault://{STATES}")

    def __init__(self, folder: Path, sandbox: Sandbox, stack: str, bucket: Bucket) -> None:
        super().__init__(folder, sandbox, stack)
        self._bucket = bucket

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """As any project's, without a passphrase."""
        told = super().environment(extra)
        told.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
        return {**told, "PULUMI_BACKEND_URL": self._bucket.backend}


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with running_s3() as found:
        yield found


@pytest.fixture
def project(sandbox: Sandbox, oracle: Oracle, bucket: Bucket, tmp_path: Path) -> Iterator[InS3]:
    oracle.vault.sys.enable_secrets_engine("transit")
    for name in (STATES, OTHER):
        oracle.vault.secrets.transit.create_key(name)
    project = InS3(tmp_path / "repository", sandbox, "in-s3", bucket)
    project.create()
    yield project
    project.end_processes()
    oracle.heal()
    sandbox.set_clock(None)
    oracle.vault.sys.disable_secrets_engine("transit")


@pytest.mark.parametrize("killed", [False, *([True] if LONG else [])])
def test_a_stack_in_s3_is_locked_and_holds_no_secret_in_the_clear(
    *, project: InS3, bucket: Bucket, oracle: Oracle, killed: bool
) -> None:
    billing = project.declared.aws("billing")["id"]
    with _in_flight(project, oracle, billing):
        meanwhile = project.deploy(NOON, check=False)

        assert meanwhile.returncode != 0
        assert "the stack is currently locked" in meanwhile.stdout + meanwhile.stderr
        assert _locks(bucket)
        if killed:
            project.end_processes()

    if killed:
        assert _locks(bucket)
        assert "lifted the lock" in project.keylife("recover").stdout
        assert oracle.live_access_keys(billing) == []
        project.deploy(NOON)
    assert not _locks(bucket)
    assert oracle.created_access_keys(billing).total() == 1 + killed
    assert oracle.live_access_keys(billing) == [f"{billing}-v1"]
    copy = oracle.kv(project.names.path("billing"))
    assert copy is not None and oracle.aws_answers(copy.secret) == WORKS
    secret = copy.secret["secret_access_key"].encode()
    assert not any(secret in content for content in bucket.objects().values())
    state = project.state()

    settings = project.stacks / "Pulumi.in-s3.yaml"
    right = settings.read_text()
    settings.write_text(right.replace(STATES, OTHER))
    refused = project.deploy(NOON, check=False)
    settings.write_text(right)

    assert refused.returncode != 0
    assert "message authentication failed" in refused.stdout + refused.stderr
    assert project.state() == state


@contextmanager
def _in_flight(project: InS3, oracle: Oracle, key_id: str) -> Iterator[None]:
    """A deploy that waits for AWS to say that it made the key; afterwards it gets its answer."""
    project.write()
    oracle.fail("CreateAccessKey", "held", UserName=f"{key_id}-v1")
    running = project.start("up", "--yes", "--skip-preview", *project.at(NOON))
    try:
        assert within(90, lambda: bool(oracle.created_access_keys(key_id)))
        yield
    finally:
        oracle.heal()
        running.communicate(timeout=120)


def _locks(bucket: Bucket) -> list[str]:
    return [name for name in bucket.objects() if name.startswith(".pulumi/locks/")]

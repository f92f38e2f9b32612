"""What fails at an issuer, or on the way to it: a clear error, nothing lost, nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hvac
import pytest

from keylife.sandbox import openbao
from keylife.sandbox.loopback import address
from keylife.sandbox.process import within
from tests.end_to_end.gates import AFTER, BEFORE, Point
from tests.end_to_end.interruptions import Interrupted, interrupted
from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import Project

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]

CREATE_KEY = Point("iam CreateAccessKey billing-v1", 1, AFTER)
CREATE_TOKEN = Point("vault write auth/token/create metrics-v1", 1, AFTER)
DOOMED_TOKEN = Point("vault write auth/token/create doomed-v1", 1, AFTER)
FIRST_COPY = Point("vault write secret/data/mark/metrics", 1, AFTER)
CREATE_SECRET = Point("secretsmanager CreateSecret mark/billing", 1, AFTER)


@pytest.fixture
def about(project: Project, oracle: Oracle) -> Iterator[Interrupted]:
    names = project.names
    with interrupted(project, oracle) as about:
        about.gate.names = {
            **{names.id(word): word for word in ("billing", "metrics", "doomed")},
            names.mark: "mark",
        }
        yield about
    oracle.heal()


def failing(about: Interrupted, *told: str, **faults: object) -> None:
    """Deploy through the gate; it fails and says this."""
    about.gate.begin(**faults)  # type: ignore[arg-type]
    answer = about.project.deploy(about.now, "--continue-on-error", check=False, extra=about.gated)
    assert answer.returncode == 255
    for text in told:
        assert text in answer.stdout, answer.stdout


def one_of_each(about: Interrupted) -> None:
    """Assert that exactly the first version of both keys lives, and serves."""
    oracle, names = about.oracle, about.project.names
    assert oracle.live_access_keys(names.id("billing")) == [f"{names.id('billing')}-v1"]
    assert len(oracle.vault_versions(names.id("metrics"))) == 1
    for word, use in (("billing", oracle.aws_answers), ("metrics", oracle.vault_answers)):
        copy = oracle.kv(names.path(word))
        assert copy is not None and use(copy.secret)
    again = about.project.deploy(about.now)
    assert set(about.project.steps(again)) == {"unchanged"}


def test_an_answer_that_is_lost_leaves_no_orphan_and_no_duplicate(about: Interrupted) -> None:
    oracle, names = about.oracle, about.project.names
    about.project.declared.aws("billing")
    about.project.declared.vault("metrics")
    doomed = about.project.declared.vault("doomed")

    failing(about, "billing", lose=[CREATE_KEY, CREATE_TOKEN, DOOMED_TOKEN])
    assert about.project.export().get("pending_operations", []) == []
    assert about.project.resources("vault:index/token:Token") == []
    assert len(oracle.vault_versions(names.id("doomed"))) == 1, "nobody's, and alive"

    # One of them is revoked before it was ever finished: it is not just forgotten.
    doomed["revoked"] = {
        "at": "2027-03-01T12:00:00Z",
        "reason": "cessationOfOperation",
        "by": "oncall@example.com",
        "ref": "PAY-812",
    }
    failing(about, "billing", lose=[FIRST_COPY, CREATE_SECRET])
    assert oracle.vault_versions(names.id("doomed")) == {}

    about.project.deploy(about.now)

    one_of_each(about)
    assert oracle.created_access_keys(names.id("billing")).total() == 2
    assert oracle.created_tokens(names.id("metrics")).total() == 2
    for word in ("billing", "metrics", "doomed"):
        assert ("orphan ended", 1) in about.history(names.id(word))


def test_throttling_and_a_cut_network_fail_clearly_and_the_rerun_converges(
    about: Interrupted,
) -> None:
    about.project.declared.aws("billing")
    about.project.declared.vault("metrics")

    about.oracle.fail("CreateAccessKey", "throttle")
    failing(about, "Throttling", "creating IAM Access Key")
    about.oracle.heal()
    failing(about, "error", cut=Point("vault write secret/data/mark/billing", 1, BEFORE))
    about.gate.begin()
    about.project.deploy(about.now)

    one_of_each(about)
    assert about.oracle.created_access_keys(about.project.names.id("billing")).total() == 1


def test_two_runs_at_once(about: Interrupted) -> None:
    project = about.project
    project.declared.aws("billing")
    project.declared.vault("metrics")
    project.write()
    about.gate.begin(hold=CREATE_KEY)
    first = project.start(
        "up", "--yes", "--skip-preview", *project.at(about.now), extra=about.gated
    )
    assert about.gate.held.wait(90)
    try:
        second = project.deploy(about.now, check=False)
        assert second.returncode == 255
        assert f"(pid {first.pid})" in second.stdout + second.stderr

        recovering = project.keylife("recover", check=False)
        assert recovering.returncode == 1
        assert f"process {first.pid}" in recovering.stderr
        assert "is at work" in recovering.stderr

        planned = project.keylife("plan", "--at", "2027-03-01T12:00:00Z", check=False)
        assert planned.returncode == 1
        assert "or says that the run is still at work" in planned.stderr
    finally:
        about.gate.release()
        out, err = first.communicate(timeout=120)
    assert first.returncode == 0, out + err

    assert project.keylife("recover").stdout == "nothing is pending\nnext: pulumi up\n"
    one_of_each(about)
    assert about.oracle.created_access_keys(project.names.id("billing")).total() == 1


@pytest.fixture
def sealable(tmp_path: Path) -> Iterator[tuple[hvac.Client, str]]:
    """A Vault of the test's own, and what unseals it."""
    port = openbao.free_port()
    process = openbao.launch(tmp_path, tmp_path, port)
    try:
        client = hvac.Client(address(port))
        assert within(30, lambda: _answers(client))
        made = client.sys.initialize(secret_shares=1, secret_threshold=1)
        client.sys.submit_unseal_key(made["keys"][0])
        client.token = made["root_token"]
        assert within(30, lambda: client.sys.read_health_status().status_code == 200)
        client.sys.enable_secrets_engine("kv", "secret", options={"version": "2"})
        for name, text in openbao.POLICIES.items():
            client.sys.create_or_update_policy(name, text)
        yield client, made["keys"][0]
    finally:
        process.stop()


def _answers(client: hvac.Client) -> bool:
    try:
        return bool(client.sys.read_seal_status())
    except OSError:
        return False


def test_a_sealed_vault_fails_clearly_and_the_rerun_converges(
    project: Project, sealable: tuple[hvac.Client, str]
) -> None:
    vault, key = sealable
    there = {"VAULT_ADDR": vault.url, "VAULT_TOKEN": vault.token}
    project.declared.vault("metrics")
    now = Interrupted.now
    project.deploy(now, extra=there)
    project.declared.vault("later")
    before = project.state()

    vault.sys.seal()
    sealed = project.deploy(now, check=False, extra=there)
    assert sealed.returncode == 255
    assert "Vault is sealed" in sealed.stdout
    again = project.python(
        "-c", "from keylife.cli.main import run; run()", "recover", check=False, extra=there
    )
    assert again.returncode == 1
    assert "Vault is sealed" in again.stderr, again.stderr

    vault.sys.submit_unseal_key(key)
    after = project.state()["resources"]
    assert {urn: after[urn] for urn in before["resources"]} == before["resources"]
    project.deploy(now, extra=there)
    living = [vault.auth.token.lookup_accessor(one)["data"] for one in _accessors(vault)]
    keys = sorted((token["meta"] or {}).get("keylife-key", "") for token in living)
    assert keys[-2:] == sorted(project.names.id(word) for word in ("later", "metrics"))


def _accessors(vault: hvac.Client) -> list[str]:
    found: list[str] = vault.auth.token.list_accessors()["data"]["keys"]
    return found

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

import pytest

from keylife.compliance import catalogue as catalogue_module
from keylife.compliance.catalogue import CatalogueError
from keylife.compliance.credential import (
    Absence,
    Component,
    Credential,
    ExpiresAfter,
    ExpiresAt,
    ExpiryJudgedElsewhere,
    ExpiryUnknown,
    Heir,
    LedgerUnknown,
    NeverExpires,
    Role,
    Subject,
)
from keylife.compliance.describe import Surroundings, describe
from keylife.compliance.resource import Resource
from keylife.compliance.tokens import CURRENT, MANAGED_KEY, REVOCATION, VERSION
from keylife.compliance.unknown import UNKNOWN
from keylife.model.instant import format_instant
from keylife.model.ledger import Ledger
from tests.compliance.builders import KEY_INPUTS as KEY
from tests.compliance.builders import record, version

TOKEN = "vault:index/token:Token"
ACCESS_KEY = "aws:iam/accessKey:AccessKey"
V1 = version(1)
LEDGER = Ledger(keys={"billing-deploy": record(V1)})


def no_ledger() -> NoReturn:
    raise AssertionError("the ledger is of keylife's own resources only")


def described(
    chain: str, inputs: dict[str, Any], name: str = "billing-deploy", **options: Any
) -> tuple[Subject, ...]:
    resource = Resource(
        f"urn:pulumi:dev::p::{chain}::{name}", chain.rsplit("$", maxsplit=1)[-1], inputs, **options
    )
    own = resource.type.startswith("keylife:")
    return describe(resource, Surroundings(ledger=(lambda: LEDGER) if own else no_ledger))


def credential(subjects: tuple[Subject, ...]) -> Credential:
    [found] = [s for s in subjects if isinstance(s, Credential)]
    return found


def component(subjects: tuple[Subject, ...]) -> Component:
    [found] = [s for s in subjects if isinstance(s, Component)]
    return found


VERSION_1 = {
    "key": "billing-deploy",
    "version": 1,
    "birth": format_instant(V1.birth),
    "expiry": format_instant(V1.expiry),
}


@pytest.mark.parametrize(
    "type_token",
    [
        "pulumi:pulumi:Stack",
        "pulumi:providers:aws",
        "pulumi:providers:vault",
        "aws:s3/bucket:Bucket",
        "aws:iam/user:User",
        "vault:kv/secretV2:SecretV2",
        "my:pkg:Component",
    ],
)
def test_what_mints_nothing_is_no_credential(type_token: str) -> None:
    assert described(type_token, {"ttl": "0", "token": "x"}) == ()


def test_a_raw_credential_is_described_by_its_own_inputs() -> None:
    token = credential(
        described(TOKEN, {"ttl": "1h", "metadata": {"owner": "a", "service": "b"}}, provider={})
    )

    assert (token.role, token.managed) == (Role.CREDENTIAL, False)
    assert token.expiry == ExpiresAfter(timedelta(hours=1))
    assert (token.owner, token.service) == ("a", "b")


def test_a_life_that_only_the_issuer_knows_can_be_stated_but_not_invented() -> None:
    login, key = "vault:appRole/authBackendLogin:AuthBackendLogin", ACCESS_KEY
    around = Surroundings(
        ledger=no_ledger,
        issuer_lives={login: timedelta(hours=1), key: timedelta(hours=1)},
    )
    ends = [
        credential(describe(Resource(f"urn:pulumi:dev::p::{t}::n", t, {}), around)).expiry
        for t in (login, key)
    ]

    assert ends[0] == ExpiresAfter(timedelta(hours=1))
    assert isinstance(ends[1], NeverExpires)


@pytest.mark.parametrize(
    ("chain", "managed"),
    [
        pytest.param(f"{MANAGED_KEY}${VERSION}${ACCESS_KEY}", True, id="below a version"),
        pytest.param(
            f"my:p:Team${MANAGED_KEY}${VERSION}${ACCESS_KEY}", True, id="in a component of a team"
        ),
        pytest.param(
            f"{MANAGED_KEY}${VERSION}$my:p:Q${ACCESS_KEY}", True, id="deep below a version"
        ),
        pytest.param(ACCESS_KEY, False, id="at the top"),
        pytest.param(f"{MANAGED_KEY}${ACCESS_KEY}", False, id="below a key without a version"),
        pytest.param(f"{VERSION}${ACCESS_KEY}", False, id="below a version without a key"),
        pytest.param(f"{VERSION}${MANAGED_KEY}${ACCESS_KEY}", False, id="the wrong way round"),
    ],
)
def test_only_a_version_of_a_key_answers_for_a_credential(chain: str, managed: bool) -> None:
    found = credential(described(chain, {"user": UNKNOWN}, provider={}))

    assert found.managed is managed
    assert isinstance(found.expiry, ExpiryJudgedElsewhere) is managed


def test_a_name_cannot_pretend_to_be_a_type() -> None:
    name = f"x::{MANAGED_KEY}${VERSION}${ACCESS_KEY}::y"

    assert credential(described(ACCESS_KEY, {}, name=name, provider={})).managed is False


def test_a_managed_key_is_a_credential_and_a_component() -> None:
    subjects = described(MANAGED_KEY, KEY)

    assert credential(subjects).expiry == ExpiresAfter(timedelta(days=30))
    assert credential(subjects).kind == component(subjects).kind == "aws-access-key"
    assert component(subjects).past == LEDGER.keys["billing-deploy"]


@pytest.mark.parametrize(
    ("ttl", "expected"),
    [
        (UNKNOWN, ExpiryUnknown),
        (None, NeverExpires),
        ("0s", NeverExpires),
        ("30", ExpiryUnknown),
        (30, ExpiryUnknown),
        ("-30d", ExpiryUnknown),
        ("10000d", ExpiryUnknown),
    ],
)
def test_a_declared_ttl_is_a_literal_span(ttl: object, expected: type) -> None:
    found = credential(described(MANAGED_KEY, {**KEY, "ttl": ttl}))

    assert isinstance(found.expiry, expected)


def test_a_key_that_is_being_revoked_is_not_held_up() -> None:
    subjects = described(MANAGED_KEY, {**KEY, "deliver": []})

    assert component(subjects).ending
    assert [s for s in subjects if isinstance(s, Credential)] == []


def test_a_key_that_was_revoked_is_judged_by_its_past_alone() -> None:
    past = Ledger(keys={"billing-deploy": record(V1, revoked=True)})
    resource = Resource(f"urn:pulumi:dev::p::{MANAGED_KEY}::k", MANAGED_KEY, KEY)

    [found] = describe(resource, Surroundings(ledger=lambda: past))

    assert isinstance(found, Component)


@pytest.mark.parametrize("deliver", [UNKNOWN, None, "", [UNKNOWN], ["vault-kv secret/x"]])
def test_a_key_that_is_not_seen_to_end_is_judged(deliver: object) -> None:
    assert credential(described(MANAGED_KEY, {**KEY, "deliver": deliver})) is not None


def test_a_version_has_birth_and_expiry_and_its_place_in_the_ledger() -> None:
    subjects = described(f"{MANAGED_KEY}${VERSION}", VERSION_1)

    assert credential(subjects).birth == V1.birth
    assert credential(subjects).expiry == ExpiresAt(V1.expiry)
    assert credential(subjects).recorded
    assert component(subjects).recorded_version == V1


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({"expiry": "2036-01-01T00:00:00Z"}, ExpiresAt, id="a stretched life"),
        pytest.param({"birth": "2026-11-23T00:00:00Z"}, ExpiresAt, id="a later birth"),
        pytest.param({"version": 2.0}, ExpiresAt, id="another number"),
        pytest.param({"expiry": UNKNOWN}, ExpiryUnknown, id="a computed end"),
        pytest.param({"birth": UNKNOWN}, ExpiryUnknown, id="a computed birth"),
        pytest.param({"birth": None}, NeverExpires, id="no birth"),
        pytest.param({"expiry": None}, NeverExpires, id="no end"),
        pytest.param({"expiry": "soon"}, ExpiryUnknown, id="an end that is none"),
    ],
)
def test_a_version_that_differs_from_the_ledger_is_a_new_one(
    changed: dict[str, Any], expected: type
) -> None:
    found = credential(described(f"{MANAGED_KEY}${VERSION}", {**VERSION_1, **changed}))

    assert not found.recorded
    assert isinstance(found.expiry, expected)


@pytest.mark.parametrize("type_token", [CURRENT, REVOCATION])
def test_the_others_are_components_only(type_token: str) -> None:
    [found] = described(type_token, {"key": "billing-deploy"}, protected=True, aliases=("u",))

    assert isinstance(found, Component)
    assert (found.protected, found.aliased) == (True, True)
    assert found.past == LEDGER.keys["billing-deploy"]


def test_an_id_that_is_computed_has_no_past_and_says_so() -> None:
    assert component(described(MANAGED_KEY, {**KEY, "id": UNKNOWN})).key is Absence.COMPUTED


def test_an_unreadable_ledger_is_told() -> None:
    unknown = LedgerUnknown("no CLI")
    resource = Resource(f"urn:pulumi:dev::p::{MANAGED_KEY}::k", MANAGED_KEY, KEY)

    assert component(describe(resource, Surroundings(ledger=lambda: unknown))).past is unknown


def test_an_empty_catalogue_describes_nothing_as_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "keylife.compliance.describe.catalogue", lambda: catalogue_module.parse_catalogue("")
    )
    with pytest.raises(CatalogueError):
        described("aws:s3/bucket:Bucket", {})


def test_what_existed_before_is_judged_from_its_adoption() -> None:
    long_ago = {"birth": "2020-01-01T00:00:00Z", "adopted": "2026-11-23T00:00:00Z"}
    chain = f"{MANAGED_KEY}${VERSION}"

    found = credential(described(chain, {**VERSION_1, **long_ago}))

    assert found.birth == datetime(2026, 11, 23, tzinfo=UTC)
    assert not found.recorded
    unknown = credential(described(chain, {**VERSION_1, **long_ago, "adopted": UNKNOWN}))
    assert isinstance(unknown.expiry, ExpiryUnknown)


def test_a_keys_credential_tells_what_of_another_keys_it_takes_over() -> None:
    chain = f"{MANAGED_KEY}${VERSION}$aws:iam/accessKey:AccessKey"
    plain = "urn:pulumi:dev::p::aws:iam/accessKey:AccessKey::ci-key"
    held = f"urn:pulumi:dev::p::{chain}::old-v1"

    [found] = described(chain, {}, aliases=(plain, held))

    assert isinstance(found, Credential)
    assert found.takes_over == (held,)


HELD = f"urn:pulumi:dev::p::{MANAGED_KEY}${VERSION}${TOKEN}::old-v1"


def test_a_credential_of_a_plain_program_tells_it_too() -> None:
    found = credential(described(TOKEN, {"ttl": "1h"}, provider={}, aliases=(HELD,)))

    assert found.takes_over == (HELD,)


def test_what_might_have_minted_something_tells_it_too() -> None:
    [found] = described("kubernetes:core/v1:Secret", {}, provider={}, aliases=(HELD,))

    assert isinstance(found, Heir)
    assert found.takes_over == (HELD,)


def test_a_dynamic_resource_of_any_name_may_mint_anything() -> None:
    found = credential(described("pulumi-python:dynamic/acme:Thing", {"a": 1}, provider={}))

    assert isinstance(found.expiry, ExpiryUnknown)
    assert found.type == "pulumi-python:dynamic/acme:Thing"


@pytest.mark.parametrize(
    "stated", ["pulumi-python:dynamic/acme:Thing", "pulumi-python:dynamic:Resource"]
)
def test_how_long_a_dynamic_resource_lives_is_stated_for_it_or_for_all(stated: str) -> None:
    token = "pulumi-python:dynamic/acme:Thing"
    around = Surroundings(ledger=no_ledger, issuer_lives={stated: timedelta(hours=1)})
    found = credential(describe(Resource(f"urn:pulumi:dev::p::{token}::n", token, {}), around))

    assert found.expiry == ExpiresAfter(timedelta(hours=1))

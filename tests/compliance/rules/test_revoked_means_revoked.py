from __future__ import annotations

from datetime import timedelta

import pytest

from keylife.compliance.credential import Component, Objection, Party, Role
from keylife.compliance.options import Options
from keylife.compliance.population import Population
from keylife.compliance.tokens import REVOCATION
from tests.compliance.builders import NOON, component, credential, key, violations, warnings

RULE = "revoked-means-revoked"


def knowing(
    *components: Component, revoked: str | None = None, complete: bool = True
) -> Population:
    population = Population()
    population.complete = complete
    for noted in components:
        population.note(noted)
    if revoked:
        population.note_revoked(revoked, "revoked 2026-11-20T09:30:00Z")
    return population


OBJECT = component(type=REVOCATION, protected=True)


@pytest.mark.parametrize(
    ("population", "refused"),
    [
        pytest.param(knowing(), True, id="forgotten"),
        pytest.param(knowing(OBJECT), False, id="with its revocation"),
        pytest.param(knowing(revoked="billing-deploy"), False, id="revoked before"),
        pytest.param(knowing(revoked="another"), True, id="another one is revoked"),
        pytest.param(
            knowing(component(type=REVOCATION, deleted=True)), True, id="its revocation goes, too"
        ),
    ],
)
def test_a_key_is_deleted_by_its_revocation_only(population: Population, refused: bool) -> None:
    assert bool(violations(RULE, key(deleted=True), population=population)) is refused
    assert violations(RULE, key(), population=population) == []


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        pytest.param({}, False, id="its deletion revokes it"),
        pytest.param({"deletion": Objection("unheard", "say so")}, True, id="it does not"),
        pytest.param({"options": Options(retain_on_delete=True)}, True, id="it is kept alive"),
        pytest.param({"options": Options(retain_on_delete=False)}, False, id="it is not kept"),
    ],
)
def test_a_credential_that_is_deleted_is_dead(facts: dict[str, object], refused: bool) -> None:
    assert bool(violations(RULE, credential(deleted=True, **facts))) is refused
    assert violations(RULE, credential(**facts)) == []


def test_a_version_that_is_kept_alive_is_refused_too() -> None:
    kept = key(role=Role.VERSION, deleted=True, options=Options(retain_on_delete=True))

    assert violations(RULE, kept) != []
    assert violations(RULE, key(role=Role.VERSION, deleted=True)) == [], "a rotation's end"


def test_a_revocation_is_never_deleted() -> None:
    assert violations(RULE, component(type=REVOCATION, protected=True, deleted=True)) != []
    assert violations(RULE, OBJECT) == []


@pytest.mark.parametrize(
    ("population", "refused"),
    [
        pytest.param(knowing(), True, id="all is seen and it is not there"),
        pytest.param(knowing(OBJECT), False, id="it is there"),
        pytest.param(knowing(complete=False), False, id="it may come yet"),
    ],
)
def test_a_key_that_ends_has_its_revocation(population: Population, refused: bool) -> None:
    assert bool(violations(RULE, component(ending=True), population=population)) is refused
    assert violations(RULE, component(), population=population) == []


@pytest.mark.parametrize("word", ["service", "owner"])
def test_who_goes_leaves_no_key_behind(word: str) -> None:
    gone = Party(f"{word} x", word, "x", NOON, ("dev/a", "dev/b"))
    soon = Party(f"{word} x", word, "x", NOON + timedelta(seconds=1), ("dev/a",))
    clean = Party(f"{word} x", word, "x", NOON, ())

    [message] = violations(RULE, gone)
    assert "2 of its keys have no tombstone: dev/a, dev/b" in message
    assert (violations(RULE, soon), len(warnings(RULE, soon))) == ([], 1)
    assert violations(RULE, clean) == []

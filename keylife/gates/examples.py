"""The examples of the rules' pages: little stacks, written down, that are really judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from keylife.compliance.context import Registry
from keylife.compliance.credential import Life, Subject
from keylife.compliance.declared import describe_key, gone_parties
from keylife.compliance.describe import Surroundings, describe
from keylife.compliance.judgement import judge_all
from keylife.compliance.options import Options
from keylife.compliance.past import note_tombstones
from keylife.compliance.population import Population
from keylife.compliance.resource import Resource
from keylife.compliance.settings import settings_of
from keylife.compliance.verdict import Verdict
from keylife.declarations.document import Document
from keylife.model.configuration import Configuration
from keylife.model.instant import parse_instant
from keylife.model.key import Key
from keylife.model.ledger import Ledger
from keylife.model.registry import Owner, Service

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)
"""The instant that all examples are judged at."""

REGISTRY: Mapping[str, list[dict[str, str]]] = {
    "services": [
        {"id": "billing", "description": "bills"},
        {
            "id": "fax",
            "description": "faxes",
            "status": "retired",
            "since": "2026-06-01T00:00:00Z",
        },
    ],
    "owners": [
        {"id": "team-payments", "contact": "payments@example.com"},
        {
            "id": "team-fax",
            "contact": "fax@example.com",
            "status": "departed",
            "since": "2026-06-01T00:00:00Z",
        },
    ],
}
"""The services and owners of an example that declares none itself."""


def judge_example(text: str) -> Verdict:
    """Judge an example by all rules.

    Args:
        text: YAML with any of ``stacks`` (declared keys, by stack), ``resources`` (as a program
            registers them), ``services``, ``owners`` and ``keylife.yaml``.
    """
    document = Document(Path("example.yaml"), Path("example.yaml"), text)
    if document.troubles:
        raise ValueError(document.troubles[0].what)
    said: Mapping[str, Any] = document.value
    registry = Registry(
        services={s.id: s for s in map(Service.model_validate, _declared(said, "services"))},
        owners={o.id: o for o in map(Owner.model_validate, _declared(said, "owners"))},
    )
    keys = [
        (stack, Key.model_validate(key))
        for stack, listed in said.get("stacks", {}).items()
        for key in listed
    ]
    population = Population()
    note_tombstones(population, (key for _, key in keys))
    subjects: list[Subject] = [s for stack, key in keys for s in describe_key(stack, key)]
    subjects += gone_parties(registry, keys)
    subjects += _resources(said.get("resources", []))
    return judge_all(
        subjects,
        at=AT,
        registry=registry,
        settings=settings_of(Configuration.model_validate(said.get("keylife.yaml", {}))),
        population=population,
    )


def _declared(said: Mapping[str, Any], name: str) -> list[Any]:
    declared: list[Any] = said.get(name, REGISTRY[name])
    return declared


def _resources(listed: list[Mapping[str, Any]]) -> Iterator[Subject]:
    around = Surroundings(ledger=Ledger)
    for said in listed:
        options = said.get("options", {})
        state = said.get("state")
        resource = Resource(
            urn=f"urn:pulumi:dev::project::{said['type']}::{said['name']}",
            type=said["type"].rpartition("$")[2],
            inputs=said.get("properties", {}),
            provider={},
            aliases=tuple(options.get("aliases", ())),
            protected=options.get("protect", False),
            options=Options(
                retain_on_delete=options.get("retainOnDelete", False),
                delete_before_replace=options.get("deleteBeforeReplace", False),
                ignore_changes=tuple(options.get("ignoreChanges", ())),
                imported="import" in options,
                protected=options.get("protect", False),
                secret_outputs=tuple(options.get("additionalSecretOutputs", ())),
            ),
            was=None if state is None else Life(*(parse_instant(state[n]) for n in _LIFE)),
            deleted=said.get("change") == "delete",
        )
        yield from describe(resource, around)


_LIFE = ("created", "expires")

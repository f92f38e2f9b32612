"""Which keys are looked for, and whether what a key began with still stands."""

from __future__ import annotations

from typing import Any

import pytest

from keylife.rebuild.survey import is_looked_for, survey
from tests.program.declared import key
from tests.rebuild.searches import BORN, record
from tests.rebuild.test_versions_aws import Users

BESIDES = [{"kubernetes-secret": {"namespace": "shop", "name": "billing"}}]


@pytest.mark.parametrize(
    ("kind", "by_store", "looked_for"),
    [
        ("aws-access-key", False, True),
        ("vault-pki-certificate", False, False),
        ("vault-pki-certificate", True, True),
        ("generated", False, False),
        ("generated", True, True),
        ("aws-user-access-key", True, False),
        ("of-another-package", True, False),
    ],
)
def test_which_kinds_are_looked_for(kind: str, by_store: bool, looked_for: bool) -> None:
    declared = key().model_copy(update={"kind": kind})

    assert is_looked_for(declared, {"billing"} if by_store else ()) == looked_for


@pytest.mark.parametrize("keys", [0, 1])
def test_whether_an_imported_access_key_still_stands(keys: int) -> None:
    imported = {
        "created": "2026-01-01T00:00:00Z",
        "credential": {"access_key": "AKIAEXAMPLE000000000", "user": "ci"},
    }

    class Keys(Users):
        def list_access_keys(self, **_: str) -> Any:
            found = [{"AccessKeyId": "AKIAEXAMPLE000000000", "Status": "Active"}]
            return {"AccessKeyMetadata": found * keys}

    declared = key(deliver=BESIDES, imported=imported)
    kept = record("aws-access-key", BORN)
    [born] = kept.versions
    adopted = born.model_copy(update={"adopted": BORN})

    def gone(version: Any) -> frozenset[str]:
        remembered = {"billing": kept.model_copy(update={"versions": (version,)})}
        return survey([declared], lambda _target: Keys(), remembered).imports_gone

    assert gone(born) == frozenset()
    assert gone(adopted) == (frozenset() if keys else {"billing"})


def test_what_was_drawn_is_there_as_far_as_the_store_remembers() -> None:
    declared = key(kind="generated", scope={"accepted_by": "a shop"}, deliver=BESIDES)

    found = survey([declared], lambda _target: Users(), {"billing": record("generated", BORN)})

    assert [version.name for version in found.versions] == ["billing-v1"]

from __future__ import annotations

from pathlib import Path

import pytest

from keylife.compliance.context import Registry, RegistryUnknown
from keylife.gates.registry import load_registry

SERVICES = "services:\n  - id: billing\n    description: bills\n"
OWNERS = "owners:\n  - id: team\n    contact: team@example.com\n"


def test_two_files_make_a_registry(tmp_path: Path) -> None:
    (tmp_path / "services.yaml").write_text(SERVICES)
    (tmp_path / "owners.yaml").write_text(OWNERS)

    known = load_registry(tmp_path)

    assert isinstance(known, Registry)
    assert (set(known.services), set(known.owners)) == ({"billing"}, {"team"})


@pytest.mark.parametrize(
    ("services", "owners"),
    [
        pytest.param(None, OWNERS, id="no services"),
        pytest.param(SERVICES, None, id="no owners"),
        pytest.param("services: [", OWNERS, id="no YAML"),
        pytest.param("", OWNERS, id="an empty file"),
        pytest.param(SERVICES + SERVICES, OWNERS, id="a heading twice"),
        pytest.param(SERVICES + SERVICES.removeprefix("services:\n"), OWNERS, id="an id twice"),
        pytest.param(SERVICES.replace("bills", "{}"), OWNERS, id="another form"),
    ],
)
def test_a_registry_with_a_fault_is_unknown(
    tmp_path: Path, services: str | None, owners: str | None
) -> None:
    for name, text in (("services", services), ("owners", owners)):
        if text is not None:
            (tmp_path / f"{name}.yaml").write_text(text)

    assert isinstance(load_registry(tmp_path), RegistryUnknown)

"""The systems by name and by resource type; another package's are found like keylife's own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from keylife.deliveries import DELIVERIES
from keylife.extensions import ExtensionError
from keylife.kinds import KINDS
from keylife.systems.holdings import holdings_of
from keylife.systems.system import System
from keylife.systems.table import SYSTEMS, system_of
from tests.program.states import resource, state

OF_NOBODY = {
    "github:index/actionsSecret:ActionsSecret",
    "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret",
    "kubernetes:core/v1:Secret",
}
"""Copies that keylife has no client for."""

ACME = """
    from keylife.systems.state import issued
    from keylife.systems.system import Answer, Step, Verdict


    class AcmeDoor:
        name = "acme-door"
        types = frozenset({"acme:index:Badge"})
        issues = True
        steps = (Step("block", lambda holding, clients: "blocked"),)

        def holdings(self, resource, around):
            about = {"identity": resource["id"], "facts": {}, "window": 2}
            return issued("acme-door", resource, around, **about)

        def material(self, resource):
            return {}

        def mark(self, resource):
            return {}

        def use(self, holding, material, clients):
            return Answer(Verdict.REFUSED, "no entry")

        def look(self, holding, clients):
            return Answer(Verdict.REFUSED, "no entry")
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path with an entry point in it, as pip would put it there."""
    about = tmp_path / "acme_keylife-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-keylife\nVersion: 1.2\n")
    points = "[keylife.systems]\nacme-door = acme_door_of_the_tests:AcmeDoor\n"
    (about / "entry_points.txt").write_text(points)
    (tmp_path / "acme_door_of_the_tests.py").write_text(dedent(ACME))
    monkeypatch.syspath_prepend(str(tmp_path))
    forget()
    yield tmp_path
    monkeypatch.undo()
    forget()


def forget() -> None:
    vars(SYSTEMS).pop("_offered", None)
    vars(SYSTEMS)["_loaded"].clear()
    sys.modules.pop("acme_door_of_the_tests", None)


def own() -> list[System]:
    return list(SYSTEMS.built_in.values())


def test_every_type_that_keylifes_own_kinds_and_deliveries_make_has_a_system() -> None:
    kinds = {kind for maker in KINDS.built_in.values() for kind in maker.finders}
    places = {kind for maker in DELIVERIES.built_in.values() for kind in maker.finders}

    assert {kind for kind in kinds | places if system_of(kind) is None} == OF_NOBODY


def test_an_issuers_credential_is_in_a_system_that_issues_and_a_copy_in_one_that_does_not() -> None:
    issuers = {kind.credential for kind in KINDS.built_in.values()}
    places = {kind for maker in DELIVERIES.built_in.values() for kind in maker.finders}

    assert {kind for kind in issuers if not getattr(system_of(kind), "issues", False)} == set()
    assert {kind for kind in places - OF_NOBODY if getattr(system_of(kind), "issues", True)} == (
        set()
    )


def test_no_type_is_in_two_systems_and_no_step_has_a_name_twice() -> None:
    types = [kind for system in own() for kind in system.types]

    assert len(types) == len(set(types))
    for system in own():
        names = [step.name for step in system.steps]
        assert len(names) == len(set(names))
        # what can be undone comes before what cannot
        assert [step.final for step in system.steps] == sorted(step.final for step in system.steps)


def test_every_copy_can_be_read_for_its_secret() -> None:
    for system in own():
        others = ("gateway", "unsupported", "aws-role-sessions")
        copies = not system.issues and system.name not in others
        assert hasattr(system, "read_copy") is copies


def test_another_packages_system_takes_part(installed: Path) -> None:
    export = state("in-rotation")
    resource(export, "vault:index/token:Token", "metrics-reader-v2")["type"] = "acme:index:Badge"

    held = holdings_of(export, "metrics-reader")[0]

    assert (held.system, held.place, held.window) == ("acme-door", "acme-door/EXAMPLE", 2)
    assert "acme-door" in SYSTEMS


def test_what_is_no_system_is_refused(installed: Path) -> None:
    (installed / "acme_door_of_the_tests.py").write_text(
        'class AcmeDoor:\n    name = "acme-door"\n'
    )

    with pytest.raises(ExtensionError, match="it has no `types`"):
        SYSTEMS["acme-door"]


def test_no_vendors_client_is_imported_before_a_system_is_asked() -> None:
    program = (
        "import sys; import keylife.systems.holdings;"
        "print([n for n in ('boto3', 'botocore', 'hvac', 'requests', 'cryptography')"
        " if n in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"

"""Another package's kinds and deliveries: found when they are named, and refused when unfit."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from textwrap import dedent

import pytest

from keylife.declarations import load
from keylife.deliveries import DELIVERIES
from keylife.errors import DeclarationError
from keylife.evidence.event import Event, What
from keylife.extensions import ExtensionError
from keylife.kinds import KINDS
from keylife.model.ledger import Ledger
from keylife.program import deploy as program
from keylife.program.deploy import deploy
from keylife.program.instant import Instants
from keylife.program.strays import finders
from tests.declarations.folders import key_text, make_folder
from tests.program.engine import Engine

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MODULE = "acme_keylife_of_the_tests"

KIND = """
    import pulumi
    from keylife.deliveries.delivery import DeliverySettings
    from keylife.model.base import Model, Name
    from keylife.model.traits import Traits
    from keylife.orphan import nothing_to_find


    class Scope(Model):
        room: Name


    class AcmeBadge:
        name = "acme-badge"
        traits = Traits(can_deactivate=False, scope_in_place=False)
        scope = Scope
        credential = "acme:index:Badge"
        finders = {"acme:index:Badge": nothing_to_find}
        expiry_enforced_by = "Acme's doors"

        def issue(self, issuance, options):
            scope = Scope.model_validate(dict(issuance.version.scope))
            badge = Badge(issuance.name, {"room": scope.room, "code": None}, options)
            return {"code": badge.code}


    class Badge(pulumi.CustomResource):
        code: pulumi.Output[str]

        def __init__(self, name, properties, options):
            super().__init__("acme:index:Badge", name, properties, options)


    class Settings(DeliverySettings):
        desk: Name


    class AcmeDesk:
        name = "acme-desk"
        package = "acme"
        settings = Settings
        finders = {"acme:index:Envelope": nothing_to_find}

        def place(self, settings):
            return settings.located(f"{self.name}/{settings.desk}")

        def deliver(self, name, parcel, settings, options):
            return pulumi.CustomResource(
                "acme:index:Envelope", name, {"contents": parcel.contents}, options
            )
"""
POINTS = {
    "keylife.kinds": {"acme-badge": f"{MODULE}:AcmeBadge"},
    "keylife.deliveries": {"acme-desk": f"{MODULE}:AcmeDesk"},
}

Install = Callable[..., None]


def forget() -> None:
    """The tables remember what is installed; these tests change it."""
    for table in (KINDS, DELIVERIES):
        vars(table).pop("_offered", None)
        vars(table)["_loaded"].clear()
    sys.modules.pop(MODULE, None)
    importlib.invalidate_caches()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a package with its entry points on the path, as pip would."""

    def install(
        source: str = KIND,
        points: Mapping[str, Mapping[str, str]] = POINTS,
        project: str = "acme-keylife",
    ) -> None:
        site = tmp_path / project
        about = site / f"{project.replace('-', '_')}-1.2.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project}\nVersion: 1.2\n")
        (about / "entry_points.txt").write_text(
            "".join(
                f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
                for group, entries in points.items()
            )
        )
        (site / f"{MODULE}.py").write_text(dedent(source))
        monkeypatch.syspath_prepend(str(site))
        forget()

    yield install
    monkeypatch.undo()
    forget()


def declared(root: Path) -> Path:
    return make_folder(
        root / "declared",
        key_text(kind="acme-badge", scope="{room: vault}", deliver="[{acme-desk: {desk: front}}]"),
    )


def test_a_kind_and_a_delivery_of_another_package_are_declared_and_deployed(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install()
    declarations = load(declared(tmp_path), "dev")
    (tmp_path / "Pulumi.yaml").write_text("name: keylife\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(program, "read_ledger", lambda stack: Ledger())
    events: list[Event] = []

    class Sink:
        def append(self, event: Event) -> None:
            events.append(event)

    engine = Engine()
    engine.run(
        lambda: deploy(
            declarations, Instants(AT, AT, simulated=False), clock=lambda: AT, sink=Sink()
        )
    )

    badge = engine.one("acme:index:Badge", "billing-deploy-v1")
    assert badge.inputs["room"] == "vault"
    assert badge.parent == engine.one("keylife:index:Version", "billing-deploy-v1").urn
    copy = engine.one("acme:index:Envelope", "billing-deploy/acme-desk/front")
    assert copy.secret_inputs == {"contents"}
    assert engine.leads_to(engine.one("keylife:index:Current", "billing-deploy"), copy)
    assert {kind.credential for kind in KINDS.in_use()} >= {"acme:index:Badge"}
    assert "acme:index:Badge" in {name for kind in KINDS.values() for name in kind.finders}
    assert What.ISSUED not in {event.what for event in events}  # mocks call no hooks


@pytest.mark.parametrize(
    ("scope", "said"),
    [("{room: UP}", "1 to 63 of the characters"), ("{rooms: vault}", "room")],
)
def test_what_is_declared_of_it_is_judged_by_its_own_models(
    install: Install, tmp_path: Path, scope: str, said: str
) -> None:
    install()
    folder = make_folder(
        tmp_path / "declared",
        key_text(kind="acme-badge", scope=scope, deliver="[{acme-desk: {desk: front}}]"),
    )

    with pytest.raises(DeclarationError, match=said) as caught:
        load(folder, "dev")
    assert caught.value.faults[0].line > 1


def test_nothing_is_looked_for_while_only_keylifes_own_are_declared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget()

    def unwanted(**_: object) -> metadata.EntryPoints:
        raise AssertionError("installed packages were looked at")

    monkeypatch.setattr(metadata, "entry_points", unwanted)

    assert list(load(make_folder(tmp_path), "dev").keys) == ["billing-deploy"]


def test_a_kind_that_nobody_offers_is_a_fault_with_its_place(
    install: Install, tmp_path: Path
) -> None:
    install(points={})

    with pytest.raises(DeclarationError, match="there is no kind `acme-badge`"):
        load(declared(tmp_path), "dev")


BROKEN = [
    pytest.param("import nowhere_at_all", "nowhere_at_all", id="it cannot be imported"),
    pytest.param("", "no attribute 'AcmeBadge'", id="it has no such class"),
    pytest.param("raise RuntimeError('hunter2')", "RuntimeError", id="it fails on import"),
    pytest.param(
        "class AcmeBadge:\n    def __init__(self, needed): ...",
        "TypeError",
        id="it wants arguments",
    ),
    pytest.param("class AcmeBadge:\n    name = 'other'", "call itself", id="it has another name"),
    pytest.param("class AcmeBadge:\n    name = 'acme-badge'", "no `issue`", id="it does nothing"),
    pytest.param(
        KIND.replace("scope = Scope\n", "scope = dict\n"), "`scope` is no model", id="no model"
    ),
]


@pytest.mark.parametrize(("source", "said"), BROKEN)
def test_a_broken_package_gives_one_clear_error(
    install: Install, tmp_path: Path, source: str, said: str
) -> None:
    install(source)

    with pytest.raises(ExtensionError) as caught:
        load(declared(tmp_path), "dev")

    error = caught.value
    assert said in str(error)
    assert "the kind `acme-badge` of acme-keylife 1.2" in str(error)
    assert "hunter2" not in f"{error} {error.hint}"
    assert "acme-keylife 1.2" in (error.hint or "")
    assert error.exit_code == 2


def test_a_broken_package_is_in_the_way_of_recovery_and_of_no_deploy_without_it(
    install: Install,
) -> None:
    install("import nowhere_at_all")

    assert "vault:index/token:Token" in finders()
    with pytest.raises(ExtensionError, match="nowhere_at_all"):
        finders(installed=True)


def test_a_name_of_keylifes_own_is_not_for_others(install: Install, tmp_path: Path) -> None:
    install(points={"keylife.kinds": {"vault-token": f"{MODULE}:AcmeBadge"}})

    assert KINDS["vault-token"].credential == "vault:index/token:Token"
    with pytest.raises(ExtensionError, match=r"acme-keylife 1\.2 offers a kind `vault-token`"):
        load(declared(tmp_path), "dev")


def test_two_packages_cannot_offer_the_same_name(install: Install, tmp_path: Path) -> None:
    install()
    install(project="apex-keylife")

    with pytest.raises(ExtensionError, match="both offer a kind `acme-badge`"):
        load(declared(tmp_path), "dev")

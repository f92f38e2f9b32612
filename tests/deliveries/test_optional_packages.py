"""Deliveries through Pulumi packages that keylife does not bring along."""

from __future__ import annotations

import importlib
import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from keylife.deliveries.delivery import Delivery, Parcel
from keylife.deliveries.github_actions_secret import (
    GithubActionsSecret,
    GithubActionsSecretSettings,
)
from keylife.deliveries.kubernetes_secret import KubernetesSecret, KubernetesSecretSettings
from keylife.deliveries.sdk import optional_sdk
from keylife.errors import UsageError
from tests.deliveries import optional_sdks
from tests.program.engine import Engine, Registered

BIRTH = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
CONTENTS = {"token": "canary", "user": "billing"}
GITHUB = {"repository": "billing", "name": "BILLING_KEY"}
KUBERNETES = {"namespace": "production", "name": "billing.aws"}


@pytest.fixture
def sdks(monkeypatch: pytest.MonkeyPatch) -> None:
    if not os.environ.get("KEYLIFE_TEST_REAL_SDKS"):  # by hand, where they are installed
        optional_sdks.install(monkeypatch)


def delivered(delivery: Delivery, settings: dict[str, Any]) -> Registered:
    engine = Engine()

    def program() -> None:
        parcel = Parcel(
            key_id="billing-deploy",
            version=2,
            owner="team-payments",
            service="billing",
            birth=BIRTH,
            expiry=BIRTH + timedelta(days=30),
            contents=pulumi.Output.secret(json.dumps(CONTENTS)),
            last={},
        )
        model = delivery.settings.model_validate(settings)
        delivery.deliver("a-key/place", parcel, model, pulumi.ResourceOptions())

    engine.run(program)
    [written] = engine.registered
    assert written.name == "a-key/place"
    assert written.type in delivery.finders
    return written


@pytest.mark.usefixtures("sdks")
def test_a_repository_gets_the_secret() -> None:
    secret = delivered(GithubActionsSecret(), GITHUB)

    assert secret.type == "github:index/actionsSecret:ActionsSecret"
    assert secret.inputs == {
        "repository": "billing",
        "secretName": "BILLING_KEY",
        "value": json.dumps(CONTENTS),
    }
    assert secret.secret_inputs == {"value"}


@pytest.mark.usefixtures("sdks")
def test_an_environment_of_a_repository_gets_the_secret() -> None:
    secret = delivered(GithubActionsSecret(), {**GITHUB, "environment": "production"})

    assert secret.type == "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret"
    assert secret.inputs["environment"] == "production"
    assert secret.secret_inputs == {"value"}


@pytest.mark.usefixtures("sdks")
def test_a_namespace_gets_a_secret_with_an_entry_a_field() -> None:
    secret = delivered(KubernetesSecret(), KUBERNETES)

    assert secret.type == "kubernetes:core/v1:Secret"
    assert secret.secret_inputs == {"stringData"}
    assert secret.inputs["stringData"] == CONTENTS
    assert secret.inputs["type"] == "Opaque"
    assert secret.inputs["metadata"] == {
        "name": "billing.aws",
        "namespace": "production",
        "labels": {"app.kubernetes.io/managed-by": "keylife"},
        "annotations": {
            "keylife/key": "billing-deploy",
            "keylife/version": "2",
            "keylife/owner": "team-payments",
            "keylife/expiry": "2026-12-23T06:00:00Z",
        },
    }


@pytest.mark.parametrize(
    ("delivery", "settings", "package"),
    [
        (GithubActionsSecret(), GITHUB, "pulumi-github"),
        (KubernetesSecret(), KUBERNETES, "pulumi-kubernetes"),
    ],
)
def test_what_is_not_installed_is_named(
    delivery: Delivery,
    settings: dict[str, Any],
    package: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def absent(module: str) -> Any:
        top = module.partition(".")[0]
        raise ModuleNotFoundError(f"No module named {top!r}", name=top)

    monkeypatch.setattr("keylife.deliveries.sdk.import_module", absent)

    with pytest.raises(UsageError, match=f"needs the Python package {package}") as caught:
        delivered(delivery, settings)

    assert caught.value.hint == f"install it beside keylife: pip install {package}"


def test_a_package_that_is_broken_is_not_called_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(module: str) -> Any:
        raise ModuleNotFoundError("No module named 'semver'", name="semver")

    monkeypatch.setattr("keylife.deliveries.sdk.import_module", broken)

    with pytest.raises(ModuleNotFoundError, match="semver"):
        optional_sdk("pulumi_github", "github-actions-secret")


def test_what_is_there_is_imported() -> None:
    assert optional_sdk("json", "any") is importlib.import_module("json")


PLACES: list[Any] = [
    (GithubActionsSecret(), GITHUB, "github-actions-secret/billing/BILLING_KEY"),
    (
        GithubActionsSecret(),
        {**GITHUB, "environment": "production"},
        "github-actions-secret/billing/production/BILLING_KEY",
    ),
    (KubernetesSecret(), KUBERNETES, "kubernetes-secret/production/billing.aws"),
]


@pytest.mark.parametrize(("delivery", "settings", "place"), PLACES)
def test_a_place_tells_two_apart(delivery: Delivery, settings: dict[str, Any], place: str) -> None:
    assert delivery.place(delivery.settings.model_validate(settings)) == place


REFUSED: list[Any] = [
    (GithubActionsSecretSettings, GITHUB, {"name": "billing_key"}),
    (GithubActionsSecretSettings, GITHUB, {"name": "GITHUB_KEY"}),
    (GithubActionsSecretSettings, GITHUB, {"name": "1_KEY"}),
    (GithubActionsSecretSettings, GITHUB, {"repository": "acme/billing"}),
    (GithubActionsSecretSettings, GITHUB, {"repository": ".."}),
    (GithubActionsSecretSettings, GITHUB, {"environment": "a b"}),
    (KubernetesSecretSettings, KUBERNETES, {"namespace": "Production"}),
    (KubernetesSecretSettings, KUBERNETES, {"namespace": "a.b"}),
    (KubernetesSecretSettings, KUBERNETES, {"name": "-a"}),
    (KubernetesSecretSettings, KUBERNETES, {"name": "a..b"}),
    (KubernetesSecretSettings, KUBERNETES, {"name": "a\n"}),
]


@pytest.mark.parametrize(("model", "settings", "change"), REFUSED)
def test_names_are_as_their_systems_take_them(
    model: type[GithubActionsSecretSettings | KubernetesSecretSettings],
    settings: dict[str, Any],
    change: dict[str, Any],
) -> None:
    model.model_validate(settings)
    with pytest.raises(ValidationError):
        model.model_validate({**settings, **change})

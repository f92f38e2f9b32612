"""Types that look like a credential's: all of the installed SDKs are judged, by name."""

from __future__ import annotations

import csv
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from keylife.compliance import names
from keylife.compliance.catalogue import CatalogueError, catalogue
from keylife.compliance.names import (
    canonical,
    is_unknown_credential,
    judged_not_credentials,
    says_credential,
)

_RESOURCE = re.compile(r'@pulumi\.type_token\("([^"]+)"\)\nclass \w+\(pulumi\.CustomResource')


@cache
def installed() -> dict[str, bool]:
    """Every resource type of the installed pulumi_aws and pulumi_vault, with whether its SDK
    marks an output as secret; read as text, because importing all of them takes minutes."""
    return {
        token: "additional_secret_outputs=[" in text
        for package in ("pulumi_aws", "pulumi_vault")
        for text in _modules(package)
        for token in _RESOURCE.findall(text)
    }


def _modules(package: str) -> Iterator[str]:
    found = importlib.util.find_spec(package)
    assert found is not None and found.origin is not None
    for path in Path(found.origin).parent.rglob("*.py"):
        yield path.read_text(encoding="utf-8")


def looks_like_a_credential(token: str, has_secret_output: bool) -> bool:
    return says_credential(token) or has_secret_output


def test_every_type_of_the_installed_sdks_that_looks_like_a_credential_is_judged() -> None:
    types = installed()

    assert len(types) > 1_900
    assert len([t for t, secret in types.items() if looks_like_a_credential(t, secret)]) > 150
    assert [
        token
        for token, secret in sorted(types.items())
        if looks_like_a_credential(token, secret)
        and token not in catalogue()
        and token not in judged_not_credentials()
    ] == []


def test_nothing_is_judged_to_be_none_that_does_not_look_like_one_or_is_gone() -> None:
    types = installed()

    assert len(judged_not_credentials()) > 25
    for token, reason in judged_not_credentials().items():
        assert looks_like_a_credential(token, types[token]), token
        assert token not in catalogue()
        assert reason


def test_no_type_is_judged_twice() -> None:
    path = Path(names.__file__).with_name("not_credentials.csv")
    rows = list(csv.DictReader(path.read_text().splitlines()))

    assert len(rows) == len(judged_not_credentials())


@pytest.mark.parametrize(
    "token",
    [
        "acme:index:ApiToken",
        "acme:index/deployKey:DeployKey",
        "acme:auth:AccessKeys",
        "acme:db:RootPassword",
        "acme:index:OAuthClientSecret",
        "acme:index:Credentials",
        "acme:index:SSHKeyPair",
        "aws:iam/accessKeyV2:AccessKeyV2",
        "kubernetes:acme.io/v1:MachineToken",
    ],
)
def test_what_is_called_a_credential_and_nobody_knows_is_said(token: str) -> None:
    assert is_unknown_credential(token)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("aws:iam/accessKey:AccessKey", id="known"),
        pytest.param("aws:secretsmanager/secret:Secret", id="known to keep one"),
        pytest.param("aws:rds/certificate:Certificate", id="judged to be none"),
        pytest.param("acme:index:KeyPolicy", id="about a key that is another's"),
        pytest.param("acme:index:SecretIamMember", id="who may read one"),
        pytest.param("acme:index:Bucket", id="a bucket"),
        pytest.param("acme:index:Monkey", id="a word that ends like one"),
        pytest.param("acme:keyvault:Vault", id="only its module is called so"),
        pytest.param("pulumi:providers:token", id="a provider"),
        pytest.param("keylife:index:ManagedKey", id="our own"),
        pytest.param("pulumi-python:dynamic/acme:Token", id="a dynamic resource, which is known"),
        pytest.param("azure-native:keyvault/v20230701:Secret", id="a version of a known one"),
        pytest.param("", id="nothing"),
    ],
)
def test_all_else_is_not(token: str) -> None:
    assert not is_unknown_credential(token)


@pytest.mark.parametrize(
    ("token", "known_as"),
    [
        ("azure-native:keyvault/v20230701:Secret", "azure-native:keyvault:Secret"),
        ("azure-native_keyvault_v20230701:keyvault:Secret", "azure-native:keyvault:Secret"),
        ("pulumi-python:dynamic/acme:Thing", "pulumi-python:dynamic:Resource"),
        ("pulumi-nodejs:dynamic/acme:Thing", "pulumi-nodejs:dynamic:Resource"),
        (
            "kubernetes:certificates.k8s.io/v1beta1:CertificateSigningRequest",
            "kubernetes:certificates.k8s.io/v1:CertificateSigningRequest",
        ),
        ("kubernetes:core/v1:Secret", "kubernetes:core/v1:Secret"),
        ("aws:iam/accessKey:AccessKey", "aws:iam/accessKey:AccessKey"),
    ],
)
def test_a_type_of_several_names_is_known_by_one(token: str, known_as: str) -> None:
    assert canonical(token) == known_as
    assert known_as in catalogue()


def test_without_the_list_nothing_passes_for_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    judged_not_credentials.cache_clear()
    monkeypatch.setattr(names, "__package__", "keylife.model")
    with pytest.raises(CatalogueError):
        judged_not_credentials()
    judged_not_credentials.cache_clear()

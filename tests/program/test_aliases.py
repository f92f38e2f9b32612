"""What would take an entry of the ledger over is refused; other aliases are the program's own."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from keylife.program.aliases import refuse_aliases

OF_KEYLIFE = [
    pulumi.Alias(type_="keylife:index:Revocation", name="billing"),
    "urn:pulumi:dev::p::keylife:index:Revocation::billing",
    "urn:pulumi:dev::p::keylife:index:ManagedKey$keylife:index:Version::billing-v1",
]
OTHERS = [
    pulumi.Alias(name="old-name"),
    pulumi.Alias(type_="aws:iam/accessKey:AccessKey", name="keylife:index:Revocation"),
    "urn:pulumi:dev::p::aws:iam/accessKey:AccessKey::billing",
    "urn:pulumi:dev::p::keylife:index:Version$aws:iam/accessKey:AccessKey::billing-v1",
    "no urn",
]


def args(*aliases: Any) -> pulumi.ResourceTransformationArgs:
    """A resource with these aliases, about to be registered."""
    options = pulumi.ResourceOptions(aliases=list(aliases) or None)
    return pulumi.ResourceTransformationArgs(
        resource=None,  # type: ignore[arg-type]  # nobody looks at it
        type_="acme:index:Nothing",
        name="nothing",
        props={},
        opts=options,
    )


@pytest.mark.parametrize("alias", OF_KEYLIFE, ids=["alias", "urn", "urn below another"])
def test_an_alias_of_keylifes_own_is_refused(alias: Any) -> None:
    with pytest.raises(pulumi.RunError, match="`nothing` has an alias of keylife's own"):
        refuse_aliases(args("urn:pulumi:dev::p::a:b:C::d", alias))


def test_other_aliases_and_none_are_let_through() -> None:
    assert refuse_aliases(args(*OTHERS)) is None
    assert refuse_aliases(args()) is None

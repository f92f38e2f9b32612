"""Where keys live: logical targets, mapped by a stack's config to accounts and Vaults."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, TypeAdapter, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from keylife.errors import UsageError
from keylife.model.base import Model, Name, Sentence


def _role_arn(text: str) -> str:
    if re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}", text) is None:
        raise ValueError("not a role's ARN, such as arn:aws:iam::123456789012:role/keylife")
    return text


def _variable(text: str) -> str:
    if re.fullmatch(r"[A-Z][A-Z0-9_]*", text) is None:
        raise ValueError("not the name of an environment variable")
    return text


class _Part(Model):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class AwsTarget(_Part):
    """An AWS account and region; what is left out is the stack's own."""

    region: Sentence | None = None
    profile: Sentence | None = None
    """A profile of the shared AWS configuration."""

    assume_role: Annotated[str, AfterValidator(_role_arn)] | None = None
    """The role to work as, in the account where the keys are to live."""


class VaultTarget(_Part):
    """A Vault and namespace; what is left out is the stack's own."""

    address: Sentence | None = None
    namespace: Sentence | None = None
    token_variable: Annotated[str, AfterValidator(_variable)] | None = None
    """The environment variable that holds the token for it; else VAULT_TOKEN."""


class Target(_Part):
    """One logical target: its AWS side, its Vault side, or both."""

    aws: AwsTarget | None = None
    vault: VaultTarget | None = None

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.aws is None and self.vault is None:
            raise ValueError("a target says where: `aws:`, `vault:` or both")
        return self


def provider_name(target: str) -> str:
    """What a target's providers are called in the stack."""
    return f"{_PROVIDERS}{target}"


def target_of(provider: str) -> str | None:
    """The target that a provider is for, by its name; None for any other."""
    return provider.removeprefix(_PROVIDERS) if provider.startswith(_PROVIDERS) else None


_PROVIDERS = "keylife-"
_TARGETS = TypeAdapter(dict[Name, Target])


def read_targets(config: Any) -> Mapping[str, Target]:
    """The targets in a stack's config value ``keylife:targets``.

    Raises:
        UsageError: it is not as it has to be.
    """
    try:
        return _TARGETS.validate_python(config or {}, strict=True)
    except ValidationError as error:
        faults = [
            f"config keylife:targets, {'.'.join(str(step) for step in found['loc'])}:"
            f" {found['msg'].removeprefix('Value error, ')}"
            for found in error.errors(include_url=False, include_input=False)
        ]
        raise UsageError("\n".join(faults), "see docs/reference/targets.md") from None

"""What several kinds of Vault's declare: policies and paths, as Vault spells them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from keylife.model.fitting import Fits

PolicyName = Annotated[
    str,
    Fits(
        "^[a-z0-9][a-z0-9._/-]{0,127}$",
        "not the name of a Vault policy: lower case letters, digits and ._/-",
    ),
    Fits(
        "^(.{0,3}|.{5,}|[^r]...|.[^o]..|..[^o].|...[^t])$",  # all but `root`
        "the root policy may do anything, for ever: name the policy that is needed",
    ),
]
"""The name of a Vault policy other than ``root``."""


def _distinct_and_some(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("at least one policy: a credential that may do nothing is of no use")
    if len(set(value)) != len(value):
        raise ValueError("the same policy twice")
    return value


def _path(text: str) -> str:
    plain = re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*", text)
    if plain is None:
        raise ValueError(
            "not a Vault path: letters, digits, _ . and -, parted by single slashes, and no part"
            " begins with a dot"
        )
    return text


def sequence(value: object) -> object:
    """A YAML sequence is a list; the models are frozen and keep tuples."""
    return tuple(value) if isinstance(value, list) else value


PolicyNames = Annotated[
    tuple[PolicyName, ...],
    BeforeValidator(sequence),
    AfterValidator(_distinct_and_some),
]
"""Names of Vault policies, at least one, none twice, and not ``root``."""

MountPath = Annotated[str, AfterValidator(_path)]
"""Where something is mounted in Vault, without slashes at the ends."""

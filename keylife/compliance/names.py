"""Types that the catalogue does not know, and whose name says that they mint a credential.

No catalogue is complete, and every SDK's upgrade brings new types. What is not known and called
``ApiToken`` is therefore said at every gate, by the rule unknown-credential-type.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType

from keylife.compliance.catalogue import CatalogueError, catalogue

_WORDS = frozenset(
    (
        *("cert", "certificate", "cred", "credential", "key", "keypair", "passphrase", "passwd"),
        *("password", "psk", "secret", "token", "apikey", "accesskey"),
    )
)
"""What a credential is called in the SDKs' type names."""

_ABOUT_ANOTHER = frozenset(
    (
        *("alias", "assignment", "association", "attachment", "binding", "branding", "config"),
        *("configuration", "enforcement", "grant", "member", "permission", "permissions"),
        *("policy", "preferences", "registration", "role", "rotation", "rule", "scope"),
        *("settings", "store", "validation"),
    )
)
"""Last words of a name that stands for something about a credential, which another type mints."""

_VERSIONED = (
    (re.compile(r"pulumi-(\w+):dynamic/[^:]*:.*"), r"pulumi-\1:dynamic:Resource"),
    (re.compile(r"azure-native(?:_\w+)?:(\w+)(?:/v\w+)?:(\w+)"), r"azure-native:\1:\2"),
    (re.compile(r"kubernetes:([\w.-]+)/v\d+(?:alpha\d+|beta\d+)?:(\w+)"), r"kubernetes:\1/v1:\2"),
)
"""Other names under which these packages register one and the same type."""


def canonical(type_token: str) -> str:
    """The name under which the catalogue has a type that goes by several."""
    for pattern, name in _VERSIONED:
        found = pattern.fullmatch(type_token)
        if found is not None:
            return found.expand(name)
    return type_token


@lru_cache(maxsize=4096)
def is_unknown_credential(type_token: str) -> bool:
    """Whether a type's name says that it mints a credential, and nobody has judged yet whether.

    Names of components are not asked: what is inside of one is registered by itself.

    Raises:
        CatalogueError: the catalogue is empty or unreadable.
    """
    if type_token.startswith(("pulumi:", "keylife:")):
        return False
    known = canonical(type_token)
    if known in catalogue() or known in judged_not_credentials():
        return False
    return says_credential(known)


def says_credential(type_token: str) -> bool:
    """Whether the last part of a type token is called what credentials are called."""
    words = [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", _name(type_token))]
    if not words or words[-1] in _ABOUT_ANOTHER:
        return False
    return any(word in _WORDS or word.removesuffix("s") in _WORDS for word in words)


@cache
def judged_not_credentials() -> Mapping[str, str]:
    """Types whose name or secret outputs look like a credential's, and why they are none.

    Raises:
        CatalogueError: the data is missing or empty.
    """
    try:
        text = resources.files(__package__).joinpath("not_credentials.csv").read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"cannot be read: {type(error).__name__}") from error
    judged = {row["type_token"]: row["reason"] for row in csv.DictReader(text.splitlines())}
    if not judged:
        raise CatalogueError("lacks the types that are none")
    return MappingProxyType(judged)


def _name(type_token: str) -> str:
    return type_token.rpartition(":")[2]

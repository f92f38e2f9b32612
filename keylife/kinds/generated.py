"""Generated secrets, for systems that take a shared secret and have no API to make one."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from keylife.model.base import Model, Sentence
from keylife.model.traits import Traits
from keylife.orphan import Finder, nothing_to_find

if TYPE_CHECKING:
    import pulumi

    from keylife.kinds.kind import Issuance, Material

PREFIX = "klg_"
"""How every generated secret begins, so that scanners and people recognize one."""

RANDOM = 30
"""Characters drawn at random: 30 of 62 hold 178 bits; NIST SP 800-131A asks for 112."""

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM = 6
_FORM = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{RANDOM + _CHECKSUM}}}")


def generated_from(number: int) -> str:
    """A generated secret from a random number.

    Args:
        number: uniformly random, from 0 to ``62 ** RANDOM`` exclusive.

    The form is that of GitHub's tokens: a prefix that tells what it is, an underscore that lets
    a double click mark it all, base 62, and a CRC-32 at the end by which a scanner tells a
    secret from a string that looks like one, offline.

    Source: GitHub's blog, "Behind GitHub's new authentication token formats", 2021-04-05.
    """
    body = PREFIX + _base62(number, RANDOM)
    return body + _checksum(body)


def is_generated(text: str) -> bool:
    """Whether a text is a generated secret, by its form and checksum."""
    return _FORM.fullmatch(text) is not None and text[-_CHECKSUM:] == _checksum(text[:-_CHECKSUM])


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECKSUM)


def _base62(number: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return digits


class GeneratedScope(Model):
    """Where a generated secret is accepted."""

    accepted_by: Sentence
    """Which system takes it and how it learns of it, in words; changing them issues nothing."""


class Generated:
    """A random secret that keylife draws itself and keeps encrypted in the stack's state."""

    name: ClassVar[str] = "generated"
    traits: ClassVar[Traits] = Traits(can_deactivate=False, scope_in_place=True)
    scope: ClassVar[type[Model]] = GeneratedScope
    credential: ClassVar[str] = "pulumi-python:dynamic/keylife:Generated"
    finders: ClassVar[Mapping[str, Finder]] = {
        # a value whose answer was lost is known to nobody, and accepted by nobody
        "pulumi-python:dynamic/keylife:Generated": nothing_to_find
    }
    presentable: ClassVar[frozenset[str]] = frozenset({"secret"})
    expiry_enforced_by: ClassVar[str] = "nobody but its deliveries and whoever reads them"

    def issue(self, issuance: Issuance, options: pulumi.ResourceOptions) -> Material:
        """Declare the secret of one version; nothing of it depends on what is declared."""
        from keylife.kinds.generated_secret import GeneratedSecret

        return {"secret": GeneratedSecret(issuance.name, options).secret}

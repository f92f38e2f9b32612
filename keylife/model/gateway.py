"""A declared gateway: whoever lets consumers through by a key, and remembers it for a while."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator

from keylife.model.base import Model, Name
from keylife.model.duration import Duration, format_duration
from keylife.model.fitting import Fits

LONGEST = timedelta(hours=1)
"""The longest cache age: AWS API Gateway's own limit for an authorizer's answers is 3,600 s."""

VARIABLE_PREFIX = "KEYLIFE_PURGE_"
"""How variables begin that may be sent to a gateway: no declaration can have another one sent."""

_FIELD = re.compile(r"\{([a-z_]+)\}")
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})
_TRY_LATER = frozenset({408, 425, 429})


def _url(text: str) -> str:
    """What is presented there is a live key: it is only sent where nobody reads along."""
    try:
        told = urlsplit(text)
        host, _ = told.hostname or "", told.port
    except ValueError:
        raise ValueError("not a URL") from None
    if re.search(r"[^\x21-\x7e]", text) or not host or told.fragment:
        raise ValueError("write a URL such as https://edge.example.com/health, without a fragment")
    if "@" in told.netloc:
        raise ValueError("a URL with a user or a password in it: a declaration holds no secret")
    if told.scheme != "https" and not (told.scheme == "http" and host in _THIS_MACHINE):
        raise ValueError(
            "a key is only sent over https; over http to this machine itself, such as 127.0.0.1"
        )
    return text


def _template(text: str) -> str:
    if re.search(r"[{}]", _FIELD.sub("", text)) or not _FIELD.search(text):
        raise ValueError(
            "write where the key goes as a field of its material in braces, such as"
            " `Bearer {token}`"
        )
    return text


def _refusing(status: int) -> int:
    if status in _TRY_LATER:
        raise ValueError("that status says to come back later, and nothing of the key")
    return status


Url = Annotated[str, AfterValidator(_url)]
"""Where a key or a token is sent: https, or http on this machine."""

Status = Annotated[int, Field(ge=400, le=499), AfterValidator(_refusing)]
"""An HTTP status by which a gateway turns an unknown key away."""


class Purge(Model):
    """How a gateway is told to forget what it remembers."""

    method: Annotated[
        str, Fits("^[A-Z]{1,16}$", "write a method of HTTP in capitals, such as POST")
    ] = "POST"
    """The method of the request: ``PURGE``, ``DELETE`` …; ``POST`` unless said otherwise."""

    url: Url
    """Where it is sent."""

    token_variable: (
        Annotated[
            str,
            Fits(
                f"^{VARIABLE_PREFIX}[A-Z0-9_]{{1,40}}$",
                f"name a variable of the environment that begins with {VARIABLE_PREFIX}, such as"
                f" {VARIABLE_PREFIX}EDGE: others are not sent to a gateway",
            ),
        ]
        | None
    ) = None
    """The variable of the operator's environment whose value is sent as ``Authorization: Bearer``;
    its name begins with ``KEYLIFE_PURGE_``. Without one: no token is sent."""


class Gateway(Model):
    """Who lets consumers through by a key: nginx, Envoy, an API behind an authorizer.

    After a revoke it is asked with the key itself, until it has refused it for longer than it may
    remember anything.
    """

    id: Name
    """As keys name it under ``gateways``."""

    url: Url
    """What is asked for (``GET``) with the key: an address behind the gateway's check that does
    nothing, and answers 2xx to every key that is let in."""

    header: Annotated[
        str,
        Fits(
            r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$",
            "write the name of a header, such as Authorization or x-api-key",
        ),
    ] = "Authorization"
    """The header that the key is presented in; ``Authorization`` unless said otherwise."""

    value: Annotated[
        str, Fits(r"^[\x20-\x7e]{1,200}$", "one line of plain text"), AfterValidator(_template)
    ]
    """What that header says, with fields of the key's material in braces: ``Bearer {token}``."""

    cache_age: Duration
    """How long it may go on letting a key in after whoever it asks has begun to refuse it: the age
    of what it caches, on its slowest node; at most an hour, ``0s`` if it asks each time."""

    refused: tuple[Status, ...] = (401,)
    """By which statuses it turns an unknown key away; ``[401]`` unless said otherwise. 403 only
    where it says that of keys that it does not know: elsewhere it means *known, not allowed*."""

    purge: Purge | None = None
    """How it is told to forget. Without it: what it remembers runs out by itself."""

    @field_validator("cache_age")
    @classmethod
    def _at_most_an_hour(cls, value: timedelta) -> timedelta:
        if value > LONGEST:
            raise ValueError(
                f"a gateway that remembers keys for longer than {format_duration(LONGEST)} keeps"
                " revoked ones alive for as long: have it remember less"
            )
        return value

    @field_validator("refused", mode="before")
    @classmethod
    def _sequence(cls, value: Any) -> Any:
        """A YAML sequence is a list; the models are frozen and keep tuples."""
        return tuple(value) if isinstance(value, list) else value

    @field_validator("refused")
    @classmethod
    def _refuses_somehow(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value:
            raise ValueError("at least one status, or no key is ever seen refused")
        return value

    @property
    def fields(self) -> frozenset[str]:
        """The fields of a key's material that it is shown."""
        return frozenset(fields_of(self.value))

    def recorded(self) -> dict[str, str]:
        """What the stack's state keeps of it, so that a revoke finds it; no secrets."""
        told = {
            "id": self.id,
            "url": self.url,
            "header": self.header,
            "value": self.value,
            "cacheAge": format_duration(self.cache_age),
            "refused": " ".join(map(str, self.refused)),
        }
        if self.purge is not None:
            told |= {"purgeMethod": self.purge.method, "purgeUrl": self.purge.url}
            if self.purge.token_variable is not None:
                told["purgeTokenVariable"] = self.purge.token_variable
        return told


def fields_of(template: str) -> list[str]:
    """The fields that a template names, in its order."""
    return _FIELD.findall(template)


def filled(template: str, material: dict[str, str]) -> str:
    """A template with the material in it.

    Raises:
        KeyError: the material lacks a field that it names.
    """
    return _FIELD.sub(lambda match: material[match[1]], template)

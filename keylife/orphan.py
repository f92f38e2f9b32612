"""What an unfinished run may have left at an issuer, and how a kind finds and ends it.

A create that was cut off, or whose answer was lost, may have happened: the credential then lives
in no state, and nobody holds its secret. It is deleted, never adopted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from threading import Lock
from typing import TYPE_CHECKING, Any

from pydantic import JsonValue

from keylife.errors import KeylifeError

if TYPE_CHECKING:
    import hvac


@dataclass(frozen=True)
class Pending:
    """An operation that an earlier run began on a resource, and of which no answer is known."""

    operation: str
    """creating, updating, deleting, reading, importing."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, JsonValue]
    """What the resource was to be, without its secrets."""

    known: frozenset[str]
    """The ids of all resources of the type that the state knows: none of them is an orphan."""

    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Secret inputs in the clear, as far as they are to be had: the last resort for telling whose
    something is."""

    has_secrets: bool = False
    """Whether it has inputs that are secret."""

    standing: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By type, the ids of everything the state knows: for telling whether what this was to be
    part of is the stack's own."""

    custom: bool = True
    """Whether it stands for something at an issuer; components do not."""

    provider: str = ""
    """The URN of its provider, with an id behind it; empty if it has none."""

    parent: str = ""
    """The URN of its parent; empty if it has none."""


@dataclass(frozen=True)
class Orphan:
    """Something that lives at an issuer and in no state."""

    what: str
    """In words, without secrets."""

    destroy: Callable[[], object]


class IssuerSilentError(KeylifeError):
    """An issuer could not be asked: nothing is known of what it holds."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(name, why)
        self.name = name
        self.why = why
        self.hint = (
            "nothing is issued before that is known: mend it and run `pulumi up` again;"
            " what it needs is in docs/reference/permissions.md"
        )

    def __str__(self) -> str:
        return (
            f"`{self.name}`: an earlier run may have left something at its issuer,"
            f" which cannot be asked: {self.why}"
        )


@dataclass(frozen=True)
class Connection:
    """Where a provider's issuer is and as whom it is asked; what is None, the environment says."""

    region: str | None = None
    profile: str | None = None
    role: str | None = None
    """The ARN of the AWS role to assume."""

    address: str | None = None
    namespace: str | None = None
    token: str | None = field(default=None, repr=False)


class Clients:
    """Connections to the issuers, made when they are first needed.

    Credentials come from where the vendors' own clients take them: the environment, a profile.
    """

    def __init__(self, connection: Connection | None = None) -> None:
        self._at = connection or Connection()
        self._aws: dict[str, Any] = {}
        self._lock = Lock()

    def aws(self, service: str) -> Any:
        """A boto3 client that repeats nothing by itself: IAM's creates are not idempotent."""
        from botocore.config import Config

        once = Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=30)
        with self._lock:  # a client may be shared by threads, the session that makes it may not
            if service not in self._aws:
                self._aws[service] = strict(self._session.client(service, config=once))
            return self._aws[service]

    @cached_property
    def vault(self) -> hvac.Client:
        """An hvac client; VAULT_ADDR, VAULT_TOKEN and VAULT_NAMESPACE say what is not told."""
        import os

        import hvac

        return hvac.Client(
            url=self._at.address,
            token=self._at.token,
            namespace=self._at.namespace or os.environ.get("VAULT_NAMESPACE"),
            timeout=10,
        )

    @cached_property
    def _session(self) -> Any:
        import os

        import boto3

        # boto3 looks for AWS_DEFAULT_REGION only, the provider for both
        region = self._at.region or os.environ.get("AWS_REGION")
        own: Any = boto3.session.Session(region_name=region, profile_name=self._at.profile)
        if self._at.role is None:
            return own
        lent = own.client("sts").assume_role(RoleArn=self._at.role, RoleSessionName="keylife")
        return boto3.session.Session(
            aws_access_key_id=lent["Credentials"]["AccessKeyId"],
            aws_secret_access_key=lent["Credentials"]["SecretAccessKey"],
            aws_session_token=lent["Credentials"]["SessionToken"],
            region_name=own.region_name,
        )


def strict(client: Any) -> Any:
    """The same boto3 client, that takes nothing for an answer but AWS's own.

    By itself it takes whatever is no JSON, or was cut off, for an answer in which nothing stands:
    so nothing is there any more, and nothing was refused.
    """
    client.meta.events.register("before-parse", _require_readable)
    return client


def _require_readable(operation_model: Any, response_dict: Mapping[str, Any], **_: object) -> None:
    """Whether a successful answer is one to what was asked.

    Raises:
        botocore.parsers.ResponseParserError: it is not.
    """
    from xml.etree import ElementTree

    from botocore.parsers import ResponseParserError

    body, shape = response_dict["body"], operation_model.output_shape
    if response_dict["status_code"] >= _AN_ERROR or not (body or (shape and shape.members)):
        return
    try:
        if operation_model.service_model.protocol == "query":
            root = ElementTree.fromstring(body).tag.rpartition("}")[2]
            told = root == f"{operation_model.name}Response"
        else:
            told = isinstance(json.loads(body), dict)
    except (ElementTree.ParseError, ValueError):
        told = False
    if not told:
        raise ResponseParserError(f"no answer to {operation_model.name}")


_AN_ERROR = 300
"""The lowest HTTP status by which AWS refuses: what stands in those tells nothing but a code."""

Finder = Callable[[Pending, Clients], Iterable[Orphan]]
"""Looks for what a create may have left."""


def nothing_to_find(pending: Pending, clients: Clients) -> Iterable[Orphan]:
    """For resources that the next create simply overwrites."""
    return ()


def destroy_orphans(finder: Finder, pending: Pending, clients: Clients) -> Iterator[Orphan]:
    """Look for orphans and end them; yields each once it is gone.

    Raises:
        IssuerSilentError: the issuer refused, or did not answer.
    """
    with answered(partial(_silent, pending.name)):
        for orphan in finder(pending, clients):
            orphan.destroy()
            yield orphan


def _silent(name: str, who: str | None, why: str) -> IssuerSilentError:
    told = {"AWS": f"AWS answered {why}", "Vault": f"Vault answered: {why}"}
    return IssuerSilentError(name, told.get(who or "", f"no answer ({why})"))


@contextmanager
def answered(error_of: Callable[[str | None, str], KeylifeError]) -> Iterator[None]:
    """Turn what the vendors' clients raise into an error of keylife's.

    Their texts may hold parameters, or repeat what was sent, and so secrets: only a code, Vault's
    own reasons or the kind of error are told.

    Args:
        error_of: makes the error of who refused, None where nobody answered, and why.
    """
    import botocore.exceptions as aws
    import hvac.exceptions
    import requests
    from botocore.parsers import ResponseParserError

    try:
        yield
    except aws.ClientError as error:
        told = f"{error.operation_name}: {code_of(error) or 'an error'}"
        raise error_of("AWS", told) from None
    except hvac.exceptions.VaultError as error:
        reasons = "; ".join(map(str, getattr(error, "errors", None) or ())) or type(error).__name__
        raise error_of("Vault", reasons) from None
    except (aws.BotoCoreError, ResponseParserError, requests.RequestException) as error:
        raise error_of(None, type(error).__name__) from None


def code_of(error: Exception) -> str:
    """AWS's name of an error; empty where nobody answered, or where it looks like none."""
    response = getattr(error, "response", None)
    told = response.get("Error", {}).get("Code", "") if isinstance(response, Mapping) else ""
    return told if isinstance(told, str) and re.fullmatch(r"[A-Za-z0-9._-]{1,64}", told) else ""

"""Resources that run something: what it makes, and when that ends, stands in no property.

A dynamic resource carries a program of its own, a command a shell line, a CloudFormation stack a
template with resources inside. What is seen to mint a credential there, and what cannot be seen
into, has no readable end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from keylife.compliance.credential import Expiry, ExpiryUnknown
from keylife.compliance.lifetimes.readers import Inputs, Lifetime, computed
from keylife.compliance.unknown import UNKNOWN

_MINTING_COMMAND = re.compile(
    r"""
    create-(access-key|login-profile|service-specific-credential|api-key|virtual-mfa-device)
    | get-session-token | assume-role | get-federation-token | generate-(data-key|ssh-key)
    | sts\s+get- | create-key-pair | create-keys-and-certificate
    | \b(vault|bao)\s+(token\s+create|login|write|operator\s+(init|generate-root)|read\s+\S*/creds/)
    | auth/token/create | /secret-id\b | /(issue|sign)/
    | iam\s+service-accounts\s+keys\s+create | auth\s+(application-default\s+)?print-\S*token
    | credential\s+reset | create-for-rbac | get-access-token
    | kubectl\s+(-\S+\s+\S+\s+)*create\s+token
    | ssh-keygen | openssl\s+(genrsa|genpkey|req|rand) | htpasswd
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""Source: the command-line references of AWS, Vault, Google Cloud, Azure and Kubernetes."""

_MINTING_TEMPLATE = re.compile(
    r"AWS::(IAM::AccessKey|ApiGateway::ApiKey|AppSync::ApiKey|IoT::Certificate|WAFv2::APIKey"
    r"|IAM::ServiceSpecificCredential|EC2::KeyPair|ACMPCA::Certificate|KMS::Key|Lightsail::KeyPair)"
)
"""Source: CloudFormation's template reference."""

_OF_ITS_OWN_TYPE = "use the resource type that the issuer's own provider has for it"


def _dynamic(_inputs: Inputs) -> Expiry:
    return ExpiryUnknown(
        "it runs code of the program's own, which may mint anything, and nobody can see when"
        " that ends",
        f"{_OF_ITS_OWN_TYPE}, or state under `issuer_lives` in keylife.yaml how long what this"
        " type makes lives",
    )


def _command(inputs: Inputs) -> Expiry | None:
    """A shell line, judged by its words; what it runs in turn cannot be seen."""
    for name in ("create", "update", "delete", "stdin", "interpreter"):
        line = inputs.get(name)
        if line is UNKNOWN:
            return computed(name)
        if any(_MINTING_COMMAND.search(text) for text in _texts(line)):
            return ExpiryUnknown(
                f"`{name}` runs a command that mints a credential, and no property says when it"
                " ends",
                _OF_ITS_OWN_TYPE,
            )
    return None


def _template(name: str, kind: str) -> Lifetime:
    """Another engine's resources inside of one property."""

    def end(inputs: Inputs) -> Expiry | None:
        text = inputs.get(name)
        if text is UNKNOWN:
            return computed(name)
        if inputs.get(f"{name.removesuffix('Body')}Url") is not None and text is None:
            return ExpiryUnknown(f"{kind} stands elsewhere", f"write it as `{name}`")
        if not any(_MINTING_TEMPLATE.search(part) for part in _texts(text)):
            return None
        return ExpiryUnknown(f"{kind} mints a credential that no rule looks into", _OF_ITS_OWN_TYPE)

    return end


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        yield json.dumps(value, default=str)


SCRIPTS: Mapping[str, Lifetime] = {
    "aws:cloudcontrol/resource:Resource": _template("typeName", "this resource of Cloud Control"),
    "aws:cloudformation/stack:Stack": _template("templateBody", "its template"),
    "aws:cloudformation/stackSet:StackSet": _template("templateBody", "its template"),
    "command:local:Command": _command,
    "command:remote:Command": _command,
    "pulumi-nodejs:dynamic:Resource": _dynamic,
    "pulumi-python:dynamic:Resource": _dynamic,
}
"""By type token."""

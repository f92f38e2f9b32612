"""Which writes to Vault's API mint a credential."""

from __future__ import annotations

import re
from posixpath import normpath
from urllib.parse import unquote

_MINTING = re.compile(
    r"""
    auth/token/create.*
    | auth/.+/login(/.*)?
    | auth/.+/(secret-id|custom-secret-id)
    | identity/oidc/(token|key)/.*
    | sys/(init|rekey|generate-root).*
    | .+/(creds|static-creds|issue|sts)/.*
    | .+/(sign|sign-verbatim|sign-intermediate|sign-self-issued)(/.*)?
    | .+/(root|intermediate|intermediate/cross|issuers)/(generate|rotate|sign).*
    | .+/(roleset|static-account|impersonated-account)/[^/]+/(token|key)
    | .+/keys/[^/]+(/rotate)?
    """,
    re.VERBOSE,
)
"""Source: the API pages of Vault's token, AppRole, PKI, SSH, AWS, database, Kubernetes and cloud
engines. Whatever reads fields of the answer back (``writeFields``) is judged without this."""


def minted_through(path: object) -> bool:
    """Whether a write to ``path`` answers with a credential; True for what is no path at all.

    A path is read as a server may: percent signs, doubled slashes, dots and capitals change
    nothing of where a request arrives, or are refused there.
    """
    if not isinstance(path, str):
        return True
    plain = normpath("/" + unquote(path.partition("?")[0])).strip("/").casefold()
    return _MINTING.fullmatch(plain.removeprefix("v1/")) is not None

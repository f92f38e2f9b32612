"""What the rules should say, written from their sentences and not from their code.

One flat function of plain facts. It knows no rule object, no limit table and no registry: only
the numbers of the random world in :mod:`tests.compliance.random_credentials`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from keylife.compliance.credential import (
    Absence,
    Credential,
    ExpiresAfter,
    ExpiresAt,
    ExpiryUnknown,
    NeverExpires,
    Role,
)

DAY = timedelta(days=1)
LIMIT_OF_KIND = {"aws-access-key": 90, "vault-token": 32, "aws-api-gateway-key": 90}
OTHER_LIMIT = 90
TOKEN_LIMIT = 32
VERSION_LIMIT = 90
OWNER_LIFE = {"team-payments": 45}
SWITCHES = {"*", "status", "enabled", "active"}
HARMLESS_TO_IGNORE = {"displayName", "user"}


def refused_by(c: Credential, at: datetime) -> set[str]:  # noqa: PLR0912  # flat, as the sentences
    """The ids of all rules that refuse a credential that stands alone in its stack."""
    if c.deleted:
        return _deleted(c)
    found = set()
    never, unknown = isinstance(c.expiry, NeverExpires), isinstance(c.expiry, ExpiryUnknown)
    life = _life(c, at)
    if never or unknown:
        found.add("expiry-required")
        if not c.managed:
            found.add("managed-only")
    most = _limit(c)
    judged_anew = not c.recorded
    if judged_anew and (unknown or (life is not None and life > most)):
        found.add("ttl-within-limit")
    ahead = c.birth is not None and c.birth > at + DAY
    if judged_anew and ahead and (unknown or life is not None):
        found.add("ttl-within-limit")
    if c.unenforced and isinstance(c.expiry, ExpiresAfter):
        late = c.expiry.span <= most < c.expiry.span + DAY
        found |= {"validity-budget"} if late else set()
    if judged_anew and c.owner in OWNER_LIFE:
        allowed = OWNER_LIFE[str(c.owner)] * DAY
        if never or unknown or (life is not None and life > allowed):
            found.add("age-within-limit")
    if c.role is Role.KEY and isinstance(c.rotate_every, Absence):
        found.add("rotation-before-expiry")
    elif c.role is Role.KEY and isinstance(c.expiry, ExpiresAfter):
        assert isinstance(c.rotate_every, timedelta)
        if not c.rotate_every < c.expiry.span:
            found.add("rotation-before-expiry")
    if c.irrevocable and (never or unknown or (life is not None and life > timedelta(hours=1))):
        found.add("irrevocable-needs-short-life")
    if c.was and c.was.expiry and isinstance(c.expiry, ExpiresAt):
        later = c.expiry.instant > c.was.expiry
        from_birth = None if c.was.birth is None else c.expiry.instant - c.was.birth
        beyond = from_birth is not None and from_birth > most
        if later and (c.role is Role.VERSION or beyond):
            found.add("birth-not-stretched")
    if c.role is Role.KEY or not c.managed:
        if c.service not in ("billing", "old", "sunset"):
            found.add("service-known-and-active")
        if c.owner not in ("team-payments", "leaving"):
            found.add("owner-known-and-active")
    ignored = {path.split(".")[0].split("[")[0] for path in c.options.ignore_changes or ()}
    if c.options.retain_on_delete or ignored & SWITCHES:
        found.add("unsafe-options")
    if not c.managed and (ignored - HARMLESS_TO_IGNORE or c.options.imported):
        found.add("unsafe-options")
    if c.exposed:
        found.add("secret-outputs-marked")
    if not c.managed and c.child:
        found.add("token-not-a-child")
    if not c.managed and c.deletion:
        found.add("revocable-by-delete")
    unseen = c.scope in (Absence.COMPUTED, Absence.UNREADABLE)
    policies = () if isinstance(c.scope, Absence) else c.scope.policies
    if unseen or any("Administrator" in policy for policy in policies):
        found.add("least-scope")
    if c.takes_over or "revoked" in (c.fingerprint, c.cloud_id):
        found.add("no-resurrection")
    if c.role is Role.KEY and c.id in ("dead", "dead-"):  # itself, and one that looks like it
        found.add("no-resurrection")
    return found


def _deleted(c: Credential) -> set[str]:
    if c.options.retain_on_delete:
        return {"revoked-means-revoked"}
    if c.role is Role.KEY:
        return set() if c.id == "dead" else {"revoked-means-revoked"}
    return {"revoked-means-revoked"} if c.deletion and not c.managed else set()


def _life(c: Credential, at: datetime) -> timedelta | None:
    if isinstance(c.expiry, ExpiresAfter):
        return c.expiry.span
    if isinstance(c.expiry, ExpiresAt):
        return c.expiry.instant - (c.birth or at)
    return None


def _limit(c: Credential) -> timedelta:
    if c.role is Role.VERSION:
        return VERSION_LIMIT * DAY
    if c.role is Role.KEY and isinstance(c.kind, str):
        return LIMIT_OF_KIND.get(c.kind, OTHER_LIMIT) * DAY
    if c.type == "vault:index/token:Token":
        return TOKEN_LIMIT * DAY
    return OTHER_LIMIT * DAY

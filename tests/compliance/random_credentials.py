"""Random credentials, each fact at or next to a border more often than not."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from keylife.compliance.credential import (
    Absence,
    Credential,
    ExpiresAfter,
    ExpiresAt,
    Expiry,
    ExpiryJudgedElsewhere,
    ExpiryUnknown,
    Life,
    NeverExpires,
    Objection,
    Role,
    Scope,
)
from keylife.compliance.options import Options
from tests.compliance.builders import NOON

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
_BORDERS = (HOUR, 14 * DAY, 32 * DAY, 45 * DAY, 89 * DAY, 90 * DAY, 400 * DAY)
_SPANS = tuple(border + step for border in _BORDERS for step in (-SECOND, timedelta(0), SECOND))
_WHY = Objection("why", "cure")
_NAMES = ("team-payments", "gone", "leaving", "nobody", *Absence)
_SERVICES = ("billing", "fax", "old", "sunset", "nothing", *Absence)
_IGNORED = ((), ("displayName",), ("ttl",), ("tags.owner",), ("status",), ("user",), ("*",))


def _expiry(random: Random) -> Expiry:
    match random.randrange(6):
        case 0 | 1:
            return ExpiresAfter(random.choice(_SPANS))
        case 2 | 3:
            return ExpiresAt(NOON + random.choice(_SPANS) - random.choice((0 * DAY, 10 * DAY)))
        case 4:
            return NeverExpires("why", "cure")
        case _:
            return random.choice((ExpiryUnknown("why", "cure"), ExpiryJudgedElsewhere("there")))


def _sometimes(random: Random, value: object) -> object:
    return value if random.random() < 0.15 else None


def random_credential(random: Random) -> Credential:
    """One credential; most of its facts are harmless, so that single faults are seen alone."""
    role = random.choice((Role.KEY, Role.CREDENTIAL, Role.CREDENTIAL, Role.VERSION))
    managed = role is not Role.CREDENTIAL or random.random() < 0.2
    birth = random.choice((None, None, NOON, NOON - 10 * DAY, NOON + DAY, NOON + DAY + SECOND))
    mostly = random.random() < 0.6
    ids = ("billing-deploy", "dead", "dead-", "deadly")
    return Credential(
        role=role,
        subject="urn:pulumi:dev::p::t::n",
        what="credential",
        type=random.choice(("vault:index/token:Token", "aws:appsync/apiKey:ApiKey")),
        kind=random.choice(("aws-access-key", "vault-token", "aws-api-gateway-key", "other"))
        if role is Role.KEY
        else Absence.UNSTATED,
        expiry=ExpiresAfter(14 * DAY) if mostly and random.random() < 0.5 else _expiry(random),
        owner="team-payments" if mostly else random.choice(_NAMES),
        service="billing" if mostly else random.choice(_SERVICES),
        managed=managed,
        birth=birth,
        recorded=random.random() < 0.1,
        takes_over=("urn",) if _sometimes(random, True) else (),
        id="billing-deploy" if mostly else random.choice(ids),
        was=Life(
            random.choice((None, NOON - 40 * DAY, NOON - DAY)),
            random.choice((None, NOON, NOON + 10 * DAY, NOON + 90 * DAY)),
        )
        if _sometimes(random, True)
        else None,
        rotate_every=random.choice((DAY, 13 * DAY, 14 * DAY, 90 * DAY, *Absence)),
        scope=random.choice(
            (Scope(), Scope(), Scope(("a:policy/AdministratorAccess",)), Scope(("x",)), *Absence)
        ),
        options=Options(
            retain_on_delete=random.choice((None, None, False, True)) if not mostly else None,
            ignore_changes=random.choice(_IGNORED) if not mostly else None,
            imported=random.choice((None, False, True)) if not mostly else None,
        ),
        fingerprint=random.choice((None, None, None, "f", "revoked")),
        cloud_id=random.choice((None, None, None, "c", "revoked")),
        exposed=("a",) if _sometimes(random, True) else (),
        deletion=_sometimes(random, _WHY),  # type: ignore[arg-type]
        irrevocable=_sometimes(random, _WHY),  # type: ignore[arg-type]
        unenforced=random.choice((None, _WHY)),
        child=_sometimes(random, _WHY),  # type: ignore[arg-type]
        deleted=bool(_sometimes(random, True)),
    )

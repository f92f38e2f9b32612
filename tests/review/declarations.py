"""Declarations to compare: by hand, and any two that could be two revisions of one repository."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import hypothesis.strategies as st

from keylife.model.configuration import Configuration
from keylife.model.gateway import Gateway
from keylife.model.key import Key
from keylife.model.registry import Owner, Service
from keylife.review import Declared

AT = datetime(2026, 11, 23, 6, 14, 30, tzinfo=UTC)

TOMBSTONE = {
    "at": "2026-11-20T09:30:00Z",
    "reason": "cessationOfOperation",
    "by": "oncall@example.com",
    "ref": "PAY-812",
}

_FIELDS: dict[str, Any] = {
    "kind": "aws-access-key",
    "service": "billing",
    "owner": "team-payments",
    "purpose": "deploys the billing API",
    "scope": {"policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]},
    "ttl": "30d",
    "rotate_every": "21d",
    "deliver": [{"vault-kv": {"mount": "secret", "path": "billing/aws"}}],
}


def key(key_id: str = "billing-deploy", **fields: Any) -> Key:
    """A key in order, but for these fields."""
    return Key.model_validate({"id": key_id, **_FIELDS, **fields})


def declared(
    *keys: Key,
    stack: str = "dev",
    services: dict[str, dict[str, Any]] | None = None,
    owners: dict[str, dict[str, Any]] | None = None,
    **configuration: Any,
) -> Declared:
    """A revision with these keys in one stack, and whom they name."""
    services = services or {"billing": {}, "metrics": {}}
    owners = owners or {"team-payments": {}, "team-platform": {}}
    return Declared(
        keys={(stack, one.id): one for one in keys},
        services={
            name: Service.model_validate({"id": name, "description": f"the {name}", **more})
            for name, more in services.items()
        },
        owners={
            name: Owner.model_validate({"id": name, "contact": f"{name}@example.com", **more})
            for name, more in owners.items()
        },
        configuration=Configuration.model_validate(configuration),
    )


_tombstones = st.fixed_dictionaries(
    {
        "at": st.sampled_from(["2026-11-20T09:30:00Z", "2026-11-21T00:00:00Z"]),
        "reason": st.sampled_from(["keyCompromise", "superseded"]),
        "by": st.sampled_from(["a", "b"]),
        "ref": st.sampled_from(["R-1", "R-2"]),
    }
)
_requests = st.fixed_dictionaries(
    {
        "at": st.sampled_from(["2026-11-01T00:00:00Z", "2027-11-01T00:00:00Z"]),
        "reason": st.sampled_from(["keyCompromise", "superseded"]),
    }
)
_deliveries = st.sampled_from(
    [
        {"vault-kv": {"mount": "secret", "path": "a"}},
        {"vault-kv": {"mount": "secret", "path": "b"}},
        {"secrets-manager": {"name": "a"}},
    ]
)
_kinds = st.one_of(
    st.fixed_dictionaries(
        {
            "kind": st.just("aws-access-key"),
            "scope": st.fixed_dictionaries(
                {
                    "policies": st.lists(
                        st.sampled_from([f"arn:aws:iam::aws:policy/{n}" for n in "ABC"]),
                        min_size=1,
                        unique=True,
                    )
                }
            ),
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("generated"),
            "scope": st.fixed_dictionaries({"accepted_by": st.sampled_from(["x", "y"])}),
        }
    ),
)


@st.composite
def _keys(draw: st.DrawFn, key_id: str) -> Key:
    kind = draw(_kinds)
    fields = {
        "id": key_id,
        **kind,
        "service": draw(st.sampled_from(["s1", "s2"])),
        "owner": draw(st.sampled_from(["o1", "o2"])),
        "purpose": draw(st.sampled_from(["p1", "p2"])),
        "target": draw(st.sampled_from([None, None, "eu"])),
        "ttl": draw(st.sampled_from(["30d", "60d"])),
        "rotate_every": draw(st.sampled_from(["7d", "21d"])),
        "quarantine": draw(st.sampled_from(["0s", "1d"])),
        "deliver": draw(st.lists(_deliveries, min_size=1, max_size=2, unique_by=str)),
        "gateways": draw(st.lists(st.sampled_from(["g1", "g2"]), max_size=2, unique=True)),
        "rotations": draw(st.lists(_requests, max_size=2, unique_by=str)),
        "revoked": draw(st.one_of(st.none(), st.none(), _tombstones)),
    }
    if kind["kind"] == "aws-access-key" and draw(st.integers(0, 5)) == 0:
        fields["imported"] = {
            "created": "2025-01-01T00:00:00Z",
            "credential": {"access_key_id": draw(st.sampled_from(["A", "B"]))},
        }
    return Key.model_validate({name: value for name, value in fields.items() if value is not None})


_dated = st.sampled_from(["2026-10-01T00:00:00Z", "2027-10-01T00:00:00Z"])


@st.composite
def _services(draw: st.DrawFn, name: str) -> Service:
    status = draw(st.sampled_from(["active", "deprecated", "retired"]))
    more = {} if status == "active" else {"since": draw(_dated)}
    described = draw(st.sampled_from(["d1", "d2"]))
    return Service.model_validate({"id": name, "description": described, "status": status, **more})


@st.composite
def _owners(draw: st.DrawFn, name: str) -> Owner:
    status = draw(st.sampled_from(["active", "departed"]))
    more = {} if status == "active" else {"since": draw(_dated)}
    contact = draw(st.sampled_from(["c1", "c2"]))
    return Owner.model_validate({"id": name, "contact": contact, "status": status, **more})


@st.composite
def _gateways(draw: st.DrawFn, name: str) -> Gateway:
    shown = {"url": "https://e.example.com/", "value": "{secret}"}
    fields = {"cache_age": draw(st.sampled_from(["0s", "5m"])), "header": draw(_headers)}
    return Gateway.model_validate({"id": name, **shown, **fields})


_headers = st.sampled_from(["Authorization", "x-api-key"])


_waivers = st.fixed_dictionaries(
    {
        "rule": st.just("ttl-within-limit"),
        "key": st.sampled_from(["k1", "k2"]),
        "reason": st.sampled_from(["r1", "r2"]),
        "approver": st.sampled_from(["a1", "a2"]),
        "until": st.one_of(st.none(), _dated),
    }
)


@st.composite
def configurations(draw: st.DrawFn) -> Configuration:
    """What ``keylife.yaml`` may decide."""
    levels = st.sampled_from(["mandatory", "advisory", "disabled"])
    return Configuration.model_validate(
        {
            "rules": draw(st.dictionaries(st.sampled_from(["r1", "r2"]), levels)),
            "waivers": draw(st.lists(_waivers, max_size=3, unique_by=str)),
            "limits": {"irrevocable": draw(st.sampled_from(["1h", "2h"]))},
        }
    )


@st.composite
def revisions(draw: st.DrawFn) -> Declared:
    """One revision: each id in one stack at most, as it has to be."""
    keys = {}
    for key_id in draw(st.sets(st.sampled_from(["k1", "k2", "k3"]))):
        stack = draw(st.sampled_from(["dev", "dev", "prod"]))
        keys[stack, key_id] = draw(_keys(key_id))
    return Declared(
        keys=keys,
        services={n: draw(_services(n)) for n in draw(st.sets(st.sampled_from(["s1", "s2"])))},
        owners={n: draw(_owners(n)) for n in draw(st.sets(st.sampled_from(["o1", "o2"])))},
        gateways={n: draw(_gateways(n)) for n in draw(st.sets(st.sampled_from(["g1", "g2"])))},
        configuration=draw(st.one_of(st.just(Configuration()), configurations())),
    )

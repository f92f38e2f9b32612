"""Verdicts to be written: one as a gate would give it, and one from any texts at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath

import hypothesis.strategies as st

from keylife.compliance.finding import Finding, Severity
from keylife.compliance.verdict import Located, Place, Verdict, Waived

AT = datetime(2026, 11, 23, 6, 14, 30, tzinfo=UTC)
FILE = PurePosixPath("stacks/dev/keys/billing.yaml")
PLACE = Place(FILE, 10, 5)


def located(
    rule: str = "ttl-within-limit",
    subject: str = "billing-deploy",
    message: str = "it expires in 400d, the limit is 90d",
    *,
    remedy: str = "lower its `ttl`",
    severity: Severity = Severity.VIOLATION,
    place: Place | None = PLACE,
) -> Located:
    return Located(Finding(rule, severity, subject, message, remedy), place)


def waived(finding: Located, reason: str = "moves to OIDC (PAY-7)", by: str = "ciso") -> Waived:
    return Waived(finding, reason, by, datetime(2026, 12, 24, tzinfo=UTC))


EMPTY = Verdict(AT, subjects=2, rules=("expiry-required", "ttl-within-limit"), findings=())

MIXED = Verdict(
    at=AT,
    subjects=4,
    rules=("expiry-required", "owner-active", "service-active", "ttl-within-limit"),
    findings=(
        located(),
        located(message="its 3 versions expire in 99d, the limit is 90d"),
        located(
            "expiry-required",
            "urn:pulumi:dev::shop::aws:iam/accessKey:AccessKey::quick-fix",
            "this IAM user long-lived access key never expires",
            remedy="declare a key in its place",
            place=None,
        ),
        located(
            "service-active",
            "exporter-upload",
            "service `exporter` is deprecated since 2026-10-01T00:00:00Z",
            remedy="move to its successor",
            severity=Severity.WARNING,
            place=Place(PurePosixPath("stacks/dev/keys/ex porter,1:2.yaml"), 3, 1),
        ),
    ),
    waived=(waived(located(subject="old-exporter")),),
)
"""Two findings of one rule against one key, one that no file holds, a warning, a waiver."""

HOSTILE = (
    "a\n::error::b",
    "::stop-commands::x",
    "##[add-mask]x ##[error]y",
    "%0A%25 %3A,=",
    "a|b\\|c\\\\|d",
    "`` ` ``` `",
    "</code><script>alert(1)</script><!--",
    "![x](http://evil.example/a.png) [y](javascript:1) <http://evil.example>",
    "@org/everyone #1 :tada: www.evil.example https://evil.example",
    "&lt;b&gt; &#124; ]]> <![CDATA[",
    "1. a\n# b\n---\n| c |",
    "\x00\x1b[31m\x07\x85\u2028\u202e\ufffe\ud800",
    "*a* _b_ ~~c~~ \\*d\\* $e$",
    "- x `a` |`b| `",
    " ",
    "é 漢 ﷽",
)

texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(codec=None), max_size=12),
    st.text("`|\\<>@#:%[]()!*\n ax.&;-", max_size=16),
    st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=3).map(" ".join),
)

_places = st.one_of(
    st.none(),
    st.builds(
        Place,
        texts.filter(lambda name: "\0" not in name).map(lambda name: FILE.parent / f"x{name}"),
        st.integers(1, 9999),
        st.integers(1, 999),
    ),
)
_located = st.builds(
    Located,
    st.builds(
        Finding,
        st.sampled_from(("expiry-required", "ttl-within-limit", "rule-that-was-not-asked")),
        st.sampled_from(Severity),
        texts,
        texts,
        texts,
    ),
    _places,
)

verdicts = st.builds(
    Verdict,
    st.just(AT),
    st.integers(0, 3),
    st.just(("expiry-required", "ttl-within-limit")),
    st.lists(_located, max_size=3).map(tuple),
    st.lists(st.builds(waived, _located, texts, texts), max_size=2).map(tuple),
)

"""What makes a finding the same one in the next run, whatever line it has moved to."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

from keylife.compliance.verdict import Located


def identified(findings: Iterable[Located]) -> Iterator[tuple[Located, str]]:
    """Each finding with an identity that services use to track it from run to run.

    It is a hash of rule and subject. Neither line nor message counts: a message holds numbers
    that change every day. Where one rule has several things against one subject, they are
    numbered in the order given.
    """
    seen: Counter[tuple[str, str]] = Counter()
    for located in findings:
        what = (located.finding.rule, located.finding.subject)
        text = "\0".join([*what, str(seen[what])] if seen[what] else what)
        seen[what] += 1
        yield located, hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()

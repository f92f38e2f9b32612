"""What must hold at every moment of a key's life, looked at from outside.

A consumer that reads the stable place always holds a working version; no version works from its
expiry on; what a version was born with never changes; no version was made twice.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.end_to_end.oracle import Copy, Oracle, birth_of, expiry_of
from tests.end_to_end.project import Project

Use = Callable[[Mapping[str, str]], object]


@dataclass
class Watched:
    """One declared key under watch."""

    key_id: str
    ttl: timedelta
    read: Callable[[], Copy | None]
    use: Callable[[Mapping[str, str]], object]
    """Whether a secret may do what its scope allows."""

    tags: Callable[[], Mapping[str, Mapping[str, str]]]
    """Of every version that lives at the issuer, what it says of itself."""

    created: Callable[[], Counter[str]]
    budget: Callable[[], Mapping[str, int]] = dict
    """Of every version that lives, the seconds its issuer grants it, where the issuer says so."""

    enforced: bool = True
    """Whether the issuer judges by the clock that the test moves."""

    secrets: dict[int, Mapping[str, str]] = field(default_factory=dict, repr=False)
    born: dict[int, Mapping[str, str]] = field(default_factory=dict)

    def look(self, now: datetime, *, late: bool = False) -> None:
        """Assert all of it at this moment.

        Args:
            now: the instant that the AWS front's clock was moved to.
            late: nobody ran for so long that the last version may have expired.
        """
        self._remember()
        current = self._current_version()
        if not late:
            assert self.works(), f"{self.key_id}: nothing works at {now}"
            assert now < expiry_of(self.born[current]), f"{self.key_id}: v{current} is over"
        for number, tags in self.born.items():
            assert expiry_of(tags) - birth_of(tags) == self.ttl
            if self.enforced and number in self.secrets and now >= expiry_of(tags):
                assert not self.use(self.secrets[number]), f"{self.key_id}: v{number} lives on"
        for version, seconds in self.budget().items():
            tags = self.born[int(version)]
            assert seconds <= (expiry_of(tags) - birth_of(tags)).total_seconds()
        assert set(self.created().values()) <= {1}, f"{self.key_id}: {self.created()}"

    def works(self) -> bool:
        """Whether a consumer that reads the stable place now can do its work."""
        copy = self.read()
        return copy is not None and bool(self.use(copy.secret))

    def _current_version(self) -> int:
        copy = self.read()
        assert copy is not None, f"{self.key_id}: nothing stands at its place"
        number = int(copy.metadata["keylife-version"])
        self.secrets.setdefault(number, copy.secret)
        assert self.secrets[number] == copy.secret, f"{self.key_id}: v{number} was issued anew"
        return number

    def _remember(self) -> None:
        for tags in self.tags().values():
            known = self.born.setdefault(int(tags["keylife:version"]), tags)
            for name in ("keylife:birth", "keylife:expiry"):
                assert tags[name] == known[name], f"{self.key_id}: a version was born again"


def watched_aws(project: Project, oracle: Oracle, word: str, ttl: timedelta) -> Watched:
    """Watch an AWS access key that is delivered to both places."""
    key_id, place = project.names.id(word), project.names.path(word)

    def read() -> Copy | None:
        return oracle.kv(place)

    return Watched(
        key_id,
        ttl,
        read,
        oracle.aws_answers,
        lambda: {v.user: v.tags for v in oracle.aws_versions(key_id).values()},
        lambda: oracle.created_access_keys(key_id),
    )


def watched_vault(project: Project, oracle: Oracle, word: str, ttl: timedelta) -> Watched:
    """Watch a Vault token; Vault keeps real time, whatever the test's clock says."""
    key_id, place = project.names.id(word), project.names.path(word)
    return Watched(
        key_id,
        ttl,
        lambda: oracle.kv(place),
        oracle.vault_answers,
        lambda: {
            version.accessor: {
                name.replace("keylife-", "keylife:"): value for name, value in version.meta.items()
            }
            for version in oracle.vault_versions(key_id).values()
        },
        lambda: oracle.created_tokens(key_id),
        lambda: {
            version.meta["keylife-version"]: version.explicit_max_ttl
            for version in oracle.vault_versions(key_id).values()
        },
        enforced=False,
    )


@contextmanager
def consumers_of(*keys: Watched) -> Iterator[Counter[str]]:
    """Use the keys again and again while something goes on; the misses, by key id.

    At the end each key was used at least once.
    """
    misses: Counter[str] = Counter()
    uses: Counter[str] = Counter()
    over = threading.Event()

    def consume() -> None:
        while not over.wait(0.2):
            for key in keys:
                uses[key.key_id] += 1
                misses[key.key_id] += not key.works()

    consumer = threading.Thread(target=consume)
    consumer.start()
    try:
        yield misses
    finally:
        over.set()
        consumer.join()
    assert all(uses[key.key_id] for key in keys)
    assert not +misses, f"consumers were left without a working version: {misses}"

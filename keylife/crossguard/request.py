"""One resource as all policies of a pack are asked about it: described once, not once a policy.

The SDK asks every policy of a pack about a resource, one after the other and in one thread, and
hands each of them a copy of its own. Describing it again for each would take longer than all
rules together.
"""

from __future__ import annotations

from datetime import timedelta
from threading import Lock, local

from pulumi_policy import ResourceValidationArgs

from keylife.compliance.ancestors import Ancestors
from keylife.compliance.credential import Mention, Subject
from keylife.compliance.describe import Surroundings, describe
from keylife.compliance.options import Options
from keylife.compliance.resource import STACK, Resource
from keylife.compliance.settings import Settings
from keylife.compliance.verdict import Waived
from keylife.crossguard.configuration import Configuration
from keylife.crossguard.gate import Gate
from keylife.crossguard.plain import PlainInputs

_Key = tuple[tuple[str, ...] | None, tuple[tuple[str, str], ...], tuple[object, ...]]


class Waiting:
    """Mentions seen before the ledger was read: judged as soon as a key of keylife's turns up."""

    def __init__(self) -> None:
        self._mentions: list[Mention] = []
        self._lock = Lock()

    def add(self, mentions: list[Mention]) -> None:
        """Keep what cannot be judged yet."""
        with self._lock:
            self._mentions += mentions

    def take(self) -> list[Mention]:
        """All that was kept, once."""
        with self._lock:
            taken, self._mentions = self._mentions, []
        return taken


class Memories:
    """What ancestors state, by the configuration that says where to read it."""

    def __init__(self) -> None:
        self._by: dict[_Key, Ancestors] = {}
        self._lock = Lock()

    def of(self, key: _Key) -> Ancestors:
        """The memory for one configuration."""
        with self._lock:
            return self._by.setdefault(key, Ancestors())


class Request:
    """One resource, while the policies are asked about it."""

    def __init__(
        self, args: ResourceValidationArgs, gate: Gate, memories: Memories, waiting: Waiting
    ) -> None:
        self.resource = _resource(args)
        self.granted: list[Waived] = []
        """The findings of all policies so far that waivers cover."""
        self._gate = gate
        self._memories = memories
        self._waiting = waiting
        self._described: dict[_Key, tuple[Subject, ...]] = {}
        self._also: list[Mention] | None = None

    def subjects(self, configured: Configuration, settings: Settings) -> tuple[Subject, ...]:
        """What there is to judge, as one policy is configured to read it."""
        lives = {**settings.issuer_lives, **configured.issuer_lives}
        key: _Key = (
            configured.tags,
            tuple(sorted(configured.assigned.items())),
            tuple(sorted(lives.items())),
        )
        found = self._described.get(key)
        if found is None:
            found = self._described[key] = self._describe(key, configured, lives, settings)
        return found

    def is_empty(self) -> bool:
        """Whether it was described, and there is nothing to judge; a stack always has itself."""
        return (
            self.resource.type != STACK
            and bool(self._described)
            and not any(self._described.values())
            and not self._also
        )

    def grant(self, waived: Waived) -> None:
        """Keep what a waiver covers, to be reported."""
        if waived not in self.granted:
            self.granted.append(waived)

    def _describe(
        self, key: _Key, configured: Configuration, lives: dict[str, timedelta], settings: Settings
    ) -> tuple[Subject, ...]:
        owners = settings.owners.replaced_by(configured.tags, configured.assigned)
        services = settings.services.replaced_by(configured.tags, configured.assigned)
        memory = self._memories.of(key)
        memory.note(self.resource, (owners, services))
        around = Surroundings(
            ledger=self._gate.read_ledger,
            owners=owners,
            services=services,
            inherited=memory.inherited,
            ending=memory.is_ending,
            issuer_lives=lives,
        )
        described = describe(self.resource, around)
        for subject in described:
            self._gate.population.note(subject)
        waivers = settings.waivers if self.resource.type == STACK else ()
        return (*self._with_mentions(described), *waivers)

    def _with_mentions(self, described: tuple[Subject, ...]) -> tuple[Subject, ...]:
        """What names versions is judged by the ledger, which is read for keylife's own only."""
        if self._gate.has_read_ledger:
            if self._also is None:
                self._also = self._waiting.take()
            return (*described, *self._also)
        if self._also is None:
            self._also = []
            self._waiting.add([s for s in described if isinstance(s, Mention)])
        return tuple(s for s in described if not isinstance(s, Mention))


class Requests:
    """The request that each thread of the pack is at."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._memories = Memories()
        self._waiting = Waiting()
        self._at = local()

    def of(self, args: ResourceValidationArgs, position: int) -> Request:
        """The request that a policy is asked in.

        Policies are asked in their order: one that does not come after the last one asked begins
        a new request, also about the same resource.

        Args:
            args: as the SDK hands them to the policy.
            position: the policy's place in the pack.
        """
        current: tuple[str, int, Request] | None = getattr(self._at, "current", None)
        if current is None or current[0] != args.urn or position <= current[1]:
            request = Request(args, self._gate, self._memories, self._waiting)
        else:
            request = current[2]
        self._at.current = (args.urn, position, request)
        return request

    def saw_nothing(self) -> bool:
        """Whether there is nothing to judge in this thread's request."""
        current: tuple[str, int, Request] | None = getattr(self._at, "current", None)
        return current is not None and current[2].is_empty()

    def granted(self) -> list[Waived]:
        """What waivers cover in this thread's request."""
        current: tuple[str, int, Request] | None = getattr(self._at, "current", None)
        return [] if current is None else current[2].granted


def _resource(args: ResourceValidationArgs) -> Resource:
    return Resource(
        urn=args.urn,
        type=args.resource_type,
        inputs=PlainInputs(args.props),
        provider=None if args.provider is None else PlainInputs(args.provider.props),
        aliases=tuple(args.opts.aliases),
        protected=args.opts.protect,
        parent=args.opts.parent,
        options=Options(
            delete_before_replace=bool(args.opts.delete_before_replace),
            ignore_changes=tuple(args.opts.ignore_changes),
            protected=args.opts.protect,
            secret_outputs=tuple(args.opts.additional_secret_outputs),
        ),
    )

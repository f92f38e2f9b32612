"""A gateway that lets consumers through by a key, and may remember a key that has ended.

What a gateway says of a purge proves nothing: it is shown the key itself, as a consumer would,
until it has refused it for longer than it may remember. What it answers is read strictly: only the
statuses that its declaration names are a refusal.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from keylife.compliance.tokens import MANAGED_KEY
from keylife.model.duration import parse_duration
from keylife.model.gateway import filled
from keylife.orphan import Clients
from keylife.systems.system import (
    Answer,
    Holding,
    Material,
    Resource,
    Step,
    Surroundings,
    Verdict,
)

if TYPE_CHECKING:
    import requests

_PAST_THE_DOOR = frozenset({403, 404, 405})
"""What is said by somebody behind the check, or by a check that knows the key: it was let in, or
could be. Unless the gateway's declaration has it for a refusal."""

_REQUEST_IDS = ("x-request-id", "x-amzn-requestid", "x-correlation-id", "cf-ray")
"""Headers in which gateways name a request; AWS API Gateway, Envoy and Cloudflare among them."""

_WITHIN = (5.0, 10.0)
"""Seconds to connect, and to the first byte of an answer."""

_ITSELF = "what it remembers runs out by itself"


def _purge(holding: Holding, clients: Clients) -> str:
    """Tell the gateway to forget. That it did not is no reason to wait: its memory runs out."""
    facts = holding.facts
    if "purgeUrl" not in facts:
        return f"it declares no purge: {_ITSELF}"
    headers = {}
    if variable := facts.get("purgeTokenVariable"):
        if not os.environ.get(variable):
            return f"not purged, {variable} is not set: {_ITSELF}"
        headers["Authorization"] = f"Bearer {os.environ[variable]}"
    answer, broke = _asked(facts["purgeMethod"], facts["purgeUrl"], headers)
    if answer is None or not 200 <= answer.status_code < 300:
        said = broke if answer is None else str(answer.status_code)
        return f"not purged, {said}: {_ITSELF}"
    return f"purged: {answer.status_code}"


def _asked(
    method: str, url: str, headers: Mapping[str, str]
) -> tuple[requests.Response | None, str]:
    """One request, and its answer without the body; or what kind of error there was instead.

    No redirect is followed, and no name and password of the operator's ``.netrc`` takes the place
    of what is sent.
    """
    import requests

    def as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
        for name, value in headers.items():
            request.headers[name] = value.encode("utf-8")
        return request

    try:
        with requests.Session() as session:
            session.trust_env = url.startswith("https:")  # a proxy would read what is not sealed
            with session.request(
                method,
                url,
                headers={"User-Agent": "keylife"},
                auth=as_it_is,
                timeout=_WITHIN,
                allow_redirects=False,
                stream=True,
            ) as answer:
                return answer, ""
    except (requests.RequestException, ValueError) as error:  # their texts may repeat what was sent
        return None, type(error).__name__


class Gateway:
    """What the key's own entry in the stack's state names as its gateways."""

    name: ClassVar[str] = "gateway"
    types: ClassVar[frozenset[str]] = frozenset({MANAGED_KEY})
    issues: ClassVar[bool] = False
    steps: ClassVar[Sequence[Step]] = (Step("purge", _purge, again=True, final=False),)

    def holdings(self, resource: Resource, around: Surroundings) -> Iterable[Holding]:
        """One for each gateway and each ending version that was ever issued."""
        for told in resource["inputs"].get("gateways") or ():
            facts = {name: value for name, value in told.items() if isinstance(value, str)}
            for version in sorted(around.ending):
                if around.versions.get(version):
                    yield Holding(
                        system=self.name,
                        key=around.key,
                        version=version,
                        place=f"{self.name}/{facts['id']}",
                        facts=facts,
                        urn="",
                        provider="",
                        window=parse_duration(facts["cacheAge"]).total_seconds(),
                        second_hand=True,
                    )

    def material(self, resource: Resource) -> Material:
        """None: it has none of its own."""
        return {}

    def mark(self, resource: Resource) -> Mapping[str, str]:
        """None: it issues nothing."""
        return {}

    def use(self, holding: Holding, material: Material, clients: Clients) -> Answer:
        """Show it the version, as its consumers do, and read its answer strictly."""
        facts = holding.facts
        try:
            shown = filled(facts["value"], dict(material))
        except KeyError as error:
            return Answer(Verdict.UNCLEAR, f"the version has no {error.args[0]} to be shown")
        answer, broke = _asked("GET", facts["url"], {facts["header"]: shown})
        if answer is None:
            return Answer(Verdict.UNCLEAR, broke)
        status = answer.status_code
        if str(status) in facts["refused"].split():
            verdict = Verdict.REFUSED
        elif 200 <= status < 300 or status in _PAST_THE_DOOR:
            verdict = Verdict.ACCEPTED
        else:
            verdict = Verdict.UNCLEAR
        return Answer(verdict, str(status), _request_id(answer.headers))

    def look(self, holding: Holding, clients: Clients) -> Answer:
        """Nobody can be asked: a gateway lists nothing."""
        return Answer(Verdict.UNCLEAR, "a gateway lists nothing")


def _request_id(headers: Mapping[str, Any]) -> str | None:
    """By which the gateway's own log has the request, if it says so in plain characters."""
    told = next((str(headers[name]) for name in _REQUEST_IDS if name in headers), "")
    return told if told.isascii() and told.isprintable() and 0 < len(told) <= 128 else None

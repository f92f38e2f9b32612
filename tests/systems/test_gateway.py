"""What a gateway is asked, and how strictly its answer is read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from keylife.orphan import Clients
from keylife.systems.holdings import holdings_of
from keylife.systems.system import Holding, Verdict
from keylife.systems.table import SYSTEMS
from tests import nginx
from tests.program.states import resource, state
from tests.systems.doing import done, holding

GATEWAY = SYSTEMS["gateway"]
MATERIAL = {"token": "canary-token", "odd": "canary\r\nx-evil: 1"}


@dataclass
class Answering:
    """A gateway that answers as it is told, and keeps what it was asked."""

    url: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def edge(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    told = Answering()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def _answer(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            told.asked.append((self.command, self.path, headers))
            self.send_response(told.status)
            for name, value in {"Content-Length": "0", **told.headers}.items():
                self.send_header(name, value)
            self.end_headers()

        do_GET = do_POST = do_PURGE = _answer

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")  # nobody: it would see the key
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


def held(edge: Answering, **facts: str) -> Holding:
    told = {
        "id": "edge",
        "url": f"{edge.url}/health?deep=1",
        "header": "X-Key",
        "value": "Bearer {token}",
        "refused": "401",
    }
    return holding("gateway", "k").model_copy(update={"facts": {**told, **facts}})


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.ACCEPTED),
        (204, Verdict.ACCEPTED),
        (401, Verdict.REFUSED),
        (403, Verdict.ACCEPTED),
        (404, Verdict.ACCEPTED),
        (405, Verdict.ACCEPTED),
        (302, Verdict.UNCLEAR),
        (304, Verdict.UNCLEAR),
        (400, Verdict.UNCLEAR),
        (407, Verdict.UNCLEAR),
        (429, Verdict.UNCLEAR),
        (500, Verdict.UNCLEAR),
        (503, Verdict.UNCLEAR),
    ],
)
def test_only_what_is_declared_is_a_refusal(edge: Answering, status: int, verdict: Verdict) -> None:
    edge.status = status
    edge.headers = {"Location": f"{edge.url}/login", "X-Request-Id": "r-1"}

    answer = GATEWAY.use(held(edge), MATERIAL, Clients())

    assert (answer.verdict, answer.said, answer.request_id) == (verdict, str(status), "r-1")
    [(method, path, headers)] = edge.asked
    assert (method, path, headers["x-key"]) == ("GET", "/health?deep=1", "Bearer canary-token")
    assert "cache-control" not in headers, "a consumer does not ask past the cache"


def test_what_its_declaration_has_for_a_refusal_is_one(edge: Answering) -> None:
    edge.status = 403

    answer = GATEWAY.use(held(edge, refused="401 403"), MATERIAL, Clients())

    assert answer.verdict is Verdict.REFUSED


def test_nobody_who_answers_is_no_refusal(edge: Answering) -> None:
    answer = GATEWAY.use(held(edge, url="http://127.0.0.1:1/"), MATERIAL, Clients())

    assert (answer.verdict, answer.said) == (Verdict.UNCLEAR, "ConnectionError")


def test_a_secret_that_fits_in_no_header_is_not_sent_and_not_told(edge: Answering) -> None:
    answer = GATEWAY.use(held(edge, value="{odd}"), MATERIAL, Clients())

    assert answer.verdict is Verdict.UNCLEAR
    assert "canary" not in answer.said
    assert edge.asked == []


def test_a_version_without_the_field_is_not_guessed_at(edge: Answering) -> None:
    answer = GATEWAY.use(held(edge, value="{secret}"), MATERIAL, Clients())

    assert (answer.verdict, answer.said) == (
        Verdict.UNCLEAR,
        "the version has no secret to be shown",
    )
    assert edge.asked == []


def test_the_operators_netrc_does_not_take_the_keys_place(
    edge: Answering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login ada password lovelace\n")
    monkeypatch.setenv("NETRC", str(netrc))

    GATEWAY.use(held(edge, header="Authorization"), MATERIAL, Clients())

    assert edge.asked[0][2]["authorization"] == "Bearer canary-token"


def test_a_request_id_that_would_garble_a_line_is_left_out(edge: Answering) -> None:
    edge.headers = {"X-Request-Id": "\x1b[31m"}

    assert GATEWAY.use(held(edge), MATERIAL, Clients()).request_id is None


def test_a_gateway_lists_nothing(edge: Answering) -> None:
    assert GATEWAY.look(held(edge), Clients()).verdict is Verdict.UNCLEAR
    assert edge.asked == []


def test_a_purge_is_sent_with_the_operators_token(
    edge: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYLIFE_PURGE_EDGE", "operators")
    mine = held(
        edge,
        purgeMethod="PURGE",
        purgeUrl=f"{edge.url}/all",
        purgeTokenVariable="KEYLIFE_PURGE_EDGE",
    )

    assert done(mine, Clients()) == {"purge": "purged: 200"}

    [(method, path, headers)] = edge.asked
    assert (method, path, headers["authorization"]) == ("PURGE", "/all", "Bearer operators")
    assert "canary" not in str(headers)


@pytest.mark.parametrize("status", [302, 401, 404, 503])
def test_a_purge_that_did_not_work_holds_nothing_up(edge: Answering, status: int) -> None:
    edge.status = status
    mine = held(edge, purgeMethod="POST", purgeUrl=f"{edge.url}/all")

    said = f"not purged, {status}: what it remembers runs out by itself"
    assert done(mine, Clients()) == {"purge": said}


def test_a_purge_without_its_token_is_not_sent(
    edge: Answering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KEYLIFE_PURGE_EDGE", raising=False)
    mine = held(
        edge,
        purgeMethod="POST",
        purgeUrl=f"{edge.url}/all",
        purgeTokenVariable="KEYLIFE_PURGE_EDGE",
    )

    said = "not purged, KEYLIFE_PURGE_EDGE is not set: what it remembers runs out by itself"
    assert done(mine, Clients()) == {"purge": said}
    assert edge.asked == []


def test_where_no_purge_is_declared_that_is_said(edge: Answering) -> None:
    said = "it declares no purge: what it remembers runs out by itself"
    assert done(held(edge), Clients()) == {"purge": said}
    assert edge.asked == []


EDGE = {
    "id": "edge",
    "url": "https://edge.example.com/",
    "header": "Authorization",
    "value": "Bearer {token}",
    "cacheAge": "5m",
    "refused": "401",
}


def behind(export: dict[str, Any], key: str, *gateways: dict[str, str]) -> dict[str, Any]:
    """The same state, with gateways before a key."""
    resource(export, "keylife:index:ManagedKey", key)["inputs"]["gateways"] = list(gateways)
    return export


def test_a_key_is_held_by_its_gateways_after_all_that_they_may_ask() -> None:
    export = behind(state("in-rotation"), "metrics-reader", EDGE, {**EDGE, "id": "inner"})

    found = holdings_of(export, "metrics-reader", [2])

    assert [h.place for h in found] == [
        "vault-token/EXAMPLE",
        "vault-kv/secret/metrics/token",
        "gateway/edge",
        "gateway/inner",
    ]
    gateway = found[2]
    assert (gateway.window, gateway.second_hand, gateway.facts) == (301.0, True, EDGE)
    assert (gateway.version, gateway.urn, gateway.provider) == (2, "", "")
    assert not any(h.second_hand for h in found[:2])
    assert holdings_of(export, "billing-deploy")[-1].system != "gateway"


def test_what_it_asks_may_lag_and_that_is_waited_for_too() -> None:
    """Secrets Manager and IAM may say yes for 10 s after they said no, and it remembers that."""
    found = holdings_of(behind(state("in-rotation"), "billing-deploy", EDGE), "billing-deploy")

    assert {h.window for h in found if h.second_hand} == {310.0}


def test_a_version_that_was_never_issued_is_shown_to_nobody() -> None:
    export = behind(state("in-rotation"), "metrics-reader", EDGE)
    resources = export["deployment"]["resources"]
    token = resource(export, "vault:index/token:Token", "metrics-reader-v2")
    resources.remove(token)

    assert [h.place for h in holdings_of(export, "metrics-reader", [2]) if h.second_hand] == []


def test_a_real_nginx_goes_on_letting_a_key_in_until_it_is_purged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEYLIFE_PURGE_EDGE", "operators")
    known = {"canary-token"}
    with nginx.edge(
        tmp_path / "ng inx", known.__contains__, remembers=3600, purge_token="operators"
    ) as there:
        mine = held(
            Answering(there.url),
            url=f"{there.url}/health",
            header="Authorization",
            purgeMethod="POST",
            purgeUrl=f"{there.url}/forget",
            purgeTokenVariable="KEYLIFE_PURGE_EDGE",
        )
        alive = GATEWAY.use(mine, MATERIAL, Clients())
        known.clear()
        remembered = GATEWAY.use(mine, MATERIAL, Clients())
        purged = done(mine, Clients())
        dead = GATEWAY.use(mine, MATERIAL, Clients())

    assert (alive.verdict, alive.said) == (Verdict.ACCEPTED, "200")
    assert remembered.verdict is Verdict.ACCEPTED, "whoever it asks refuses it already"
    assert purged == {"purge": "purged: 204"}
    assert (dead.verdict, dead.said) == (Verdict.REFUSED, "401")
    assert dead.request_id is not None
    assert len({alive.request_id, remembered.request_id, dead.request_id}) == 3

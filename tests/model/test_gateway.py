"""A declared gateway: what may be said of one, and what the state keeps of it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from keylife.model.gateway import Gateway, filled

EDGE: dict[str, Any] = {
    "id": "edge",
    "url": "https://edge.example.com/health",
    "value": "Bearer {token}",
    "cache_age": "5m",
}


def edge(**changes: Any) -> Gateway:
    return Gateway.model_validate({**EDGE, **changes})


def test_what_is_left_out() -> None:
    told = edge()

    assert (told.header, told.refused, told.purge) == ("Authorization", (401,), None)
    assert told.fields == {"token"}


def test_the_cache_age_is_never_left_out() -> None:
    with pytest.raises(ValidationError, match="cache_age\n  Field required"):
        Gateway.model_validate({n: v for n, v in EDGE.items() if n != "cache_age"})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param({"cache_age": "61m"}, "remembers keys for longer than 1h", id="too long"),
        pytest.param({"url": "http://edge.example.com/"}, "only sent over https", id="in clear"),
        pytest.param({"url": "http://10.0.0.1/"}, "only sent over https", id="a network's"),
        pytest.param({"url": "http://127.0.0.1.example.com/"}, "over https", id="looks local"),
        pytest.param({"url": "http://169.254.169.254/"}, "only sent over https", id="metadata"),
        pytest.param({"url": "ftp://edge.example.com/"}, "only sent over https", id="no http"),
        pytest.param({"url": "https://u:p@edge.example.com/"}, "no secret", id="a password"),
        pytest.param({"url": "https:///health"}, "write a URL", id="no host"),
        pytest.param({"url": "https://edge.example.com/#a"}, "without a fragment", id="fragment"),
        pytest.param({"url": "https://edge.example.com/a b"}, "write a URL", id="a blank"),
        pytest.param({"url": "https://[::1"}, "not a URL", id="half an address"),
        pytest.param({"header": "X Key"}, "name of a header", id="two words of a header"),
        pytest.param({"value": "Bearer"}, "a field of its material", id="the key is not shown"),
        pytest.param({"value": "{Token}"}, "a field of its material", id="no such field's name"),
        pytest.param({"value": "{{token}}"}, "a field of its material", id="braces in braces"),
        pytest.param({"value": "a\r\nb: {token}"}, "one line", id="two headers"),
        pytest.param({"refused": []}, "at least one", id="never refuses"),
        pytest.param({"refused": [200]}, "greater than or equal to 400", id="a success"),
        pytest.param({"refused": [503]}, "less than or equal to 499", id="a breakdown"),
        pytest.param({"refused": [429]}, "come back later", id="too many requests"),
        pytest.param(
            {"purge": {"url": "https://e.example.com", "token_variable": "AWS_SECRET_ACCESS_KEY"}},
            "begins with KEYLIFE_PURGE_",
            id="somebody else's secret",
        ),
        pytest.param(
            {"purge": {"url": "http://e.example.com"}}, "only sent over https", id="purge in clear"
        ),
    ],
)
def test_what_is_refused(change: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        edge(**change)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/a?b=c",
        "http://[::1]:80/",
        "http://localhost/",
        "https://10.1.2.3:8443/x",
    ],
)
def test_where_a_key_may_be_sent(url: str) -> None:
    assert edge(url=url).url == url


def test_what_the_state_keeps_of_it() -> None:
    purge = {"url": "https://e.example.com/p", "token_variable": "KEYLIFE_PURGE_EDGE"}

    assert edge(refused=[401, 403], purge=purge).recorded() == {
        "id": "edge",
        "url": "https://edge.example.com/health",
        "header": "Authorization",
        "value": "Bearer {token}",
        "cacheAge": "5m",
        "refused": "401 403",
        "purgeMethod": "POST",
        "purgeUrl": "https://e.example.com/p",
        "purgeTokenVariable": "KEYLIFE_PURGE_EDGE",
    }


def test_a_template_is_filled_once() -> None:
    """What a secret says is no template."""
    assert filled("{a}:{b}", {"a": "{b}", "b": "x"}) == "{b}:x"
    with pytest.raises(KeyError):
        filled("{a}", {"b": "x"})

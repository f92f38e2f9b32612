"""What AWS's answers say, and whom it is that asks, without asking anybody."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from keylife.systems.aws_answers import as_the_version, asked, together, two_regions
from keylife.systems.system import Answer, Verdict

SECRET = "canary-secret"


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS's own endpoints, whatever a test before left in the environment."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


def operators(region: str, endpoint: str | None = None) -> Any:
    return boto3.client(
        "sts",
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )


@pytest.mark.parametrize(
    ("own", "asked_in"),
    [
        pytest.param("eu-central-1", ("eu-central-1", "us-east-1"), id="a second one"),
        pytest.param("us-east-1", ("us-east-1", "us-west-2"), id="which is another"),
        pytest.param("cn-north-1", ("cn-north-1", "cn-northwest-1"), id="of the same partition"),
        pytest.param("us-gov-east-1", ("us-gov-east-1", "us-gov-west-1"), id="and of that one"),
    ],
)
def test_a_key_is_asked_for_in_two_regions(own: str, asked_in: tuple[str, ...]) -> None:
    sts = operators(own)

    assert two_regions(sts) == asked_in
    clients = [as_the_version(sts, "sts", "AKIA", SECRET, region) for region in asked_in]
    for client, region in zip(clients, asked_in, strict=True):
        assert client.meta.endpoint_url.startswith(f"https://sts.{region}.amazonaws.com")


def test_an_endpoint_of_somebodys_own_is_asked_as_it_is() -> None:
    sts = operators("eu-central-1", "https://aws.example.com")

    version = as_the_version(sts, "sts", "AKIA", SECRET, "us-east-1")

    assert version.meta.endpoint_url == "https://aws.example.com"
    assert version.meta.region_name == "us-east-1"


def answer(code: str) -> Answer:
    def call() -> Any:
        response: Any = {
            "Error": {"Code": code, "Message": f"it was {SECRET}"},
            "ResponseMetadata": {"RequestId": "request-1"},
        }
        raise ClientError(response, "GetCallerIdentity")

    return asked(call)


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("InvalidClientTokenId", Verdict.REFUSED),
        ("UnrecognizedClientException", Verdict.REFUSED),
        ("SignatureDoesNotMatch", Verdict.UNCLEAR),
        ("ExpiredToken", Verdict.UNCLEAR),
        ("Throttling", Verdict.UNCLEAR),
        ("ServiceUnavailable", Verdict.UNCLEAR),
        ("AccessDenied", Verdict.UNCLEAR),
        ("RequestExpired", Verdict.UNCLEAR),
        ("403", Verdict.UNCLEAR),
    ],
)
def test_only_a_key_that_is_not_known_is_refused(code: str, verdict: Verdict) -> None:
    assert answer(code) == Answer(verdict, code, "request-1")


def test_a_code_that_is_none_is_not_repeated() -> None:
    assert answer(f"<b>{SECRET}</b>") == Answer(Verdict.UNCLEAR, "ClientError", "request-1")


def test_no_answer_is_unclear_and_names_nothing_that_was_sent() -> None:
    def call() -> Any:
        raise EndpointConnectionError(endpoint_url=f"https://{SECRET}")

    assert asked(call) == Answer(Verdict.UNCLEAR, "EndpointConnectionError")


def test_one_region_that_does_not_answer_leaves_it_unclear() -> None:
    refused = Answer(Verdict.REFUSED, "InvalidClientTokenId", "r1")
    silent = Answer(Verdict.UNCLEAR, "Throttling", "r2")

    assert together([refused, silent]) == Answer(Verdict.UNCLEAR, "Throttling", "r1 r2")
    assert together([refused, refused]) == Answer(Verdict.REFUSED, "InvalidClientTokenId", "r1 r1")

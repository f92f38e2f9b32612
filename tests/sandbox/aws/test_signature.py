"""Signature Version 4, against AWS's published example and botocore's signer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from keylife.sandbox.aws.signature import (
    Authorization,
    Request,
    is_signed_with,
    read_authorization,
)

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

EXAMPLE = Request(
    method="GET",
    path="/",
    query="Action=ListUsers&Version=2010-05-08",
    headers={
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "host": "iam.amazonaws.com",
        "x-amz-date": "20150830T123600Z",
    },
    body=b"",
)
"""The request of "Signature Version 4 signing process" in the AWS General Reference."""

CLAIM = Authorization(
    access_key_id="AKIDEXAMPLE",
    day="20150830",
    region="us-east-1",
    service="iam",
    signed_headers=("content-type", "host", "x-amz-date"),
    signature="5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
)


def test_the_published_example_is_signed_rightly() -> None:
    assert is_signed_with(SECRET, CLAIM, EXAMPLE)


@pytest.mark.parametrize(
    "forged",
    [
        pytest.param(replace(EXAMPLE, method="POST"), id="another method"),
        pytest.param(replace(EXAMPLE, path="/x"), id="another path"),
        pytest.param(replace(EXAMPLE, query="Action=DeleteUser"), id="another query"),
        pytest.param(replace(EXAMPLE, body=b"x"), id="another body"),
        pytest.param(replace(EXAMPLE, headers={**EXAMPLE.headers, "host": "x"}), id="another host"),
        pytest.param(
            replace(EXAMPLE, headers={**EXAMPLE.headers, "x-amz-date": "20150831T123600Z"}),
            id="another day",
        ),
    ],
)
def test_a_signature_fits_its_own_request_only(forged: Request) -> None:
    assert not is_signed_with(SECRET, CLAIM, forged)


def test_a_signature_fits_its_own_secret_region_and_service_only() -> None:
    assert not is_signed_with(SECRET + "x", CLAIM, EXAMPLE)
    assert not is_signed_with(SECRET, replace(CLAIM, region="eu-west-1"), EXAMPLE)
    assert not is_signed_with(SECRET, replace(CLAIM, service="sts"), EXAMPLE)


class _LeavingOut(SigV4Auth):
    """A signer that does not cover one of the headers."""

    left_out: str

    def headers_to_sign(self, request: Any) -> Any:
        headers = super().headers_to_sign(request)
        del headers[self.left_out]
        return headers


@pytest.mark.parametrize(("left_out", "accepted"), [("host", False), ("content-type", True)])
def test_host_must_be_covered_by_the_signature(left_out: str, accepted: bool) -> None:
    request = AWSRequest(
        "POST",
        "http://127.0.0.1:1/",
        data=b"Action=ListUsers",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    signer = _LeavingOut(Credentials("A" * 20, SECRET), "iam", "us-east-1")
    signer.left_out = left_out
    signer.add_auth(request)
    headers = {name.lower(): str(value) for name, value in request.headers.items()}
    claim = read_authorization(headers["authorization"])
    assert claim is not None
    assert left_out not in claim.signed_headers

    received = Request("POST", "/", "", {"host": "127.0.0.1:1", **headers}, b"Action=ListUsers")
    assert is_signed_with(SECRET, claim, received) is accepted


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer abc", "AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=", "AWS4-HMAC-SHA256 x"],
)
def test_what_is_no_signature_is_no_claim(header: str | None) -> None:
    assert read_authorization(header) is None

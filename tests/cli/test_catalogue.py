"""`keylife catalogue` prints what keylife judges credentials by."""

from __future__ import annotations

import pytest

from keylife.compliance.catalogue import catalogue
from tests.cli.conftest import Command

ACCESS_KEY = "aws:iam/accessKey:AccessKey"


def test_all_types_are_listed_one_line_each(keylife: Command) -> None:
    answer = keylife("catalogue")

    assert (answer.code, answer.err) == (0, "")
    assert len(answer.out.splitlines()) == len(catalogue())
    assert f"mint       {ACCESS_KEY}  none" in answer.out


def test_one_type_is_told_in_full(keylife: Command) -> None:
    answer = keylife("catalogue", ACCESS_KEY)

    assert answer.code == 0
    assert "judged by the rules         yes" in answer.out
    assert "iam:GetAccessKeyLastUsed" in answer.out
    assert "how it is revoked           status=Inactive (in place) then delete" in answer.out


def test_a_part_of_a_name_lists_the_types_that_have_it(keylife: Command) -> None:
    answer = keylife("catalogue", "GITLAB:")

    assert answer.code == 0
    assert len(answer.out.splitlines()) == 13
    assert all("gitlab:" in line for line in answer.out.splitlines())


def test_a_version_of_a_type_is_that_type(keylife: Command) -> None:
    answer = keylife("catalogue", "azure-native:keyvault/v20230701:Secret")

    assert answer.code == 0
    assert "no: store" in answer.out


def test_the_same_for_programs(keylife: Command) -> None:
    one = keylife("catalogue", ACCESS_KEY, "--format", "json").json()
    every = keylife("catalogue", "--format", "json").json()

    assert one["format_version"] == every["format_version"] == 1
    assert [entry["type_token"] for entry in one["types"]] == [ACCESS_KEY]
    assert len(every["types"]) == len(catalogue())


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("aws:kms/alias:Alias", "no type in the catalogue"),
        ("aws:rds/certificate:Certificate", "no credential: it chooses AWS's own authority"),
        ("acme:index:ApiToken", "every gate warns"),
    ],
)
def test_what_is_not_known_is_no_answer(keylife: Command, token: str, said: str) -> None:
    answer = keylife("catalogue", token)

    assert (answer.code, answer.out) == (1, "")
    assert said in answer.err

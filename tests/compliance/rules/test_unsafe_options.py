from __future__ import annotations

import pytest

from keylife.compliance.options import Options
from tests.compliance.builders import credential, key, violations, warnings

RULE = "unsafe-options"


@pytest.mark.parametrize(
    ("options", "refused", "warned"),
    [
        pytest.param(Options(), False, False, id="nothing is seen"),
        pytest.param(Options(retain_on_delete=False), False, False, id="nothing is kept"),
        pytest.param(Options(retain_on_delete=True), True, False, id="kept alive"),
        pytest.param(Options(ignore_changes=("ttl",)), True, False, id="its end is ignored"),
        pytest.param(Options(ignore_changes=("tags.owner",)), True, False, id="a tag is ignored"),
        pytest.param(Options(ignore_changes=('tags["owner"]',)), True, False, id="in brackets"),
        pytest.param(Options(ignore_changes=("*",)), True, False, id="all is ignored"),
        pytest.param(Options(ignore_changes=("displayName",)), False, False, id="a name is"),
        pytest.param(Options(imported=True), True, False, id="imported"),
        pytest.param(Options(imported=False), False, False, id="not imported"),
        pytest.param(Options(delete_before_replace=True), False, True, id="deleted first"),
        pytest.param(Options(delete_before_replace=False), False, False, id="deleted last"),
        pytest.param(Options(protected=True), False, True, id="protected"),
        pytest.param(
            Options(deleted_with="urn:pulumi:dev::p::aws:s3/bucket:Bucket::b"),
            True,
            False,
            id="forgotten with a bucket",
        ),
        pytest.param(
            Options(deleted_with="urn:pulumi:dev::p::acme:index:T$aws:iam/user:User::u"),
            False,
            False,
            id="gone with its user",
        ),
    ],
)
def test_no_option_keeps_it_alive(options: Options, refused: bool, warned: bool) -> None:
    assert bool(violations(RULE, credential(options=options))) is refused
    assert bool(warnings(RULE, credential(options=options))) is warned


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        pytest.param(Options(ignore_changes=("ttl",)), False, id="what it ignores of a secret id"),
        pytest.param(Options(ignore_changes=("status",)), True, id="whether it is switched off"),
        pytest.param(Options(retain_on_delete=True), True, id="kept alive"),
        pytest.param(Options(imported=True), False, id="imported by keylife"),
    ],
)
def test_keylifes_own_may_do_what_it_does(options: Options, refused: bool) -> None:
    assert bool(violations(RULE, key(options=options))) is refused

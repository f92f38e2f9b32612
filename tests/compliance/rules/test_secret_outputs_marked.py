from __future__ import annotations

import inspect
import re
from importlib import import_module
from typing import Any

import pytest

from keylife.compliance.catalogue import catalogue
from keylife.compliance.credential import Leak
from keylife.compliance.exposures import UNMARKED, exposed_outputs
from keylife.compliance.options import Options
from keylife.compliance.resource import Resource
from tests.compliance.builders import credential, violations

RULE = "secret-outputs-marked"
ACTIVATION = "aws:ssm/activation:Activation"


def described(**seen: Any) -> tuple[str, ...]:
    resource = Resource(f"urn:pulumi:dev::p::{ACTIVATION}::n", ACTIVATION, {}, **seen)
    return exposed_outputs(ACTIVATION, resource)


@pytest.mark.parametrize(
    ("seen", "refused"),
    [
        pytest.param({"options": Options(secret_outputs=())}, True, id="marked by nobody"),
        pytest.param(
            {"options": Options(secret_outputs=("activationCode",))}, False, id="by the program"
        ),
        pytest.param({"options": Options(secret_outputs=("id",))}, True, id="another one is"),
        pytest.param({"secret_outputs": frozenset({"activationCode"})}, False, id="in the state"),
        pytest.param({"secret_outputs": frozenset()}, True, id="in clear in the state"),
        pytest.param({}, False, id="a gate that sees neither"),
    ],
)
def test_a_secret_is_marked_as_one(seen: dict[str, Any], refused: bool) -> None:
    assert bool(violations(RULE, credential(exposed=described(**seen)))) is refused


@pytest.mark.parametrize("type_token", sorted(t for t in UNMARKED if t.startswith("aws:")))
def test_the_installed_sdk_does_not_mark_it(type_token: str) -> None:
    """Where a new SDK marks it, nobody has to: then it goes from the table."""
    module, _, name = catalogue()[type_token].python_class.rpartition(".")
    source = inspect.getsource(getattr(import_module(module), name))
    marked = re.search(r"additional_secret_outputs=\[([^\]]*)\]", source)
    listed = re.findall(r'"(\w+)"', marked[1]) if marked else []

    assert set(listed).isdisjoint(UNMARKED[type_token])
    for output in UNMARKED[type_token]:
        assert re.search(rf'pulumi.getter\(name="{output}"\)|def {output}\(self\)', source)


def test_what_is_a_secret_by_its_form_is_refused_wherever_it_stands() -> None:
    [said] = violations(
        RULE, Leak("urn:pulumi:dev::p::pulumi:pulumi:Stack::p", "this stack", ("t",))
    )

    assert "`t` of this stack" in said

"""Two programs that are compared make the same, and keylife's state holds few frames."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.deploy.benchmark import deploy, now
from benchmarks.stack import cloud_resources
from keylife.sandbox.lifecycle import Sandbox


@pytest.mark.end_to_end
def test_keylife_and_the_plain_program_make_the_same_resources(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    at = now()
    keylife = deploy(tmp_path, sandbox, "keylife", 2, at)
    plain = deploy(tmp_path, sandbox, "plain", 2, at)

    assert keylife.cloud == plain.cloud
    assert keylife.cloud.total() == 7 + 2, "an access key in two places, and a token in one"
    assert (keylife.components, plain.components) == (6, 0)
    assert keylife.frames <= 3 < plain.frames


def test_resources_differ_by_type_and_inputs_and_not_by_the_names_of_keys() -> None:
    def made(prefix: str, **inputs: object) -> list[dict[str, object]]:
        told = {"name": f"{prefix}-1-v1", "__defaults": [], **inputs}
        return [{"type": "aws:iam/user:User", "custom": True, "inputs": told}]

    one = cloud_resources(made("a1"), "a1")

    assert one == cloud_resources(made("b2"), "b2")
    assert one != cloud_resources(made("b2", path="/x/"), "b2")
    assert one == cloud_resources([*made("b2"), {"type": "keylife:index:Version"}], "b2")

"""The Vault stand-in under the real engine, with a program that knows nothing of it."""

from __future__ import annotations

import json
import re

import hvac
import pytest

from keylife.sandbox.lifecycle import Sandbox
from tests.workspace import MakeWorkspace, Workspace

pytestmark = pytest.mark.end_to_end

PROGRAM = """
import json
import pulumi
import pulumi_vault as vault

config = pulumi.Config()
name = pulumi.get_stack()
token = vault.Token(
    "token",
    policies=["kv-read"],
    ttl=config.get("ttl") or "1h",
    explicit_max_ttl="2h",
    no_parent=True,
    renewable=False,
)
cas = config.get("cas")
vault.kv.SecretV2(
    "place",
    mount="secret",
    name=f"engine/{name}",
    data_json=pulumi.Output.json_dumps({"token": token.client_token}),
    custom_metadata={"data": {"owner": "a"}},
    options={"cas": cas} if cas else None,
    delete_all_versions=True,
)
pulumi.export("accessor", token.id)
"""


@pytest.fixture
def vault(sandbox: Sandbox) -> hvac.Client:
    given = sandbox.environment()
    return hvac.Client(given["VAULT_ADDR"], token=given["VAULT_TOKEN"])


def delivered_token(vault: hvac.Client, workspace: Workspace) -> str:
    """The token as its consumer reads it."""
    answer = vault.secrets.kv.v2.read_secret_version(
        f"engine/{workspace.stack}", mount_point="secret", raise_on_deleted_version=True
    )
    return str(answer["data"]["data"]["token"])


def works(vault: hvac.Client, token: str) -> bool:
    """Whether the token still logs in."""
    return bool(hvac.Client(vault.url, token=token).is_authenticated())


def changes(workspace: Workspace) -> dict[str, int]:
    """What a preview would do, by kind of step."""
    summary: dict[str, int] = json.loads(workspace.preview("--json").stdout)["changeSummary"]
    return summary


def test_a_token_lives_and_dies_under_the_real_engine(
    make_workspace: MakeWorkspace, vault: hvac.Client
) -> None:
    workspace = make_workspace(PROGRAM)
    assert changes(workspace) == {"create": 3}
    workspace.up()
    first = delivered_token(vault, workspace)
    assert works(vault, first)
    assert first not in json.dumps(workspace.export())
    assert changes(workspace) == {"same": 3}

    workspace.set_config("ttl", "30m")
    preview = workspace.preview()
    assert re.search(r"\+-vault:index/token:Token: \(replace\)", preview.stdout)
    assert first not in preview.stdout
    workspace.up()
    second = delivered_token(vault, workspace)
    assert (works(vault, first), works(vault, second)) == (False, True)

    vault.auth.token.revoke_accessor(workspace.outputs()["accessor"])
    workspace.run("refresh", "--yes", "--skip-preview")
    assert workspace.resources("vault:index/token:Token") == []
    workspace.up()
    third = delivered_token(vault, workspace)
    assert works(vault, third)

    workspace.destroy()
    assert not works(vault, third)
    with pytest.raises(hvac.exceptions.InvalidPath):
        delivered_token(vault, workspace)


def test_a_delivery_that_fails_is_tried_again_without_a_second_token(
    make_workspace: MakeWorkspace, vault: hvac.Client
) -> None:
    """A failed update leaves a state that the next deploy mends, although its diff is empty."""
    workspace = make_workspace(PROGRAM)
    workspace.up()
    workspace.set_config("ttl", "30m")
    workspace.set_config("cas", "99")

    failed = workspace.up(check=False)
    assert failed.returncode != 0
    assert "check-and-set parameter did not match the current version" in (
        failed.stdout + failed.stderr
    )
    issued = workspace.resources("vault:index/token:Token")

    workspace.set_config("cas", "1")
    workspace.up()
    (token,) = workspace.resources("vault:index/token:Token")
    assert token["id"] in [each["id"] for each in issued]
    delivered = hvac.Client(vault.url, token=delivered_token(vault, workspace))
    assert delivered.auth.token.lookup_self()["data"]["accessor"] == token["id"]
    workspace.destroy()


def test_inputs_that_the_real_plugin_would_refuse_are_refused_in_the_preview(
    make_workspace: MakeWorkspace,
) -> None:
    workspace = make_workspace(
        "import pulumi_vault as vault\n"
        "vault.kv.SecretV2('place', mount='secret', data_json='hunter2')\n"
    )

    refused = workspace.preview(check=False)

    told = refused.stdout + refused.stderr
    assert refused.returncode != 0
    assert "data_json is not a JSON object. Examine values at 'place.dataJson'." in told
    assert "hunter2" not in told

"""The order in which the traces were recorded, and what happened between them, outside Pulumi."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import hvac

from tests.conformance.substitution import Substitution

POLICY = 'path "x" { capabilities = ["read"] }'


@dataclass(frozen=True)
class World:
    """What somebody at the system itself can do."""

    vault: hvac.Client
    names: Substitution
    """From recorded names to this run's."""

    def destroy_secret_id(self, accessor: str) -> None:
        """As an emergency revoke outside Pulumi does it."""
        self.vault.auth.approle.destroy_secret_id_accessor(
            "rp-role", self.names.actual(accessor), mount_point="rp-approle"
        )

    def revoke(self, accessor: str) -> None:
        """Revoke a token by its recorded accessor."""
        self.vault.auth.token.revoke_accessor(self.names.actual(accessor))

    def delete_secret(self, mount: str) -> None:
        """All versions of the program's secret."""
        self.vault.secrets.kv.v2.delete_metadata_and_all_versions("app/key", mount_point=mount)

    def delete_role(self) -> None:
        """The program's role, with its secret ids."""
        self.vault.auth.approle.delete_role("rp-role", mount_point="rp-approle")

    def end_sessions(self) -> None:
        """Let the plugins' child tokens run out, and with them what hangs on them."""
        for accessor in self.vault.list("auth/token/accessors")["data"]["keys"]:
            # One that was revoked together with its parent is not there any more.
            with suppress(hvac.exceptions.InvalidRequest):
                about = self.vault.auth.token.lookup_accessor(accessor)["data"]
                if about["display_name"] == "token-terraform":
                    self.vault.auth.token.revoke_accessor(accessor)


def _everything_deleted(world: World) -> None:
    world.destroy_secret_id("86170dd3-dcdf-a9fd-efbb-d22d43515ac8")
    world.revoke("6zkYWAkNwm7dC6a8FL13FvxO")
    world.delete_secret("rp-kv2")
    world.delete_role()
    world.vault.sys.delete_policy("rp-pol")


def _content_changed(world: World) -> None:
    world.vault.sys.create_or_update_policy("rp-pol", POLICY, pretty_print=False)
    world.vault.secrets.kv.v2.create_or_update_secret(
        "app/key", {"k": "drifted"}, mount_point="rp-kv2"
    )


def _everything_deleted_again(world: World) -> None:
    world.destroy_secret_id("e537595e-e91f-7f2b-3d34-8c081ed78b6f")
    world.revoke("7Kb6irhlbPhf8oGXW7T5omXH")
    world.delete_secret("rp-kv2")
    world.delete_role()
    world.vault.sys.delete_policy("rp-pol")


def _new_secret_id_destroyed(world: World) -> None:
    world.destroy_secret_id("dd92d04e-fb1c-f8b7-f708-745c7ddd5462")


def _a_minute_later(world: World) -> None:
    world.revoke("jr0DanwLQEpz2YELFogigNjl")
    world.end_sessions()


def _mount_gone(world: World) -> None:
    world.vault.sys.disable_secrets_engine("rp-kv")


def _mount_back(world: World) -> None:
    world.vault.sys.enable_secrets_engine("kv", path="rp-kv", options={"version": "2"})


@dataclass(frozen=True)
class Step:
    """One trace, and what led to it."""

    trace: str
    before: Callable[[World], None] | None = None
    environment: str = "usual"
    """Which of the test's environments the plugin runs in."""

    later: timedelta = timedelta(0)
    """By how much the plugin's clock is ahead."""

    routes: Mapping[str, str] = field(default_factory=dict)
    """The provider of a resource, where the program has several."""


STORIES: Mapping[str, list[Step]] = {
    "one stack, from its creation to its end": [
        Step("01-create"),
        Step("02-noop-preview"),
        Step("03-noop-up"),
        Step("04-update-inplace-preview"),
        Step("05-update-inplace"),
        Step("06-replace-preview"),
        Step("07-replace"),
        Step("08-mountpath-preview"),
        Step("09-mountpath"),
        Step("10-refresh-after-failed-mountpath"),
        Step("11-up-after-failed"),
        Step("12-refresh-nochange"),
        Step("13-noop-preview-after-oob-delete", before=_everything_deleted),
        Step("14-refresh-preview-oob-deleted"),
        Step("15-refresh-oob-deleted"),
        Step("16-up-recreate"),
        Step("17-preview-refresh-drift", before=_content_changed),
        Step("18-up-refresh-drift"),
        Step("19-refresh-unreachable", environment="unreachable"),
        Step("20-refresh-badtoken", environment="bad token"),
        Step("21-refresh-token-403-on-lookup", environment="weak token"),
        Step("22-update-of-oob-deleted-norefresh", before=_everything_deleted_again),
        Step("23-replace-of-gone-objects", before=_new_secret_id_destroyed),
        Step("24-refresh-with-pending-deletes"),
        Step("25-up-after"),
        Step("40-import-5"),
        Step("41-import-token"),
        Step("42-import-secretid"),
        Step("43-import-missing-policy"),
        Step("44-import-missing-secret"),
        Step("45-imported-then-program-preview"),
        Step("50-secid-ttl-unset-up"),
        Step("51-secid-ttl-unset-preview"),
        Step("52-secid-ttl-unset-up2"),
        Step("53-back"),
        Step("60-destroy"),
        Step("61-create-again"),
        Step("62-forced-replace-token"),
        Step("63-target-secret"),
        Step("64-ignorechanges-ttl-up"),
        Step("65-ignorechanges-ttl-preview"),
        Step("66-retain-on-delete-replace"),
        Step("67-update-error-bad-policy"),
        Step("68-up-fixed"),
        Step("69-update-error-1"),
        Step("70-update-error-retry-preview"),
        Step("71-update-error-retry"),
        Step("72-fixed"),
        Step("73-secret-update-mount-gone", before=_mount_gone),
        Step("74-secret-retry-preview"),
        Step("75-secret-retry-up", before=_mount_back),
        Step("76-ignore-ttl-fresh"),
        Step("80-final-destroy"),
    ],
    "seven kinds of token": [
        Step("30-tokens-create", routes={"skipchild": "ps"}),
        Step("31-tokens-preview-again", routes={"skipchild": "ps"}),
        Step(
            "32-tokens-refresh-after-expiry",
            before=_a_minute_later,
            later=timedelta(seconds=62),
            routes={"skipchild": "ps"},
        ),
        Step("33-tokens-destroy", routes={"skipchild": "ps"}),
    ],
    "the newest SDK": [
        Step("81-sdk714-up"),
        Step("82-sdk714-noop"),
        Step("83-sdk714-destroy"),
    ],
}

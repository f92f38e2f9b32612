"""A mount that is being moved is waited for."""

from __future__ import annotations

from typing import Any, cast

import pytest

from keylife.sandbox.plugins.errors import PluginError
from keylife.sandbox.plugins.vault.client import Vault
from keylife.sandbox.plugins.vault.remount import remount


class Moving:
    """A Vault that moves a mount, and says how far it is each time it is asked."""

    def __init__(self, *told: str) -> None:
        self.told = list(told)
        self.asked: list[str] = []

    def write(self, path: str, body: dict[str, Any], namespace: str | None) -> dict[str, Any]:
        self.asked.append(f"{path} {body['from']} {body['to']} {namespace}")
        return {"data": {"migration_id": "m-1"}}

    def read(self, path: str, namespace: str | None) -> dict[str, Any]:
        self.asked.append(f"{path} {namespace}")
        return {"data": {"migration_info": {"status": self.told.pop(0)}}}


def test_it_is_there_when_the_move_has_ended() -> None:
    vault = Moving("in-progress", "in-progress", "success")

    remount(cast(Vault, vault), "old", "new", "team")

    assert vault.asked == ["sys/remount old new team", *["sys/remount/status/m-1 team"] * 3]


def test_a_move_that_came_to_nothing_is_told() -> None:
    with pytest.raises(PluginError, match="moving mount old to new: failure"):
        remount(cast(Vault, Moving("in-progress", "failure")), "old", "new", None)

"""Commands that are imported when they are asked for: one does not wait for what others need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup


class OnDemand(Mapping[str, Any]):
    """Commands by name, each made from its own module when it is first looked at."""

    def __init__(self, homes: Mapping[str, str]) -> None:
        self._homes = homes
        """By name: ``module:function`` of a command, or ``module:app`` of a group of them."""

        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            module, _, attribute = self._homes[name].partition(":")
            self._made[name] = _command(name, getattr(import_module(module), attribute))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._homes)

    def __len__(self) -> int:
        return len(self._homes)


def group_of(homes: Mapping[str, str]) -> type[TyperGroup]:
    """A group of commands for ``typer.Typer(cls=…)`` that imports the one that is asked for.

    Args:
        homes: by name: ``module:function`` of a command, or ``module:app`` of a group of them.
    """

    class Commands(TyperGroup):
        def __init__(self, **given: Any) -> None:
            super().__init__(**given)
            self.commands = OnDemand(homes)  # type: ignore[assignment]  # nothing is ever added

    return Commands


def _command(name: str, found: Any) -> Any:
    around = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
    else:
        around.command(name)(found)
    return typer.main.get_group(around).commands[name]

"""What a program tells Pulumi about a resource besides its inputs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """The options that decide how a credential changes and ends; None where a gate cannot see one.

    A policy pack sees neither ``retainOnDelete``, ``deletedWith`` nor an import; a saved preview
    shows all.
    """

    retain_on_delete: bool | None = None
    """Whether its deletion leaves it alive."""

    delete_before_replace: bool | None = None
    """Whether it is deleted before its successor exists."""

    ignore_changes: tuple[str, ...] | None = None
    """The inputs whose changes are not deployed; ``*`` is all of them."""

    imported: bool | None = None
    """Whether this change takes it over from its issuer, where it existed before."""

    protected: bool | None = None
    """Whether its deletion is refused."""

    secret_outputs: tuple[str, ...] | None = None
    """The outputs that the program marks as secret itself."""

    deleted_with: str | None = None
    """The URN of the resource with which it is taken to be gone, so that its own deletion is never
    asked for; None where there is none, or a gate cannot see it."""

"""What a program reads of its keys, and what it is told where there is nothing to read."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from keylife.kinds.kind import Material
from keylife.model.registry import Declarations


class Materials(dict[str, Material]):
    """By key id, the current version's material as outputs."""

    def __init__(self, materials: Mapping[str, Material], declared: Declarations) -> None:
        super().__init__(materials)
        self._declared = declared

    def __missing__(self, key_id: str) -> Material:
        """Say why a key has none, in place of a `KeyError` that tells nobody what to do."""
        key = self._declared.keys.get(key_id)
        if key is None:
            raise pulumi.RunError(
                f"the program reads key `{key_id}`, which this stack does not declare\n"
                f"it declares: {', '.join(sorted(self._declared.keys)) or 'none'}"
            )
        if key.revoked is not None:
            raise pulumi.RunError(
                f"the program reads key `{key_id}`, which is revoked ({key.revoked.ref}): it has no"
                " current version\ntake what reads it out of the program, in the same change as"
                " its tombstone"
            )
        raise pulumi.RunError(f"the program reads key `{key_id}`, which has no current version")

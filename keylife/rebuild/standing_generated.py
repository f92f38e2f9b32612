"""What stands of the secrets that keylife drew itself: as much as the store and the copies tell."""

from __future__ import annotations

from collections.abc import Mapping

from keylife.kinds.generated import Generated
from keylife.rebuild.standing import Asked, Look, Standing


def _secret(asked: Asked) -> Standing | None:
    credential = asked.credential
    if credential is None:
        return None
    material = asked.material(credential)
    # nobody else knows it by an id: any will do
    return Standing(
        f"generated-{credential}", {}, {"secret": material["secret"]} if material else {}
    )


LOOKS: Mapping[str, Look] = {Generated.credential: _secret}
"""By type, who looks."""

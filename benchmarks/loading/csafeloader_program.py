"""The peer: PyYAML's CSafeLoader and the same checks, as one writes them without keylife's loader.

The models are keylife's own, so that what is compared is reading and checking. It does less: a
field that stands twice, ``no`` for a name, tags and aliases pass, no fault has a place in a file,
and what is wrong is the first thing only.

Prints JSON: seconds of processor time, and keys. With ``--collector`` the garbage collector stays
on, as it is in any program that does not think of it; keylife's loader switches it off.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # the stubs would be one more dependency

from keylife.deliveries import DELIVERIES
from keylife.kinds import KINDS
from keylife.model.key import Key
from keylife.model.registry import Declarations, Owner, Service


def read(path: Path, heading: str) -> list[Any]:
    """The entries of one file."""
    with path.open("rb") as file:
        entries: list[Any] = yaml.load(file, Loader=yaml.CSafeLoader)[heading]
    return entries


def load(folder: Path) -> Declarations:
    """All declarations of the stack ``dev``, checked."""
    services = {
        s["id"]: Service.model_validate(s) for s in read(folder / "services.yaml", "services")
    }
    owners = {o["id"]: Owner.model_validate(o) for o in read(folder / "owners.yaml", "owners")}
    keys: dict[str, Key] = {}
    places: set[str] = set()
    for path in sorted((folder / "dev" / "keys").glob("*.yaml")):
        for entry in read(path, "keys"):
            key = Key.model_validate(entry)
            if key.id in keys or key.service not in services or key.owner not in owners:
                raise ValueError(key.id)
            KINDS[key.kind].scope.model_validate(entry["scope"])
            for spec in key.deliver:
                delivery = DELIVERIES[spec.kind]
                place = delivery.place(delivery.settings.model_validate(spec.settings))
                if place in places:
                    raise ValueError(place)
                places.add(place)
            keys[key.id] = key
    return Declarations(keys=keys, services=services, owners=owners)


if "--collector" not in sys.argv:
    gc.disable()
begin = time.process_time()
declared = load(Path(sys.argv[1]))
print(json.dumps({"load": time.process_time() - begin, "keys": len(declared.keys)}))

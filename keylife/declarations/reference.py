"""Write the reference page of declarations and their JSON Schema from the models.

Run ``python -m keylife.declarations.reference`` after a change of a model; a test compares.
"""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from keylife.declarations.docstrings import class_docstring, field_docstrings, first_sentence
from keylife.declarations.precise import DEEPEST
from keylife.declarations.schema import NAME_RULE, schema
from keylife.declarations.text import LARGEST
from keylife.deliveries import DELIVERIES
from keylife.kinds import KINDS
from keylife.kinds.importing import IMPORTS
from keylife.model.base import Model
from keylife.model.duration import LONGEST, format_duration
from keylife.model.gateway import Gateway, Purge
from keylife.model.imported import Imported
from keylife.model.key import DeliverySpec, Key
from keylife.model.registry import Owner, Service
from keylife.model.revocation import Reason, RotationRequest, Tombstone

_WORDS: Mapping[Any, str] = {
    str: "text",
    bool: "`true` or `false`",
    int: "whole number",
    float: "number",
    timedelta: "span of time",
    datetime: "instant",
    Reason: "[reason](#reasons)",
    DeliverySpec: "[delivery](#its-delivery)",
    RotationRequest: "[rotation](#its-rotations-on-demand)",
    Tombstone: "[tombstone](#its-tombstone)",
    Imported: "[existing credential](#its-existing-credential)",
    Purge: "[purge](#its-purge)",
}

_INTRODUCTION = f"""\
# Declarations

<!-- Generated from the models by `python -m keylife.declarations.reference`: change those. -->

Keys, services, owners and [gateways](../how-to/gateways.md) are declared in YAML. All but keys \
stand once, for all stacks; keys stand in their stack's folder, in as many files as you like (one \
an owner, so that CODEOWNERS can follow):

```
stacks/                 the declarations folder
    services.yaml       services: [ … ]
    owners.yaml         owners: [ … ]
    gateways.yaml       gateways: [ … ], if there are any
    dev/                a stack
        keys/*.yaml     keys: [ … ]
```

```yaml
# stacks/dev/keys/billing.yaml
keys:
  - id: billing-deploy
    kind: aws-access-key
    service: billing
    owner: team-payments
    purpose: deploys the billing API from its pipeline
    scope: {{policies: [arn:aws:iam::aws:policy/ReadOnlyAccess]}}
    ttl: 30d
    rotate_every: 21d
    deliver:
      - vault-kv: {{mount: secret, path: billing/aws}}
      - secrets-manager: {{name: billing/aws}}
```

The JSON Schema for editors is [declarations.schema.json](declarations.schema.json); with the YAML \
language server, put `# yaml-language-server: $schema=<path to it>` at the top of a file.

## How a file is read
A file is UTF-8 text of at most {LARGEST // 1024 // 1024} MiB and {DEEPEST} levels, one YAML \
document, `.yaml` by name. What is wrong is reported for all files together, each as \
`file:line:column: what is wrong; how to mend it`, and then nothing is done at all (exit 2).

- Unknown fields, a field twice, and an id twice are refused. A field that is not needed is left \
out: there is no `null`.
- Anchors, aliases, merges (`<<`), tags, directives and further documents are refused: what a \
reviewer sees is what is meant.
- Unquoted text that YAML readers take for different things is refused: `no`, `on`, `~`, `0o17`, \
`1_000`, `1e3`, `90:00`, `.inf`, `2026-11-20`. Put it in quotes. `true`, `false`, plain numbers \
and RFC 3339 instants are fine as they are. Text of several lines needs quotes or `>-`.
- Tabs outside of comments, control characters, and characters that do not show or turn the \
reading direction are refused.
- In `keys/`, whatever is not a `.yaml` file, in a folder below, or reached by a link out of the \
declarations folder is refused rather than passed over. Hidden files of editors and git, \
`.gitkeep` among them, are left alone.
- A **name** is 1 to 63 of the characters a-z, 0-9 and `-`. **Text** is one line, not empty. A \
**span of time** is a whole number and a unit (`s`, `m`, `h`, `d`, `w`), at most \
{format_duration(LONGEST)}. An **instant** is RFC 3339 in whole seconds with an offset, such as \
`2026-11-23T09:30:00Z`.
- An id is one key's in all stacks of the folder: declared in two of them, it is refused in both.
- Two keys never deliver to the same place. A revoked key takes up no place: its successor may \
deliver where it did.

`keylife revoke` and `keylife rotate` write the fields `revoked` and `rotations` for you and \
leave the rest of the file as it is; `keylife retire` and `keylife depart` do so for \
[all keys of a service or an owner](../how-to/retire-and-depart.md).
"""


def page() -> str:
    """The reference page, in markdown."""
    return "\n".join([_INTRODUCTION, *_sections()])


def schema_text() -> str:
    """The JSON Schema as it stands in the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def files(folder: Path) -> dict[Path, str]:
    """What is generated, by where it belongs below the folder of reference pages."""
    return {
        folder / "declarations.md": page(),
        folder / "declarations.schema.json": schema_text(),
    }


def _sections() -> Iterator[str]:
    yield "## A key\n"
    yield from _model(Key)
    yield "### Its delivery\n"
    yield f"{first_sentence(DeliverySpec)}\n"
    yield "### Its rotations on demand\n"
    yield from _model(RotationRequest)
    yield "### Its existing credential\n"
    yield from _model(Imported)
    yield "### Its tombstone\n"
    yield from _model(Tombstone)
    yield "### Reasons\n"
    yield f"{class_docstring(Reason)}\n"
    yield "".join(f"- `{reason.value}`\n" for reason in Reason)
    yield "## Kinds\n"
    for name, kind in sorted(KINDS.built_in.items()):
        yield f"### {name}\n"
        yield f"{first_sentence(type(kind))} Expiry is enforced by {kind.expiry_enforced_by}.\n"
        yield "Under `scope`:\n"
        yield from fields_table(kind.scope)
        if name in IMPORTS:
            yield "Under `imported.credential`:\n"
            yield from fields_table(IMPORTS[name].credential)
            yield "Under `imported.adopts`:\n"
            yield from fields_table(IMPORTS[name].adopts)
    yield "## Deliveries\n"
    for name, delivery in sorted(DELIVERIES.built_in.items()):
        yield f"### {name}\n"
        yield f"{first_sentence(type(delivery))}\n"
        yield f"Under `{name}`:\n"
        yield from fields_table(delivery.settings)
    yield "## A service\n"
    yield from _model(Service)
    yield "## An owner\n"
    yield from _model(Owner)
    yield "## A gateway\n"
    yield from _model(Gateway)
    yield "### Its purge\n"
    yield from _model(Purge)


def _model(model: type[Model]) -> Iterator[str]:
    yield f"{class_docstring(model)}\n"
    yield from fields_table(model)


def fields_table(model: type[Model]) -> Iterator[str]:
    """The fields of a model as a table: what each is, whether it is needed, what it means."""
    documented = field_docstrings(model)
    yield "| field | is | needed | meaning |\n|---|---|---|---|"
    for name, field in model.model_fields.items():
        meaning = documented.get(name, "").replace("|", "\\|")
        yield f"| `{name}` | {_type(field)} | {_needed(field)} | {meaning} |"
    yield ""


def _needed(field: FieldInfo) -> str:
    default = field.default
    if field.is_required():
        return "yes"
    if isinstance(default, timedelta):
        return f"no: `{format_duration(default)}`"
    return f"no: `{default.value}`" if isinstance(default, Enum) else "no"


def _type(field: FieldInfo) -> str:
    return "name" if NAME_RULE in field.metadata else _words(field.annotation)


def _words(annotation: Any) -> str:
    inner = get_args(annotation)
    origin = get_origin(annotation)
    if annotation in _WORDS:
        words = _WORDS[annotation]
    elif isinstance(annotation, type) and issubclass(annotation, Enum):
        words = " or ".join(f"`{choice.value}`" for choice in annotation)
    elif origin is Annotated:
        words = "name" if NAME_RULE in inner else _words(inner[0])
    elif origin in (Union, types.UnionType):
        words = " or ".join(_words(choice) for choice in inner if choice is not type(None))
    elif origin is tuple:
        words = f"list: {_words(inner[0])}"
    else:
        words = "mapping"
    return words


if __name__ == "__main__":
    for path, text in files(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/reference")).items():
        path.write_text(text, encoding="utf-8")
        print(f"written: {path}")

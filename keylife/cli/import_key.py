"""`keylife import`: a credential that exists becomes a declared key, for review."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from keylife.cli.options import (
    Declared,
    Stack,
    declarations_folder,
    instant,
    short_name,
    stack_name,
)
from keylife.cli.stack_config import stack_config, stack_targets
from keylife.errors import NotImportableError, UsageError
from keylife.project import project_folder


def import_key(
    kind: Annotated[str, typer.Argument(help="What it is: aws-access-key.")],
    credential: Annotated[str, typer.Argument(help="Its id at its issuer: AKIA…")],
    *,
    key_id: Annotated[str, typer.Option("--id", help="The key's id, for ever.")],
    service: Annotated[str, typer.Option(help="The service whose workload uses it.")],
    owner: Annotated[str, typer.Option(help="Who answers for it.")],
    ttl: Annotated[str, typer.Option(help="From birth to refusal, such as 90d.")],
    rotate_every: Annotated[str, typer.Option(help="From one birth to the next, such as 60d.")],
    deliver: Annotated[
        list[str],
        typer.Option(
            help="Where consumers will read it: vault-kv:MOUNT/PATH, secrets-manager:NAME,"
            " or DELIVERY:FIELD=VALUE,…; may be given several times."
        ),
    ],
    purpose: Annotated[
        str | None, typer.Option(help="What it is for, in words a reviewer understands.")
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(help="The ARN of a policy for its successors; by default those it has."),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(help="Where its issuer is, as keys name it; by default the stack's own."),
    ] = None,
    file: Annotated[
        str | None, typer.Option(help="The file of keys to add it to; by default <owner>.yaml.")
    ] = None,
    stack: Stack = None,
    declarations: Declared = None,
) -> None:
    """Declare a credential that exists as version 1 of a key; nothing is issued or changed.

    It is born when its issuer made it, so an old one is due at once. What the stack's own
    program made is adopted with its secret; of any other the secret cannot be read back.
    """
    import pulumi

    from keylife.declarations.addition import declare_key
    from keylife.declarations.folder import shown_path
    from keylife.kinds.importing import IMPORTS, REFUSED
    from keylife.orphan import Clients
    from keylife.program.connections import connection
    from keylife.program.ledger import read_export

    importing = IMPORTS.get(kind)
    if importing is None:
        raise NotImportableError(
            f"a {kind} cannot be imported: {REFUSED.get(kind, 'no such kind can')}",
            "declare a key without importing anything, move its consumers, then end the old"
            " credential at its issuer: docs/how-to/import-existing-keys.md",
        )
    folder, name = declarations_folder(declarations), stack_name(stack)
    places = [_place(text) for text in deliver]
    config = stack_config(name)
    targets = stack_targets(config)
    if target is not None and target not in targets:
        raise UsageError(
            f"--target {target}: the stack's config has no such target",
            "declare it under keylife:targets: docs/reference/targets.md",
        )
    _require_not_revoked(name, key_id, credential, config)
    pulumi.runtime.set_all_config(dict(config))
    state = (read_export(name) or {}).get("deployment") or {}
    found = importing.look(
        credential,
        Clients(connection(targets, target)),
        state.get("resources") or (),
        {"policies": [*policy]} if policy else None,
    )
    if target is not None and found.imported.adopts:
        raise NotImportableError(
            f"the stack's own program makes {credential}: another provider would replace it",
            "import it without --target",
        )
    declared: dict[str, Any] = {
        "id": key_id,
        "kind": kind,
        "service": service,
        "owner": owner,
        "purpose": purpose or f"took over {credential}: say what it is for",
        **({"target": target} if target else {}),
        "scope": dict(found.scope),
        "ttl": ttl,
        "rotate_every": rotate_every,
        "deliver": places,
        "imported": found.imported.model_dump(mode="json", exclude_none=True),
    }
    path = declare_key(folder, short_name(name), file or f"{owner}.yaml", declared)
    typer.echo(f"{shown_path(path)}: {key_id} is declared, with {credential} as its version 1")
    for note in found.notes:
        typer.echo(f"note: {note}")
    typer.echo("next: git diff, commit, review; `pulumi preview` shows what it brings in")


def _require_not_revoked(
    stack: str, key_id: str, credential: str, config: Mapping[str, str]
) -> None:
    """Refuse a credential that the store knows as a revoked key's; where there is no store yet, or
    it cannot be used, the deploy asks it.

    Raises:
        NotImportableError: it was revoked.
        UsageError: what names the store cannot be one.
    """
    from keylife.cli.denied import record_denied
    from keylife.store import tombstones
    from keylife.store.database import open_database
    from keylife.store.errors import StoreError
    from keylife.store.location import CONFIG, is_yet_to_be_made, store_url

    url = store_url(os.environ, config.get(CONFIG), project_folder(Path.cwd()))
    if is_yet_to_be_made(url):
        return
    try:
        with closing(open_database(url)) as database, database.reading() as connection:
            dead = tombstones.of_cloud_ids(connection, [credential])
    except StoreError as error:
        typer.echo(f"whether {credential} was revoked is not known: {error}", err=True)
        return
    for death in dead.values():
        what = f"{credential} is a credential of `{death.key}`, which was {death.phrase}"
        record_denied(stack, [key_id], f"import refused: {what}", instant(None))
        raise NotImportableError(
            what, "what was revoked never lives again: declare a key that issues a new one"
        )


def _place(text: str) -> dict[str, Any]:
    """``vault-kv:secret/ci/aws`` as it is declared.

    Raises:
        UsageError: there is no such delivery, or it needs more than one word.
    """
    from keylife.deliveries import DELIVERIES

    name, _, rest = text.partition(":")
    delivery = DELIVERIES.get(name)
    if delivery is None or not rest:
        raise UsageError(
            f"--deliver {text}: no delivery of keylife's",
            f"DELIVERY:PLACE, with one of {', '.join(sorted(DELIVERIES))}",
        )
    needed = [n for n, field in delivery.settings.model_fields.items() if field.is_required()]
    if "=" in rest:
        fields = dict(part.partition("=")[::2] for part in rest.split(","))
    elif needed == ["mount", "path"]:
        mount, _, path = rest.partition("/")
        fields = {"mount": mount, "path": path}
    elif len(needed) == 1:
        fields = {needed[0]: rest}
    else:
        raise UsageError(
            f"--deliver {text}: {name} is told by field",
            f"{name}:" + ",".join(f"{field}=…" for field in needed),
        )
    return {name: fields}

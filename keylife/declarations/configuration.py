"""Read ``keylife.yaml``: how strictly the rules are taken in this repository."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from keylife.declarations.document import Document
from keylife.declarations.echo import did_you_mean, one_of, quoted
from keylife.declarations.folder import shown_path
from keylife.declarations.nodes import Path as Way
from keylife.declarations.text import Trouble, decode, read_bytes
from keylife.declarations.wording import Anchor, Complaint
from keylife.errors import DeclarationError, Fault
from keylife.model.configuration import Configuration

NAME = "keylife.yaml"
"""The one file of rules, beside ``services.yaml`` and ``owners.yaml``."""

_MISNAMED = ("keylife.yml", "keylife.json", "Keylife.yaml", ".keylife.yaml")


@dataclass(frozen=True)
class Configured:
    """A configuration, and the file that says so; None where there is none, so all is default."""

    configuration: Configuration
    document: Document | None


def read_configuration(folder: Path, rules: Collection[str]) -> Configured:
    """Read the configuration of a declarations folder.

    Args:
        folder: where ``services.yaml`` stands.
        rules: the ids of the rules there are.

    Raises:
        DeclarationError: something in it is wrong, or it has a name under which it is not read.
    """
    faults = [
        Fault(shown_path(folder / name), 1, 1, "this file is not read", f"rename it to `{NAME}`")
        for name in _MISNAMED
        if name in {entry.name for entry in folder.glob("*eylife.*")}
    ]
    path = folder / NAME
    if not path.is_file() and not path.is_symlink():
        if faults:
            raise DeclarationError(tuple(faults))
        return Configured(Configuration(), None)
    shown_as = shown_path(path)
    content = read_bytes(path)
    text = content if isinstance(content, Trouble) else decode(content)
    if isinstance(text, Trouble):
        raise DeclarationError((Fault(shown_as, text.line, text.column, text.what, text.cure),))
    document = Document(path, shown_as, text)
    faults += document.faults()
    configuration = _validated(document, faults)
    if configuration is not None:
        faults += _unknown_rules(configuration, document, rules)
    if faults or configuration is None:
        raise DeclarationError(tuple(faults))
    return Configured(configuration, document)


def _validated(document: Document, faults: list[Fault]) -> Configuration | None:
    if document.value is None and not document.troubles:
        cure = "write what it decides, such as `rules: {prefer-no-key: disabled}`, or remove it"
        faults += document.complain((), Complaint("this file decides nothing", cure))
        return None
    if not isinstance(document.value, dict):
        if not document.troubles:
            what = "this file is to be a mapping"
            faults += document.complain((), Complaint(what, "begin it with `rules:`"))
        return None
    try:
        return Configuration.model_validate(document.value)
    except ValidationError as error:
        faults += document.complain_all((), error, Configuration, "configuration")
        return None


def _unknown_rules(
    configuration: Configuration, document: Document, rules: Collection[str]
) -> list[Fault]:
    named: list[tuple[Way, str, Anchor]] = [
        (("rules", name), name, Anchor.NAME) for name in configuration.rules
    ]
    named += [
        (("waivers", number, "rule"), waiver.rule, Anchor.VALUE)
        for number, waiver in enumerate(configuration.waivers)
    ]
    faults: list[Fault] = []
    for way, name, anchor in named:
        if name not in rules:
            meant = did_you_mean(name, rules)
            cure = f"did you mean `{meant}`?" if meant else f"the rules are {one_of(rules)}"
            complaint = Complaint(f"there is no rule {quoted(name)}", cure, anchor)
            faults += document.complain(way, complaint)
    return faults

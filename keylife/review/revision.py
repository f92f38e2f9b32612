"""One side of a review: the declarations of a commit, or of the working tree."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from keylife.compliance.rules import RULES
from keylife.compliance.verdict import Place
from keylife.declarations.configuration import read_configuration
from keylife.declarations.everything import Everything, read_everything
from keylife.declarations.folder import shown_path
from keylife.declarations.registry import Entry
from keylife.declarations.text import LARGEST
from keylife.errors import DeclarationError, Fault, KeylifeError
from keylife.review.change import Noun, Subject
from keylife.review.declared import Declared
from keylife.review.repository import Blob, Repository

_LOOKED_AT = (".yaml", ".yml", ".json")


@dataclass(frozen=True)
class Revision:
    """What one revision declares, or why that is not known."""

    name: str
    """As it was asked for."""

    commit: str | None
    """None for the working tree."""

    declared: Declared | None
    """None if it does not load."""

    faults: tuple[Fault, ...] = ()
    trouble: str | None = None
    """Why there is nothing to load, where that is not a fault of a file."""

    places: Mapping[Subject, Declaration] = field(default_factory=dict, repr=False)
    """Where everything is declared."""


@dataclass(frozen=True)
class Declaration:
    """Where one key, service or owner is declared."""

    entry: Entry[Any]
    file: PurePosixPath
    """From the repository's root."""

    @property
    def place(self) -> Place:
        """With its line, which takes milliseconds to find."""
        at = self.entry.document.place(self.entry.path)
        return Place(self.file, at.line, at.column)


def declared_files(repository: Repository, commit: str, folder: PurePosixPath) -> list[Blob]:
    """The files of a commit that loading its declarations looks at.

    Args:
        repository: where the commit is.
        commit: its full id.
        folder: the declarations folder, from the repository's root.
    """
    return [b for b in repository.files(commit, folder) if _is_looked_at(b.path, folder)]


def revision_of_commit(
    repository: Repository, name: str, commit: str, folder: PurePosixPath, blobs: list[Blob]
) -> Revision:
    """Load the declarations of a commit from its objects.

    Args:
        repository: where the commit is.
        name: what the reader calls it.
        commit: its full id.
        folder: the declarations folder, from the repository's root.
        blobs: what is to be read of it.
    """
    if not blobs:
        return Revision(name, commit, Declared(), trouble=f"there is no folder `{folder}` in it")
    with TemporaryDirectory(prefix="keylife-review-") as made:
        root = Path(made).resolve() / "declarations"
        root.mkdir()
        bad = _write(repository, blobs, folder, root)
        if bad is not None:
            return Revision(
                name, commit, None, trouble=f"it has a path that no file may have: {bad}"
            )
        return _load(name, commit, root, folder)


def revision_of_working_tree(folder: Path, below: PurePosixPath) -> Revision:
    """Load the declarations as they stand in the working tree.

    Args:
        folder: the declarations folder.
        below: the same, from the repository's root.
    """
    return _load("the working tree", None, folder, below)


def _is_looked_at(path: PurePosixPath, folder: PurePosixPath) -> bool:
    """Whether loading looks at a file: the shared ones, strays beside them, all below ``keys``."""
    parts = path.relative_to(folder).parts
    if len(parts) > 2:
        return parts[1] == "keys"
    return path.suffix.lower() in _LOOKED_AT or (len(parts) <= 2 and path.suffix == "")


def _write(
    repository: Repository, blobs: list[Blob], folder: PurePosixPath, root: Path
) -> str | None:
    """Write the files below a folder of ours; return a path that must not be written.

    Links come last, so that nothing is ever written through one; the loader refuses those that
    leave the folder.
    """
    for blob in blobs:
        if {"", ".", "..", ".git"} & {part.lower() for part in blob.path.parts}:
            return repr(str(blob.path))
    too_large = [blob for blob in blobs if blob.size > LARGEST]
    rest = [blob for blob in blobs if blob.size <= LARGEST]
    ordered = sorted(repository.contents(rest), key=lambda one: one[0].is_link)
    try:
        for blob in too_large:
            with _made(root, blob, folder).open("xb") as file:
                file.truncate(blob.size)  # for the loader to refuse, without reading it
        for blob, content in ordered:
            path = _made(root, blob, folder)
            if blob.is_link:
                path.symlink_to(os.fsdecode(content))
            else:
                with path.open("xb") as file:
                    file.write(content)
    except (FileExistsError, NotADirectoryError):
        return repr(str(blob.path))
    return None


def _made(root: Path, blob: Blob, folder: PurePosixPath) -> Path:
    path = root / blob.path.relative_to(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _load(name: str, commit: str | None, root: Path, folder: PurePosixPath) -> Revision:
    try:
        everything = read_everything(root)
        configured = read_configuration(root, [rule.id for rule in RULES])
    except DeclarationError as error:
        faults = tuple(_renamed(fault, root, folder) for fault in error.faults)
        return Revision(name, commit, None, faults)
    except KeylifeError as error:
        return Revision(name, commit, None, trouble=_in_repository(str(error), root, folder))
    declared = Declared(
        keys={
            (stack, entry.id): entry.model
            for stack, entry in everything.keys
            if entry.id is not None and entry.model is not None
        },
        services={name: e.model for name, e in everything.services.items() if e.model},
        owners={name: e.model for name, e in everything.owners.items() if e.model},
        gateways={name: e.model for name, e in everything.gateways.items() if e.model},
        configuration=configured.configuration,
    )
    return Revision(name, commit, declared, places=dict(_places(everything, root, folder)))


def _places(
    everything: Everything, root: Path, folder: PurePosixPath
) -> Iterator[tuple[Subject, Declaration]]:
    def where(entry: Entry[Any]) -> Declaration:
        return Declaration(entry, folder / PurePosixPath(entry.document.path.relative_to(root)))

    for stack, key in everything.keys:
        if key.id is not None:
            yield Subject(Noun.KEY, key.id, stack), where(key)
    for name, service in everything.services.items():
        yield Subject(Noun.SERVICE, name), where(service)
    for name, owner in everything.owners.items():
        yield Subject(Noun.OWNER, name), where(owner)
    for name, gateway in everything.gateways.items():
        yield Subject(Noun.GATEWAY, name), where(gateway)


def _renamed(fault: Fault, root: Path, folder: PurePosixPath) -> Fault:
    """A fault as if it stood in the repository and not in a copy of ours."""
    absolute = os.path.normpath(Path.cwd() / fault.file)
    inside = os.path.relpath(absolute, root)
    file = PurePath(folder / inside) if not inside.startswith("..") else fault.file
    what, cure = (_in_repository(text, root, folder) for text in (fault.what, fault.cure))
    return Fault(file, fault.line, fault.column, what, cure)


def _in_repository(text: str, root: Path, folder: PurePosixPath) -> str:
    for shown in (str(shown_path(root / "x"))[:-2], str(root)):
        text = text.replace(shown, str(folder))
    return text

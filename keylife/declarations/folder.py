"""Which files of a declarations folder are read; whatever only looks as if it were is a fault.

::

    stacks/                 the declarations folder
        services.yaml       shared by all stacks
        owners.yaml         shared by all stacks
        gateways.yaml       shared by all stacks; only where there are any
        dev/                a stack
            keys/*.yaml     its keys, a file an owner perhaps
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from keylife.declarations.echo import did_you_mean, quoted
from keylife.errors import Fault, UsageError

SHARED = ("services", "owners")
"""What stands once for all stacks, one file each."""

OPTIONAL = ("gateways",)
"""The same, and may be missing."""

_STACK = re.compile(r"(?!\.)[A-Za-z0-9_.-]{1,100}")
"""Source: Pulumi's documentation, "Stacks": alphanumerics, hyphens, underscores, periods."""

_LOOKS_LIKE_INPUT = (".yaml", ".yml", ".json")


@dataclass(frozen=True)
class Layout:
    """The files of one stack's declarations that exist, and what is wrong around them."""

    shared: dict[str, Path]
    """By what they declare: ``services``, ``owners``, ``gateways``."""

    keys: tuple[Path, ...]
    """By name."""

    faults: tuple[Fault, ...]
    folder: Path
    stack: str

    def others(self) -> Iterator[Path]:
        """The files of all other stacks' keys, by name; looked for when they are asked for."""
        for name in stacks_in(self.folder) if self.folder.is_dir() else ():
            if name != self.stack:
                yield from _key_files(self.folder, self.folder / name / "keys")[0]


def survey(folder: Path, stack: str) -> Layout:
    """Look at the folder without reading a file.

    Raises:
        UsageError: the stack's name could not be a folder's.
    """
    if _STACK.fullmatch(stack) is None:
        raise UsageError(
            f"{quoted(stack)} cannot be the name of a stack",
            "a stack is named by letters, digits, hyphens, underscores and periods",
        )
    if not folder.is_dir():
        missing = _fault(
            folder,
            "there is no such declarations folder",
            "make it, with `services.yaml` and `owners.yaml`, or name another",
        )
        return Layout({}, (), (missing,), folder, stack)
    faults = [*_stray_in_root(folder), *_stray_in_stack(folder / stack)]
    shared = {}
    for name in (*SHARED, *OPTIONAL):
        path = folder / f"{name}.yaml"
        if path.is_file() or path.is_symlink():
            found = list(_leaving(path, folder))
            faults += found
            if not found:
                shared[name] = path
        elif name in SHARED:
            faults.append(
                _fault(
                    path,
                    "this file is missing",
                    f"add it, with `{name}: []` if there are none yet",
                )
            )
    keys, more = _key_files(folder, folder / stack / "keys")
    return Layout(shared, keys, (*faults, *more), folder, stack)


def stacks_in(folder: Path) -> list[str]:
    """The stacks that have declarations, by name.

    Raises:
        UsageError: there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError(f"there are no declarations in {folder}", "name their folder")
    return [
        path.name
        for path in _entries(folder)
        if _STACK.fullmatch(path.name) and (path / "keys").is_dir()
    ]


def shown_path(path: Path) -> PurePath:
    """A path as messages name it: relative where that is shorter, and on one line."""
    text = str(path)
    if path.is_absolute():
        relative = os.path.relpath(path)
        text = relative if len(relative) < len(text) else text
    return PurePath("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text))


def _fault(path: Path, what: str, cure: str) -> Fault:
    return Fault(shown_path(path), 1, 1, what, cure)


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _stray_in_root(folder: Path) -> Iterator[Fault]:
    """What would be a shared file under another name; Pulumi's own files stand here too."""
    for path in _entries(folder):
        if path.is_dir() or path.suffix.lower() not in _LOOKS_LIKE_INPUT:
            continue
        meant = did_you_mean(path.stem.lower(), (*SHARED, *OPTIONAL))
        if meant and path.name != f"{meant}.yaml":
            yield _fault(path, "this file is not read", f"rename it to `{meant}.yaml`")
    for stray in (folder / "keys",):
        if stray.is_dir():
            yield _fault(
                stray,
                "keys belong to a stack, and this folder belongs to none",
                "move it into the folder of its stack: `<stack>/keys`",
            )


def _stray_in_stack(folder: Path) -> Iterator[Fault]:
    for path in _entries(folder):
        if path.suffix.lower() not in _LOOKS_LIKE_INPUT:
            continue
        if path.stem.lower() in (*SHARED, *OPTIONAL):
            cure = "all stacks share one: move what it declares to the folder above"
        else:
            cure = "move it into the folder `keys` beside it"
        yield _fault(path, "this file is not read", cure)


def _key_files(folder: Path, keys: Path) -> tuple[tuple[Path, ...], list[Fault]]:
    if not keys.is_dir():
        missing = _fault(
            keys,
            "the stack has no folder of keys",
            "make it, with a `.gitkeep` if there are none yet, or name another stack",
        )
        return (), [missing]
    files: list[Path] = []
    faults = list(_leaving(keys, folder))
    if faults:
        return (), faults
    for path in _entries(keys):
        if path.name.startswith(".") and path.suffix.lower() not in _LOOKS_LIKE_INPUT:
            continue  # of an editor, git or a file manager
        found = [*_leaving(path, folder), *_unreadable_kind(path)][:1]
        faults += found
        if not found:
            files.append(path)
    return tuple(files), faults


def _unreadable_kind(path: Path) -> Iterator[Fault]:
    if path.is_dir():
        yield _fault(
            path,
            "folders inside of `keys` are not read",
            "move its files up, and remove it",
        )
    elif path.suffix != ".yaml" or path.name.startswith("."):
        stem = path.name.lstrip(".").split(".")[0] or "keys"
        yield _fault(
            path,
            "this file would not be read: keys stand in files whose names end in `.yaml`",
            f"rename it to {quoted(stem + '.yaml')}, or move it out of the folder",
        )


def _leaving(path: Path, folder: Path) -> Iterator[Fault]:
    """A link that ends outside of the folder, where no review of this folder looks.

    Source: CVE-2022-24348, in which a chart's link read other teams' files.
    """
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(os.path.realpath(folder)):
        yield _fault(
            path,
            "this link leaves the declarations folder",
            "put the file itself here",
        )
    elif path.is_symlink() and not real.exists():
        yield _fault(path, "this link points at nothing", "remove it, or mend where it points")

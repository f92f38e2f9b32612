"""Where a program's own code names a service or an owner: no edit of YAML reaches it.

Read, never run: a key may be declared in Python (``keylife.Key(service="billing", …)``), and
whoever ends its service has to be told. What a program computes is not seen here; the policy pack
judges it at the preview.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

from keylife.declarations.folder import shown_path

_NOT_THE_PROGRAM = {"__pycache__", "node_modules", "site-packages"}


def named_in_python(folder: Path, field: str, name: str) -> list[str]:
    """The places, as ``file:line``, where code says ``service="name"`` or ``"service": "name"``.

    Args:
        folder: of the Pulumi project; hidden folders and virtualenvs in it are left out.
        field: ``service`` or ``owner``.
        name: its id.
    """
    return [
        f"{shown_path(path)}:{line}"
        for path in _programs(folder)
        for line in _lines(path, field, name)
    ]


def _programs(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        here = Path(root)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _NOT_THE_PROGRAM
            and not (here / name / "pyvenv.cfg").exists()
        )
        yield from (here / name for name in sorted(files) if name.endswith(".py"))


def _lines(path: Path, field: str, name: str) -> list[int]:
    try:
        source = path.read_bytes()
    except OSError:
        return []
    if name.encode() not in source:
        return []
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # it may be meant for another Python: better told than not
        before = source.partition(name.encode())[0]
        return [before.count(b"\n") + 1]
    return sorted({line for node in ast.walk(tree) for line in _named(node, field, name)})


def _named(node: ast.AST, field: str, name: str) -> Iterator[int]:
    match node:
        case ast.keyword(arg=arg, value=ast.Constant(value=value)):
            if (arg, value) == (field, name):
                yield node.value.lineno
        case ast.Dict(keys=keys, values=values):
            for key, said in zip(keys, values, strict=True):
                match key, said:
                    case ast.Constant(value=word), ast.Constant(value=value):
                        if (word, value) == (field, name):
                            yield said.lineno

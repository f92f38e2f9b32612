"""What keylife promises of all its code: documented, no secret shown, errors that travel."""

from __future__ import annotations

import ast
import dataclasses
import pickle
import subprocess
import sys
import types
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path, PurePath
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from pydantic import BaseModel

import keylife
from keylife.errors import Fault, KeylifeError, Refusal

FOLDER = Path(keylife.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(FOLDER.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in FOLDER.rglob("*.py")
    if path.name != "__main__.py"
)
OF_THE_SANDBOX = ("boto3", "botocore", "hvac", "moto", "openbao")
CANARY = "canary-4b1c"
SECRET_NAMES = {
    "secret",
    "secret_key",
    "secret_access_key",
    "token",
    "client_token",
    "root_token",
    "password",
    "passphrase",
}


def classes() -> Iterator[type]:
    for name in MODULES:
        for value in vars(import_module(name)).values():
            if isinstance(value, type) and value.__module__ == name:
                yield value


def undocumented(module: str) -> Iterator[str]:
    path = FOLDER.parent / Path(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    tree = ast.parse(file.read_text())
    if not ast.get_docstring(tree):
        yield module
    for node in tree.body:
        yield from (f"{module}.{name}" for name in undocumented_names(node))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for inner in node.body:
                yield from (f"{module}.{node.name}.{name}" for name in undocumented_names(inner))


def undocumented_names(node: ast.stmt) -> Iterator[str]:
    if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return
    if not node.name.startswith("_") and not ast.get_docstring(node):
        yield node.name


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_says_what_it_means(module: str) -> None:
    assert list(undocumented(module)) == []


def test_the_public_names_are_complete_sorted_and_there() -> None:
    assert list(keylife.__all__) == sorted(keylife.__all__)
    for name in keylife.__all__:
        assert getattr(keylife, name).__name__ == name


def secretive() -> Iterator[type]:
    for found in classes():
        fields: set[str] = set()
        if dataclasses.is_dataclass(found):
            fields = {f.name for f in dataclasses.fields(found) if f.type not in (bool, "bool")}
        elif issubclass(found, BaseModel):
            fields = {*found.model_fields}
        if fields & SECRET_NAMES:
            yield found


def filled(kind: type) -> object:
    """A value of a type, with a canary wherever it would hold a secret."""
    if issubclass(kind, BaseModel):
        secrets: dict[str, Any] = dict.fromkeys(SECRET_NAMES & {*kind.model_fields}, CANARY)
        return kind.model_construct(**secrets)
    value: object = object.__new__(kind)
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]  # whoever asks made sure
        secret = field.name in SECRET_NAMES
        object.__setattr__(value, field.name, CANARY if secret else None)
    return value


def test_no_type_shows_a_secret_when_it_is_printed() -> None:
    kinds = list(secretive())

    assert len(kinds) >= 5
    assert [kind for kind in kinds if CANARY in f"{filled(kind)!r} {filled(kind)}"] == []


def errors() -> list[type[KeylifeError]]:
    return sorted(
        (found for found in classes() if issubclass(found, KeylifeError)),
        key=lambda found: found.__name__,
    )


def example(kind: Any) -> Any:
    """A value of a type, as an error's argument could be."""
    if kind in (str, int):
        return kind(7)
    if kind in (PurePath, Path):
        return kind("some/file")
    if kind is Fault:
        return Fault(PurePath("file"), 1, 2, "it is wrong", "mend it")
    if kind is Refusal:
        return Refusal("key", "it is gone", "restore it")
    if get_origin(kind) is tuple:
        return (example(get_args(kind)[0]),)
    if get_origin(kind) in (types.UnionType,):
        return example(get_args(kind)[0])
    raise AssertionError(f"say here what a {kind} in an error looks like")


def test_an_error_travels_with_its_facts() -> None:
    kinds = errors()
    assert {"UsageError", "PlanRefusedError"} < {kind.__name__ for kind in kinds}
    for kind in kinds:
        hints = {} if kind is KeylifeError else get_type_hints(kind.__init__)
        facts = {name: example(hint) for name, hint in hints.items() if name != "return"}
        error = kind(**facts)

        again = pickle.loads(pickle.dumps(error))

        assert type(again) is kind
        assert (str(again), again.hint, vars(again)) == (str(error), error.hint, vars(error))
        assert again.exit_code in (1, 2, 75)
        assert {name: getattr(again, name) for name in facts} == facts
        assert kind.__name__.endswith("Error")


def test_everything_but_the_sandbox_is_imported_without_the_sandboxs_needs() -> None:
    program = f"""
import sys
from importlib import import_module

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {OF_THE_SANDBOX!r}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Blocked())
for module in {MODULES!r}:
    if not module.startswith("keylife.sandbox."):
        import_module(module)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")

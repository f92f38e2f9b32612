"""What the models say about themselves: the docstring of a class and those under its fields."""

from __future__ import annotations

import ast
import inspect
import textwrap

from keylife.model.base import Model


def field_docstrings(model: type[Model]) -> dict[str, str]:
    """The text under each field that has one, on one line."""
    source = textwrap.dedent(inspect.getsource(model))
    [definition] = ast.parse(source).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for field, text in zip(definition.body, definition.body[1:], strict=False):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(words))),
            ):
                found[name] = on_one_line(words)
    return found


def class_docstring(model: type) -> str:
    """All that a class says about itself, paragraphs parted by an empty line."""
    paragraphs = inspect.cleandoc(model.__doc__ or "").split("\n\n")
    return "\n\n".join(map(on_one_line, paragraphs))


def first_sentence(model: type) -> str:
    """The first paragraph of what a class says about itself."""
    return class_docstring(model).split("\n\n")[0]


def on_one_line(text: str) -> str:
    """Text without its line breaks, as markdown and JSON want it; code in single backticks."""
    return " ".join(text.split()).replace("``", "`")

"""What a YAML parser complains of, in words that help."""

from __future__ import annotations

from ruamel.yaml.error import MarkedYAMLError

from keylife.declarations.text import Trouble

NOT_YAML = (
    "this is not well-formed YAML",
    "compare indentation, colons, quotes and brackets with the reference page",
)
"""What is said where the parser's complaint means nothing to people."""

_IN_BRACKETS = (
    "this bracket is not closed as it should be",
    "put a comma between entries and the matching bracket at the end",
)

_CLOSES_NOTHING = ("this bracket closes nothing", "remove it, or put the text in quotes")

_LEFT_OVER = (
    "this does not belong to the value before it",
    "check where quotes and brackets end, and the indentation",
)

_COMPLAINTS: tuple[tuple[str, str, bool, str, str], ...] = (
    # part of the complaint, part of its context, whether the place is where the construct
    # begins, what is wrong, how to mend it
    (
        "mapping values are not allowed here",
        "",
        False,
        "a colon does not fit here",
        "check the indentation, or put text with `: ` in it in quotes",
    ),
    ("','", "flow sequence", True, *_IN_BRACKETS),
    ("','", "flow mapping", True, *_IN_BRACKETS),
    ("the node content", "flow", True, *_IN_BRACKETS),
    ("unexpected ':'", "plain scalar", False, *NOT_YAML),
    (
        "end of stream",
        "quoted scalar",
        True,
        "this quote is not closed",
        "put the same quote at the end of the text",
    ),
    (
        "document separator",
        "quoted scalar",
        True,
        "this quote is not closed",
        "put the same quote at the end of the text",
    ),
    (
        "escape",
        "double-quoted scalar",
        False,
        "a backslash does not begin a known escape here",
        "use single quotes, in which a backslash is a character like others",
    ),
    ("but found '}'", "", False, *_CLOSES_NOTHING),
    ("but found ']'", "", False, *_CLOSES_NOTHING),
    ("but found ','", "", False, *_LEFT_OVER),
    ("but found '<scalar>'", "", False, *_LEFT_OVER),
    (
        "expected <block end>",
        "block collection",
        False,
        "this line is not indented like the other entries of its list",
        "begin each entry with `- ` in the same column",
    ),
    (
        "expected <block end>",
        "block mapping",
        False,
        "this line is not indented like the other fields",
        "begin all fields of an entry in the same column",
    ),
    (
        "could not find expected ':'",
        "",
        True,
        "this line is no field",
        "write `name: value`, or put text of several lines in quotes",
    ),
    (
        "sequence entries are not allowed here",
        "",
        False,
        "a list does not fit here",
        "begin it in a line of its own",
    ),
    (
        "'\\t'",
        "",
        False,
        "a tab stands here",
        "use spaces: tabs have no width that everyone agrees on",
    ),
    (
        "cannot start any token",
        "",
        False,
        "a value cannot begin with this character",
        "put the value in quotes",
    ),
    ("", "an alias", True, "aliases (`*`) are not read", "write out what is meant"),
    ("", "an anchor", True, "anchors (`&`) are not read", "remove it and write out each value"),
    ("", "a tag", True, "tags (`!`) are not read", "remove it"),
    ("tag handle", "", True, "tags (`!`) are not read", "remove it"),
    ("", "directive", True, "directives are not read", "remove the lines with `%`"),
    ("directive", "", False, "directives are not read", "remove the lines with `%`"),
    ("YAML document", "", False, "directives are not read", "remove the lines with `%`"),
    (
        "",
        "block scalar",
        False,
        "this block of text does not begin as it should",
        "write `>-` alone at the end of the line and the text indented below",
    ),
    (
        "document start",
        "",
        False,
        "the declarations ended above, and something follows",
        "check the indentation, and keep one document in a file",
    ),
    (
        "document end marker",
        "",
        False,
        "something follows the end mark `...`",
        "keep one document in a file",
    ),
)


def trouble_of(error: MarkedYAMLError) -> Trouble:
    """The parser's complaint in our words, at the place where someone has to look."""
    problem, context = error.problem or "", error.context or ""
    for part, part_of_context, at_begin, what, cure in _COMPLAINTS:
        if part in problem and part_of_context in context:
            mark = error.context_mark if at_begin else None
            return _trouble(mark or error.problem_mark, what, cure)
    return _trouble(error.problem_mark, *NOT_YAML)


def _trouble(mark: object, what: str, cure: str) -> Trouble:
    line, column = getattr(mark, "line", 0), getattr(mark, "column", 0)
    return Trouble(line + 1, column + 1, what, cure)

"""Files of keys as people write them: in blocks and braces, with comments in odd places."""

from __future__ import annotations

from dataclasses import dataclass

import hypothesis.strategies as st


@dataclass(frozen=True)
class Awkward:
    """A file of keys, and one of them."""

    text: str
    key_id: str
    in_braces: bool
    """Whether that key is written in braces, where a line may have to be continued."""

    def may_change_a_line(self, what: str) -> bool:
        """Whether the edit cannot always do with added lines.

        A list in brackets takes a further rotation where it stands, and so does a last line that
        has no line end.
        """
        return self.in_braces or (what == "rotate" and "rotations:" in self.text)


_comments = st.sampled_from(["", "  # note", " # a: b, {c}", "  #\ttab", "  # 'x"])
_gaps = st.sampled_from(
    ["", "", "", "\n", "    # - id: x\n", "# at the margin\n", "        # deep\n", "\n\n"]
)
_purposes = st.sampled_from(["reads", "'it''s: x'", '"a # b"', "läs 漢字 \U0001f511"])
_kinds = st.sampled_from(["vault-token", '"vault-token"', "'vault-token'"])
_scopes = st.sampled_from(["{policies: [a]}", "{ policies: [ a, 'b' ] }"])
_rotations = st.sampled_from(["[]", "[{at: 2026-01-01T00:00:00Z, reason: superseded}]"])


@st.composite
def awkward_files(draw: st.DrawFn) -> Awkward:
    """A file of up to three keys, each written in another way."""
    margin = " " * draw(st.integers(0, 4))
    text = draw(st.sampled_from(["", "---\n", "# top\n"])) + f"keys:{draw(_comments)}\n"
    styles = {
        f"key-{number}": draw(st.sampled_from([_block, _braces, _lines_in_braces]))
        for number in range(draw(st.integers(1, 3)))
    }
    for key_id, style in styles.items():
        text += draw(_gaps) + style(draw, margin, key_id)
    text += draw(_gaps)
    if draw(st.booleans()):
        text = text.rstrip("\n")
    key_id = draw(st.sampled_from(sorted(styles)))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return Awkward(text.replace("\n", newline), key_id, styles[key_id] is not _block)


def _fields(draw: st.DrawFn, key_id: str) -> list[tuple[str, str]]:
    fields = [
        ("id", key_id),
        ("kind", draw(_kinds)),
        ("service", "billing"),
        ("owner", "team-payments"),
        ("purpose", draw(_purposes)),
        ("scope", draw(_scopes)),
        ("ttl", "12h"),
        ("rotate_every", "6h"),
        ("deliver", f"[{{vault-kv: {{mount: secret, path: {key_id}}}}}]"),
    ]
    if draw(st.booleans()):
        fields.append(("rotations", draw(_rotations)))
    return draw(st.permutations(fields))


def _block(draw: st.DrawFn, margin: str, key_id: str) -> str:
    dash = f"{margin}-{' ' * draw(st.integers(1, 3))}"
    inner = " " * len(dash)
    text = ""
    fields = _fields(draw, key_id)
    for name, value in fields:
        lead = inner if text else dash
        if name == "deliver" and draw(st.booleans()):
            lines = ["", "- vault-kv:", "    mount: secret", f"    path: {key_id}"]
            value_text = f"\n{inner}".join(lines) + draw(_comments)
        elif name == "purpose" and name != fields[-1][0] and draw(st.booleans()):
            value_text = f" >-\n{inner}  reads\n{inner}  much"
        else:
            value_text = f" {value}{draw(_comments)}"
        text += f"{lead}{name}:{value_text}\n"
        if ">-" not in value_text:  # where a comment would be text
            text += draw(_gaps)
    return text


def _braces(draw: st.DrawFn, margin: str, key_id: str) -> str:
    fields = ", ".join(f"{name}: {value}" for name, value in _fields(draw, key_id))
    closing = draw(st.sampled_from(["", ",", " "]))
    return f"{margin}- {{{fields}{closing}}}{draw(_comments)}\n"


def _lines_in_braces(draw: st.DrawFn, margin: str, key_id: str) -> str:
    fields = [f"{name}: {value}," for name, value in _fields(draw, key_id)]
    if draw(st.booleans()):
        fields[-1] = fields[-1].removesuffix(",")
    lines = [f"{margin}    {field}{draw(_comments)}\n" for field in fields]
    return f"{margin}- {{\n{''.join(lines)}{margin}  }}{draw(_comments)}\n"

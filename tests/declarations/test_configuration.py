from __future__ import annotations

from pathlib import Path

import pytest

from keylife.declarations.configuration import read_configuration
from keylife.errors import DeclarationError
from keylife.model.configuration import Configuration, Level

RULES = ("expiry-required", "ttl-within-limit")


def told(folder: Path) -> list[str]:
    with pytest.raises(DeclarationError) as caught:
        read_configuration(folder, RULES)
    return [f"{f.file.name}:{f.line}:{f.column}: {f.what}; {f.cure}" for f in caught.value.faults]


def test_without_a_file_all_is_default(tmp_path: Path) -> None:
    configured = read_configuration(tmp_path, RULES)

    assert (configured.configuration, configured.document) == (Configuration(), None)


def test_what_it_decides_is_read(tmp_path: Path) -> None:
    (tmp_path / "keylife.yaml").write_text("rules:\n  ttl-within-limit: advisory\n")

    rules = read_configuration(tmp_path, RULES).configuration.rules

    assert rules == {"ttl-within-limit": Level.ADVISORY}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "rules:\n  ttl-within-limits: advisory\n",
            "keylife.yaml:2:3: there is no rule `ttl-within-limits`; did you mean"
            " `ttl-within-limit`?",
        ),
        ("", "keylife.yaml:1:1: this file decides nothing; "),
        ("rules:\n  a: b\n  a: c\n", "keylife.yaml:3:3: "),
        ("waivers:\n  - rule: x\n", "keylife.yaml:2:5: `key` is missing; "),
        (
            "waivers:\n  - {rule: expiry-required, key: '*', reason: a, approver: b}\n",
            "keylife.yaml:2:34: `key` cannot be `*`; a waiver is for one key",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "keylife.yaml").write_text(text)

    assert any(fault.startswith(said) for fault in told(tmp_path)), told(tmp_path)


@pytest.mark.parametrize("name", ["keylife.yml", "keylife.json"])
def test_a_file_that_would_not_be_read_is_a_fault(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("rules: {}\n")

    assert told(tmp_path) == [f"{name}:1:1: this file is not read; rename it to `keylife.yaml`"]

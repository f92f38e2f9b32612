"""Errors: whose fault, what is known, and the way out, in words for people."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from keylife.errors import (
    DeclarationError,
    EventLogError,
    Fault,
    KeylifeError,
    LedgerUnreadableError,
    PlanRefusedError,
    Refusal,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DeclarationError(()), 2),
        (UsageError("x"), 2),
        (PlanRefusedError(()), 1),
        (LedgerUnreadableError("x"), 1),
        (EventLogError(PurePath("x"), "x"), 1),
    ],
)
def test_the_exit_code_says_whose_fault_it_is(error: KeylifeError, code: int) -> None:
    assert isinstance(error, KeylifeError)
    assert error.exit_code == code


def test_faults_stand_in_the_order_of_the_files_whatever_order_they_were_found_in() -> None:
    faults = [
        Fault(PurePath(file), line, column, "it is wrong", "mend it")
        for file, line, column in (("b", 1, 1), ("a", 10, 1), ("a", 9, 2), ("a", 9, 1))
    ]

    error = DeclarationError(tuple(faults))

    assert error.faults == tuple(reversed(faults))
    assert str(error).split("\n") == [
        "a:9:1: it is wrong; mend it",
        "a:9:2: it is wrong; mend it",
        "a:10:1: it is wrong; mend it",
        "b:1:1: it is wrong; mend it",
    ]


def test_every_refusal_names_its_key_and_the_way_out() -> None:
    error = PlanRefusedError((Refusal("b", "it is gone", "restore it"), Refusal("a", "x", "y")))

    assert str(error) == "`a`: x; y\n`b`: it is gone; restore it"


def test_the_hint_is_apart_from_the_sentence() -> None:
    usage, ledger = UsageError("bad", "do this"), LedgerUnreadableError("locked", "wait")

    assert (str(usage), usage.hint) == ("bad", "do this")
    assert (str(ledger), ledger.hint) == ("the ledger cannot be read: locked", "wait")
    assert UsageError("bad").hint is None


def test_a_log_that_cannot_be_written_is_named_twice_where_and_what_to_do() -> None:
    error = EventLogError(PurePath("logs/events.jsonl"), "No space left on device")

    assert "logs/events.jsonl cannot be written: No space left on device" in str(error)
    assert error.hint == "make logs/events.jsonl writable: no key is issued without a record"

"""What each of the saved files shows of one program, and what it does not.

``docs/reference/saved-files.md`` says the same in words.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from keylife.compliance.credential import Life
from keylife.compliance.unknown import UNKNOWN
from keylife.model.ledger import Ledger
from keylife.saved.preview import read_preview
from tests.saved.vectors import FOLDER, deleted, document, saved, standing, text

FIRST = ("preview-first", "plan-first", "state-first")
SECOND = ("preview-second", "plan-second")
ALL = (*FIRST, *SECOND)


@pytest.mark.parametrize("name", ALL)
def test_every_form_shows_what_will_stand(name: str) -> None:
    shown = standing(saved(name))

    assert {"raw-key", "drawn", "payments", "owned-by-parent", "staying", "staying-v1"} <= set(
        shown
    )
    assert shown["too-long"].inputs["ttl"] == "9600h"
    assert shown["too-long"].inputs["noParent"] is True
    assert shown["owned-by-parent"].parent == shown["payments"].urn
    assert shown["payments"].inputs["owner"] == "team-payments"
    assert shown["payments"].provider is None
    assert "__defaults" not in shown["too-long"].inputs


@pytest.mark.parametrize("name", ALL)
def test_a_secret_is_not_shown_by_any(name: str) -> None:
    shown = standing(saved(name))

    assert shown["secret-ttl"].inputs["ttl"] is UNKNOWN
    assert shown["hidden-name"].inputs["displayName"] is UNKNOWN


@pytest.mark.parametrize("name", ALL)
def test_a_computed_value_is_known_once_it_was_deployed(name: str) -> None:
    ttl = standing(saved(name))["computed-ttl"].inputs["ttl"]

    assert ttl is UNKNOWN if name in ("preview-first", "plan-first") else ttl == "1h"


@pytest.mark.parametrize("name", ALL)
def test_a_plan_does_not_show_what_is_kept_alive(name: str) -> None:
    options = standing(saved(name))["kept"].options

    if name.startswith("plan"):
        assert options.retain_on_delete is None
    else:
        assert options.retain_on_delete is (name == "preview-second")


@pytest.mark.parametrize("name", ALL)
def test_a_plan_does_not_show_with_what_a_resource_is_taken_to_be_gone(name: str) -> None:
    with_what = standing(saved(name))["raw-key"].options.deleted_with

    assert (with_what is None) is name.startswith("plan")
    assert with_what is None or with_what.endswith("::deployer")


@pytest.mark.parametrize("name", SECOND)
def test_a_change_shows_which_changes_it_ignores(name: str) -> None:
    shown = standing(saved(name))

    assert shown["ignoring"].options.ignore_changes == ("ttl",)
    assert shown["too-long"].options.ignore_changes == ()
    assert shown["ignoring"].inputs["ttl"] == "1h", "what it ignores is as it was"


def test_a_state_keeps_the_options_that_were_deployed() -> None:
    shown = standing(saved("state-second"))

    assert shown["ignoring"].options.ignore_changes == ("ttl",)
    assert shown["too-long"].options.ignore_changes == ()
    assert shown["kept"].options.retain_on_delete is True
    assert shown["adopted"].options.imported is True
    assert shown["gap"].options.delete_before_replace is None, "the engine does not keep it"
    assert shown["renamed-new"].aliases == (), "nor what a resource was called"
    assert {"forgotten", "deleted", "deleted-and-kept", "renamed-old"}.isdisjoint(shown)


@pytest.mark.parametrize("name", SECOND)
def test_a_change_shows_what_it_deletes(name: str) -> None:
    gone = deleted(saved(name))

    assert {"deleted", "deleted-and-kept", "forgotten", "forgotten-v1", "replaced", "gap"} <= {
        *gone
    }
    assert gone["deleted"].options.retain_on_delete is False
    assert gone["deleted-and-kept"].options.retain_on_delete is True
    assert deleted(saved("preview-first")) == deleted(saved("state-first")) == {}


@pytest.mark.parametrize("name", SECOND)
def test_a_change_shows_what_it_replaces_and_what_before(name: str) -> None:
    shown = standing(saved(name))

    assert shown["replaced"].inputs["ttl"] == "2h"
    assert shown["replaced"].was is None, "its successor is another credential"
    assert shown["replaced"].options.delete_before_replace is not True
    assert shown["gap"].options.delete_before_replace is True


@pytest.mark.parametrize("name", SECOND)
def test_a_change_shows_a_new_name_for_what_was(name: str) -> None:
    shown = standing(saved(name))

    assert [alias.rpartition("::")[2] for alias in shown["renamed-new"].aliases] == ["renamed-old"]
    assert shown["renamed-new"].inputs["ttl"] == "1h"
    assert "renamed-old" not in shown


@pytest.mark.parametrize("name", SECOND)
def test_a_change_shows_what_it_imports(name: str) -> None:
    shown = standing(saved(name))

    assert shown["adopted"].options.imported is True
    assert shown["raw-key"].options.imported is False


@pytest.mark.parametrize("name", ALL)
def test_what_is_protected_is_shown_by_all(name: str) -> None:
    assert standing(saved(name))["guarded"].options.protected is (name in FIRST)


@pytest.mark.parametrize("name", ["state-first", *SECOND])
def test_a_life_counts_from_when_the_engine_made_it(name: str) -> None:
    was = standing(saved(name))["too-long"].was

    assert was is not None and was.birth is not None and was.expiry is not None
    assert was.birth.year == 2026
    assert was.expiry - was.birth == timedelta(days=400)


def test_a_preview_alone_does_not_show_when_the_engine_made_what_it_has() -> None:
    was = standing(read_preview(document("preview-second")))["too-long"].was

    assert was == Life(None, None)


@pytest.mark.parametrize("name", ["state-first", *SECOND])
def test_a_version_has_the_life_that_was_written_at_its_birth(name: str) -> None:
    versions = [r for r in saved(name).resources if r.type == "keylife:index:Version"]
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)

    assert [r.was for r in versions if r.name == "staying-v1"] == [
        Life(noon, noon + timedelta(days=30))
    ]


@pytest.mark.parametrize("name", ["state-first", *SECOND])
def test_the_ledger_is_what_was_before(name: str) -> None:
    ledger = saved(name).ledger

    assert isinstance(ledger, Ledger)
    assert set(ledger.keys) == {"staying", "forgotten"}


@pytest.mark.parametrize("name", ["preview-first", "plan-first"])
def test_a_first_deploy_has_no_ledger(name: str) -> None:
    assert saved(name).ledger == Ledger()


def test_a_state_shows_which_outputs_it_encrypts() -> None:
    shown = standing(saved("state-first"))

    assert shown["raw-key"].secret_outputs == frozenset({"secret", "sesSmtpPasswordV4"})
    assert shown["raw-key"].cloud_id is not None
    assert standing(saved("preview-first"))["raw-key"].secret_outputs is None


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_a_recording_holds_no_secret_and_nothing_of_a_machine(path) -> None:  # type: ignore[no-untyped-def]
    found = text(path.stem)

    assert "canary" not in found
    assert not re.search(r"/(work|root|home|tmp|usr)/|hvs\.|salt", found)
    assert not re.search(r'"ciphertext": "v1:(?![Aa0+/=:]+\d)', found)

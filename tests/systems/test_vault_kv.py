"""A copy in KV is dead when no value of it can be read or undeleted; a successor's stays."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from keylife.orphan import Clients
from keylife.systems.holdings import read_copy
from keylife.systems.system import Holding, Verdict
from keylife.systems.table import SYSTEMS
from tests.systems.doing import done, holding
from tests.systems.lossy import Lossy

KV = SYSTEMS["vault-kv"]
OTHER_VALUE = {"token": "of another"}


@pytest.fixture
def place(name: str) -> str:
    return f"{name}/place"


def write(clients: Clients, place: str, version: int | None, value: Any, key: str = "") -> int:
    """A value, and then what says whose it is, as the provider writes them."""
    kv = clients.vault.secrets.kv.v2
    answer = kv.create_or_update_secret(place, value, mount_point="secret")
    if version is not None:
        about = {"keylife-key": key or place.partition("/")[0], "keylife-version": str(version)}
        kv.update_metadata(place, custom_metadata=about, max_versions=5, mount_point="secret")
    return int(answer["data"]["version"])


def held(place: str, version: int, ending: str = "", **marks: str) -> Holding:
    return holding(
        "vault-kv",
        place.partition("/")[0],
        version,
        mount="secret",
        path=place,
        ending=ending or str(version),
        **{f"mark.{field}": text for field, text in marks.items()},
    )


def readable(clients: Clients, place: str) -> dict[int, Any]:
    """Every value that can be read, if need be after it was undeleted."""
    kv, found = clients.vault.secrets.kv.v2, {}
    for number in range(1, 6):
        kv.undelete_secret_versions(place, [number], mount_point="secret")
        told = clients.vault.read(f"secret/data/{place}?version={number}")
        if told is not None and told["data"]["data"] is not None:
            found[number] = told["data"]["data"]
    return found


def verdict(held: Holding, clients: Clients) -> tuple[Verdict, str]:
    answer = KV.use(held, {}, clients)
    return answer.verdict, answer.said


def test_a_copy_is_destroyed_with_all_that_stood_there_before(clients: Clients, place: str) -> None:
    for version in (1, 2, 3):
        write(clients, place, version, {"token": f"value {version}"})
    clients.vault.secrets.kv.v2.delete_secret_versions(place, [1, 2], mount_point="secret")
    mine = held(place, 3)
    assert verdict(mine, clients) == (Verdict.ACCEPTED, "200: a value stands")
    assert read_copy(mine, clients) == {"token": "value 3"}

    assert done(mine, clients) == {"destroy": "destroyed 3 values, and the metadata"}

    assert verdict(mine, clients) == (Verdict.REFUSED, "404")
    assert readable(clients, place) == {}
    assert done(mine, clients) == {"destroy": "nothing is there"}
    assert read_copy(mine, clients) == {}


def test_a_deleted_value_still_lives(clients: Clients, place: str) -> None:
    write(clients, place, 1, {"token": "value"})
    clients.vault.secrets.kv.v2.delete_latest_version_of_secret(place, mount_point="secret")

    assert clients.vault.read(f"secret/data/{place}") is None
    assert verdict(held(place, 1), clients)[0] is Verdict.ACCEPTED
    assert readable(clients, place) == {1: {"token": "value"}}


def test_a_successor_stays_and_what_it_replaced_goes(clients: Clients, place: str) -> None:
    write(clients, place, 1, {"token": "value 1"})
    write(clients, place, 2, {"token": "value 2"})
    mine = held(place, 1)
    assert verdict(mine, clients) == (Verdict.ACCEPTED, "200: a value stands")

    said = "destroyed 1 value; the current one, of version 2, stays"
    assert done(mine, clients) == {"destroy": said}

    assert verdict(mine, clients) == (Verdict.REFUSED, "200: none of its values")
    assert readable(clients, place) == {2: {"token": "value 2"}}
    said = "found none of its values; the current one, of version 2, stays"
    assert done(mine, clients) == {"destroy": said}
    assert read_copy(mine, clients) == {}


def test_a_value_that_shows_whose_it_is_stays_if_that_version_lives(
    clients: Clients, place: str
) -> None:
    for version in (1, 2, 3):
        write(clients, place, version, {"access_key_id": f"AKIA{version}"})

    done(held(place, 1, access_key_id="AKIA1"), clients)

    assert readable(clients, place) == {
        2: {"access_key_id": "AKIA2"},
        3: {"access_key_id": "AKIA3"},
    }


def test_a_key_that_ends_altogether_takes_all_of_it(clients: Clients, place: str) -> None:
    write(clients, place, 1, {"token": "value 1"})
    write(clients, place, 2, {"token": "value 2"})

    first = held(place, 1, ending="1 2")
    assert done(first, clients) == {"destroy": "destroyed 2 values, and the metadata"}
    assert verdict(first, clients) == (Verdict.REFUSED, "404")
    assert verdict(held(place, 2, ending="1 2"), clients) == (Verdict.REFUSED, "404")


def test_another_keys_copy_is_left_alone(clients: Clients, place: str) -> None:
    write(clients, place, 1, OTHER_VALUE, key="somebody-elses")
    mine = held(place, 1, **OTHER_VALUE)  # even if it looks like this version's own

    assert done(mine, clients) == {"destroy": "left alone: another key's copy is there"}
    assert verdict(mine, clients) == (Verdict.REFUSED, "200: another key's")
    assert readable(clients, place) == {1: OTHER_VALUE}
    assert read_copy(mine, clients) == {}


def test_a_value_that_nothing_is_written_about_is_the_versions_if_it_shows_so(
    clients: Clients, place: str
) -> None:
    """A run that was killed between the provider's two writes leaves it so."""
    write(clients, place, None, {"access_key_id": "AKIA1"})
    theirs = held(place, 1, access_key_id="AKIA2")
    assert done(theirs, clients) == {"destroy": "left alone: another key's copy is there"}
    mine = held(place, 1, access_key_id="AKIA1")

    assert done(mine, clients) == {"destroy": "destroyed 1 value, and the metadata"}
    assert readable(clients, place) == {}


def test_what_is_written_meanwhile_stays(
    through_vault_way: Clients, vault_way: Lossy, clients: Clients, place: str
) -> None:
    """A deploy writes the successor between the look and the destruction."""
    write(clients, place, 1, {"token": "value 1"})
    written: list[int] = []

    def meanwhile(path: str) -> None:
        if "/destroy/" in path and not written:
            written.append(write(clients, place, 2, {"token": "value 2"}))

    vault_way.answers = meanwhile
    mine = held(place, 1)
    said = "destroyed 1 value; something was written meanwhile and stays"
    assert done(mine, through_vault_way) == {"destroy": said}

    assert readable(clients, place) == {2: {"token": "value 2"}}
    assert verdict(mine, clients)[0] is Verdict.REFUSED


@pytest.mark.parametrize("lost", ["PUT", "DELETE"])
def test_a_destruction_whose_answer_is_lost_is_done_again(
    through_vault_way: Clients, vault_way: Lossy, place: str, lost: str
) -> None:
    write(through_vault_way, place, 1, {"token": "value"})
    mine = held(place, 1)
    vault_way.loses = lambda method, path, body: method == lost and not vault_way.lost

    with pytest.raises(requests.ConnectionError):
        done(mine, through_vault_way)
    assert len(vault_way.lost) == 1

    again = done(mine, through_vault_way)["destroy"]
    assert again == ("nothing is there" if lost == "DELETE" else again)
    assert verdict(mine, through_vault_way) == (Verdict.REFUSED, "404")
    assert readable(through_vault_way, place) == {}


def test_nothing_at_a_mount_that_is_not_there_is_no_refusal(clients: Clients, place: str) -> None:
    """A wrong address, or another namespace, has nothing there either."""
    elsewhere = holding("vault-kv", "k", 1, mount="no-such-mount", path=place, ending="1")

    assert verdict(elsewhere, clients)[0] is Verdict.UNCLEAR
    with pytest.raises(Exception, match="404"):
        done(elsewhere, clients)


def test_a_proxys_404_is_no_refusal(
    through_vault_way: Clients, vault_way: Lossy, place: str
) -> None:
    vault_way.answers = lambda path: (404, b"<html>not found</html>") if place in path else None

    assert verdict(held(place, 1), through_vault_way)[0] is Verdict.UNCLEAR


def test_an_operator_who_may_not_look_knows_nothing(
    clients: Clients, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(clients, place, 1, {"token": "value"})
    made = clients.vault.auth.token.create_orphan(policies=["metrics-read"], no_default_policy=True)
    monkeypatch.setenv("VAULT_TOKEN", made["auth"]["client_token"])

    assert verdict(held(place, 1), Clients()) == (Verdict.UNCLEAR, "403 permission denied")
    with pytest.raises(Exception, match="403 permission denied"):
        done(held(place, 1), Clients())

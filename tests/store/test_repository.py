"""One repository has one name, however it is reached, and the name holds no credentials."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from keylife.store.repository import named, repository_of


@pytest.mark.parametrize(
    "remote",
    [
        "git@git.example.com:team/keys.git",
        "git.example.com:team/keys",
        "https://git.example.com/team/keys.git",
        "https://user:canary@git.example.com/team/keys/",
        "https://canary@Git.Example.com:8443/team/keys",
        "ssh://git@git.example.com:22/team/keys.git",
    ],
)
def test_however_it_is_reached_it_has_one_name(remote: str) -> None:
    assert named(remote) == "git.example.com/team/keys"


@pytest.mark.parametrize("remote", ["", "/srv/git/keys.git", "../keys", "file:///srv/git/keys"])
def test_what_is_on_this_machine_has_none(remote: str) -> None:
    assert named(remote) == ""


def test_git_tells_it(tmp_path: Path) -> None:
    assert repository_of(tmp_path) == ""
    remote = "git@git.example.com:team/keys.git"
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "remote", "add", "origin", remote], cwd=tmp_path, check=True)

    assert repository_of(tmp_path) == "git.example.com/team/keys"

"""Real plugins where they can be had, stand-ins else, and always said which."""

from __future__ import annotations

import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import pytest

from keylife.sandbox import provider_plugins
from keylife.sandbox.provider_plugins import ProviderPlugin, put_in_place
from keylife.sandbox.toolchain import Cli, find_cli

AWS = metadata.version("pulumi_aws")
VAULT = metadata.version("pulumi_vault")

ARRIVES = (
    'plugin="$PULUMI_HOME/plugins/resource-$4-v$5"; mkdir -p "$plugin";'
    ' echo x > "$plugin/pulumi-resource-$4"; chmod +x "$plugin/pulumi-resource-$4"'
)
"""What a CLI does that can download."""

STAND_IN_ELSE = 'if [ "$6" = --file ]; then exit 0; fi; '
"""What comes before what a CLI does that is asked to download."""


@pytest.fixture
def real_cli() -> Cli:
    cli = find_cli()
    assert cli is not None, "run `make setup`"
    return cli


def fake_cli(folder: Path, script: str) -> Cli:
    """A CLI whose `plugin install` runs ``script``; $4 is the provider's name, $5 its version."""
    folder.mkdir()
    (folder / "pulumi").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "pulumi").chmod(0o755)
    return Cli(folder, (3, 200, 0))


def pretend_installed(home: Path, name: str, version: str) -> Path:
    plugin = home / "plugins" / f"resource-{name}-v{version}"
    plugin.mkdir(parents=True)
    (plugin / f"pulumi-resource-{name}").write_text("#!/bin/sh\nexit 0\n")
    (plugin / f"pulumi-resource-{name}").chmod(0o755)
    return plugin


def origins(plugins: tuple[ProviderPlugin, ...]) -> dict[str, str]:
    return {plugin.name: plugin.origin for plugin in plugins}


def install(cli: Cli, tmp_path: Path, *, download: bool = False) -> dict[str, str]:
    return origins(
        put_in_place(
            cli,
            tmp_path / "home",
            installed=tmp_path / "users",
            cache=tmp_path / "cache",
            download=download,
        )
    )


def seen_by_engine(cli: Cli, home: Path) -> str:
    answer = subprocess.run(
        [cli.command, "plugin", "ls", "--json"],
        env={"PULUMI_HOME": str(home), "HOME": str(home), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout


def test_an_installed_plugin_of_the_sdks_version_is_used(real_cli: Cli, tmp_path: Path) -> None:
    pretend_installed(tmp_path / "users", "aws", AWS)
    pretend_installed(tmp_path / "users", "vault", "1.0.0")

    assert install(real_cli, tmp_path) == {"aws": "installed", "vault": "stand-in"}
    seen = seen_by_engine(real_cli, tmp_path / "home")
    assert f'"version": "{AWS}"' in seen
    assert f'"version": "{VAULT}"' in seen


def test_a_plugin_that_is_still_being_unpacked_is_not_used(real_cli: Cli, tmp_path: Path) -> None:
    plugin = pretend_installed(tmp_path / "users", "aws", AWS)
    plugin.with_name(f"{plugin.name}.partial").touch()

    assert install(real_cli, tmp_path)["aws"] == "stand-in"


def test_a_stand_in_runs_this_python_also_from_a_path_with_spaces(
    real_cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/a folder/it's/python3")
    install(real_cli, tmp_path)

    plugin = tmp_path / "home" / "plugins" / f"resource-vault-v{VAULT}" / "pulumi-resource-vault"
    assert plugin.read_text().splitlines()[1] == (
        "exec '/a folder/it'\"'\"'s/python3' -m keylife.sandbox.plugins.vault \"$@\""
    )
    assert plugin.stat().st_mode & 0o111


def test_a_plugin_that_can_be_downloaded_is_used_and_kept_for_the_next_sandbox(
    tmp_path: Path,
) -> None:
    downloaded = {"aws": "downloaded", "vault": "downloaded"}
    assert install(fake_cli(tmp_path / "a", ARRIVES), tmp_path, download=True) == downloaded

    never = fake_cli(tmp_path / "b", "exit 1")
    again = put_in_place(
        never,
        tmp_path / "another",
        installed=tmp_path / "users",
        cache=tmp_path / "cache",
        download=False,
    )
    assert origins(again) == downloaded


def test_a_network_that_never_answers_costs_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_plugins, "_NO_PROGRESS", 0.5)
    cli = fake_cli(tmp_path / "bin", STAND_IN_ELSE + "sleep 60")
    began = time.monotonic()

    assert set(install(cli, tmp_path, download=True).values()) == {"stand-in"}
    assert time.monotonic() - began < 10
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_slow_download_may_go_on_while_bytes_arrive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_plugins, "_NO_PROGRESS", 1.0)
    slowly = 'for i in 1 2 3 4 5 6; do echo x >> "$TMPDIR/part"; sleep 0.4; done; '
    cli = fake_cli(tmp_path / "bin", STAND_IN_ELSE + slowly + ARRIVES)

    assert set(install(cli, tmp_path, download=True).values()) == {"downloaded"}


def test_downloads_that_move_folders_about_do_not_disturb_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)  # look all the time, so that it shows
    monkeypatch.setattr(provider_plugins, "_NO_PROGRESS", 60.0)
    busily = (
        'for i in $(seq 100); do mkdir -p "$TMPDIR/a/b/c"; mv "$TMPDIR/a" "$TMPDIR/d";'
        ' rm -r "$TMPDIR/d"; done; '
    )
    cli = fake_cli(tmp_path / "bin", STAND_IN_ELSE + busily + ARRIVES)

    assert set(install(cli, tmp_path, download=True).values()) == {"downloaded"}

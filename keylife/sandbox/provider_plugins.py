"""Which provider plugins the sandbox's engine runs: the real ones where they can be had.

The real plugin of exactly the SDK's version is used if it is installed, or can be downloaded.
Else a stand-in (:mod:`keylife.sandbox.plugins`) is put in its place, in the sandbox's own
PULUMI_HOME only. Which one it is, and why, is always said.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from keylife.sandbox.errors import SandboxError
from keylife.sandbox.toolchain import Cli

SDKS: Mapping[str, str] = {"aws": "pulumi_aws", "vault": "pulumi_vault"}
"""The provider's name, and the distribution whose version its plugin must have."""

_NO_PROGRESS = 5.0
"""Seconds without a byte after which a download counts as refused."""

_AT_MOST = 600.0
"""Seconds a download may take in all."""


class ProviderPlugin(BaseModel):
    """One provider plugin as the sandbox runs it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    version: str

    origin: Literal["installed", "downloaded", "stand-in"]
    """``stand-in``: keylife's own, not the vendor's; it serves the types keylife uses."""

    def __str__(self) -> str:
        return f"{self.name} {self.version}: {self.origin}"


def put_in_place(
    cli: Cli, home: Path, *, installed: Path, cache: Path, download: bool
) -> tuple[ProviderPlugin, ...]:
    """Give a PULUMI_HOME its provider plugins.

    Args:
        cli: installs, and downloads.
        home: the sandbox's own PULUMI_HOME.
        installed: the user's PULUMI_HOME, only read.
        cache: a PULUMI_HOME for downloads, kept from one sandbox to the next.
        download: whether to try; a network that refuses costs a few seconds.

    Raises:
        SandboxError: a stand-in could not be installed.
    """
    (home / "plugins").mkdir(mode=0o700, parents=True, exist_ok=True)

    def one(name: str) -> ProviderPlugin:
        version = metadata.version(SDKS[name])
        if _link(name, version, home, installed):
            return ProviderPlugin(name=name, version=version, origin="installed")
        if _link(name, version, home, cache) or (
            download and _download(cli, name, version, cache) and _link(name, version, home, cache)
        ):
            return ProviderPlugin(name=name, version=version, origin="downloaded")
        _install_stand_in(cli, name, version, home)
        return ProviderPlugin(name=name, version=version, origin="stand-in")

    with ThreadPoolExecutor(len(SDKS)) as pool:
        return tuple(pool.map(one, sorted(SDKS)))


def _link(name: str, version: str, home: Path, source: Path) -> bool:
    """Borrow a plugin that another PULUMI_HOME holds, if it holds a whole one."""
    plugin = source / "plugins" / f"resource-{name}-v{version}"
    # The engine leaves this mark beside a plugin that it has not finished unpacking.
    if plugin.with_name(f"{plugin.name}.partial").exists():
        return False
    if not os.access(plugin / f"pulumi-resource-{name}", os.X_OK):
        return False
    # The engine overlooks a folder that is a link, but not links in a folder.
    here = home / "plugins" / plugin.name
    here.mkdir(mode=0o700)
    for entry in plugin.iterdir():
        (here / entry.name).symlink_to(entry)
    return True


def _download(cli: Cli, name: str, version: str, cache: Path) -> bool:
    """Let the CLI fetch the real plugin; give up when nothing arrives any more."""
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="download-") as scratch:
        child = subprocess.Popen(
            [cli.command, "plugin", "install", "resource", name, version],
            env={
                **os.environ,
                "PULUMI_HOME": str(cache),
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                "TMPDIR": scratch,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            _wait_while_growing(child, cache)
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
    return child.returncode == 0


def _wait_while_growing(child: subprocess.Popen[bytes], folder: Path) -> None:
    began = progressed = time.monotonic()
    seen = _bytes_in(folder)
    while child.poll() is None:
        time.sleep(0.1)
        now = time.monotonic()
        if (size := _bytes_in(folder)) != seen:
            seen, progressed = size, now
        if now - progressed > _NO_PROGRESS or now - began > _AT_MOST:
            return


def _bytes_in(folder: Path) -> int:
    total = 0
    # Downloads move and delete their files meanwhile, folders too: `walk` passes over those.
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(parent, name).lstat().st_size
    return total


def _install_stand_in(cli: Cli, name: str, version: str, home: Path) -> None:
    script = home / f"pulumi-resource-{name}"
    script.write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m keylife.sandbox.plugins.{name} "$@"\n'
    )
    script.chmod(0o700)
    answer = subprocess.run(
        [cli.command, "plugin", "install", "resource", name, version, "--file", script],
        env={**os.environ, "PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    script.unlink()
    if answer.returncode != 0:
        raise SandboxError(
            f"the Pulumi CLI does not install the stand-in for {name}: {answer.stderr.strip()}"
        )

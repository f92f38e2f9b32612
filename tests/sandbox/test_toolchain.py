"""The CLI that is chosen works with the SDK: new enough, not too new, its Python host beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from keylife.sandbox.toolchain import find_cli

BESIDE = ("pulumi-language-python", "pulumi-language-python-exec", "pulumi-analyzer-policy-python")


def install(folder: Path, answer: str, *, without: str = "") -> Path:
    """A folder with a CLI that says ``answer`` when asked for its version."""
    folder.mkdir(parents=True)
    for name in ("pulumi", *BESIDE):
        if name != without:
            (folder / name).write_text(f"#!/bin/sh\n{answer}\n")
            (folder / name).chmod(0o755)
    return folder


@pytest.mark.parametrize(
    ("answer", "usable"),
    [
        pytest.param("echo v3.200.0", True, id="the oldest that was tried"),
        pytest.param("echo v3.272.1-alpha.4", True, id="a newer one"),
        pytest.param("echo v3.199.9", False, id="one too old"),
        pytest.param("echo v4.0.0", False, id="the next major version"),
        pytest.param("echo warning", False, id="no version at all"),
        pytest.param("exit 1", False, id="one that fails"),
    ],
)
def test_a_cli_is_judged_by_its_version(*, tmp_path: Path, answer: str, usable: bool) -> None:
    found = find_cli([install(tmp_path / "bin", answer)])

    assert (found is not None) is usable


@pytest.mark.parametrize("missing", BESIDE)
def test_a_cli_without_its_python_host_is_passed_over(tmp_path: Path, missing: str) -> None:
    lonely = install(tmp_path / "lonely", "echo v3.200.0", without=missing)
    whole = install(tmp_path / "whole", "echo v3.201.0")

    found = find_cli([lonely, whole])

    assert found is not None
    assert found.folder == whole
    assert found.version == (3, 201, 0)


def test_path_comes_before_the_one_that_setup_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = install(tmp_path / "bin", "echo v3.210.0")
    monkeypatch.setenv("PATH", f"{tmp_path}/nowhere::{installed}:/usr/bin:/bin")

    found = find_cli()

    assert found is not None
    assert found.folder == installed

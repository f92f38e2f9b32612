"""Pulumi packages that only some deliveries need, and that keylife does not bring along."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from keylife.errors import UsageError


def optional_sdk(module: str, delivery: str) -> Any:
    """A Pulumi package's module, such as ``pulumi_github``.

    Raises:
        UsageError: it is not installed. An error inside of it is raised as it is.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.partition(".")[0]:
            raise
        package = error.name.replace("_", "-")
        raise UsageError(
            f"the delivery `{delivery}` needs the Python package {package}, which is not installed",
            f"install it beside keylife: pip install {package}",
        ) from None

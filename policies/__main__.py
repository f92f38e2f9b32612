"""The pack itself; constructing it serves until the engine ends it, and never returns."""

from pack import POLICIES  # type: ignore[import-not-found]  # the pack runs in its own folder
from pulumi_policy import PolicyPack

PolicyPack("keylife", POLICIES)

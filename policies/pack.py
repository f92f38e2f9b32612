"""This repository's policies: every rule of keylife's, as strict as stacks/keylife.yaml says."""

from __future__ import annotations

from pathlib import Path

from keylife.crossguard import policies

POLICIES = policies(beside=Path(__file__).resolve().parent)

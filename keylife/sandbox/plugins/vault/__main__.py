"""``python -m keylife.sandbox.plugins.vault``: what the engine starts."""

from keylife.sandbox.plugins.start import run

run("keylife.sandbox.plugins.vault.provider:make")

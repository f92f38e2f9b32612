"""``python -m keylife.sandbox.plugins.aws``: what the engine starts."""

from keylife.sandbox.plugins.start import run

run("keylife.sandbox.plugins.aws.provider:AwsProvider")

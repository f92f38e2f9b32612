"""`make demo-review` tells its story: what it shows is what the commands print now."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from keylife.reports.review.markdown import MARKER

REPOSITORY = Path(__file__).resolve().parent.parent


def test_the_demo_of_a_review_shows_a_revocation_a_stretched_life_and_a_refusal() -> None:
    done = subprocess.run(
        [sys.executable, "tools/demo_review.py"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert (done.returncode, done.stderr) == (0, "")
    revoked, stretched, blocked = done.stdout.split(MARKER)[1:]
    assert "- **REVOKED** `billing-deploy` in `dev`" in revoked
    assert "exit code 1: it waits for these approvals" in revoked
    assert "- **EXTENDED** `billing-deploy` in `dev`" in stretched
    assert "- **issued** `export-again` in `dev`" in blocked
    assert re.search("::error file=stacks/dev/keys/exporter.yaml,.*retired since", blocked)
    assert "exit code 1: the required check is red" in blocked

"""``python -m keylife.sandbox.aws --folder DIR``: serve the sandbox's AWS until told to stop."""

from __future__ import annotations

import argparse
import logging
from datetime import UTC, datetime
from pathlib import Path

from keylife.sandbox.aws.server import serve


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m keylife.sandbox.aws", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where aws.json is written")
    folder = parser.parse_args().folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    serve(folder, lambda: datetime.now(UTC))  # noqa: TID251 - the clock is read here, once


if __name__ == "__main__":
    main()

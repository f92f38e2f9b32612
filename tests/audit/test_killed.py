"""P1 for the log: a writer that is killed at any moment loses nothing that it said it recorded."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from random import Random

from keylife.audit.entry import read_event
from keylife.audit.keys import Keys
from keylife.audit.rows import Rows
from keylife.audit.verify import Seen, verify
from keylife.store.database import open_database
from tests.audit.events import event
from tests.audit.logs import open_log

WRITER = """
import sys
from pathlib import Path
from keylife.store.database import open_database
from tests.audit.events import event
from tests.audit.logs import open_log

log = open_log(open_database(sys.argv[1]), Path(sys.argv[2]))
begin = int(sys.argv[3])
for number in range(begin, begin + 10_000):
    if number % 5:
        log.append(event(number))
    else:
        log.append_all([(event(number), None), (event(number), None)])
    print(number, flush=True)
"""
REPOSITORY = Path(__file__).resolve().parents[2]


def test_what_was_said_to_be_recorded_is_there_and_the_log_is_whole(
    store_url: str, tmp_path: Path, long: bool
) -> None:
    said: list[int] = []
    for kill in range(100 if long else 3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, store_url, str(tmp_path), str(kill * 10_000)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        said.append(int(writer.stdout.readline()))
        time.sleep(Random(kill).random() / 20)
        writer.kill()
        said += [int(line) for line in writer.stdout.read().split()]
        writer.wait()
        writer.stdout.close()

    database = open_database(store_url)
    numbers = [read_event(row.entry).version or 0 for row in Rows(database)]
    assert {*said} <= {*numbers}
    assert all(numbers.count(number) == (1 if number % 5 else 2) for number in {*numbers})
    assert len({*numbers} - {*said}) <= (100 if long else 3), "one a kill had no time to be said"
    log = open_log(database, tmp_path)
    note = log.head()
    assert note is not None
    verifier = Keys(tmp_path / "audit.key").existing().verifier()
    assert verify(Rows(database), verifier, [Seen("head", note)]).findings == []
    log.append(event(1))
    database.close()

"""keylife itself: load, then plan. Prints JSON: seconds of processor time, and keys."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from keylife.declarations import load
from keylife.errors import DeclarationError
from keylife.model.ledger import Ledger
from keylife.program.planned import plan_for

begin = time.process_time()
try:
    declared = load(Path(sys.argv[1]), "dev")
except DeclarationError as error:
    print(json.dumps({"load": time.process_time() - begin, "faults": len(error.faults)}))
    sys.exit(0)
loaded = time.process_time()
plan = plan_for(declared, Ledger(), datetime(2026, 11, 23, tzinfo=UTC))
planned = time.process_time()
print(json.dumps({"load": loaded - begin, "plan": planned - loaded, "keys": len(plan.keys)}))

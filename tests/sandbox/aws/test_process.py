"""The sandbox's AWS as a process: its file, its address, its end."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it ships no types


def test_it_says_where_it_is_serves_the_loopback_only_and_ends_when_asked(tmp_path: Path) -> None:
    file = tmp_path / "sandbox" / "aws.json"
    command = [sys.executable, "-m", "keylife.sandbox.aws", "--folder", str(file.parent)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            while not file.exists():
                assert process.poll() is None
                time.sleep(0.02)
            access = json.loads(file.read_text())
            listening = [
                connection.laddr
                for connection in psutil.Process(process.pid).net_connections("inet")
                if connection.status == psutil.CONN_LISTEN
            ]

            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert access["pid"] == process.pid
            assert [tuple(address) for address in listening] == [("127.0.0.1", access["port"])]
        finally:
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=10)

    assert process.returncode == 0
    assert list(file.parent.iterdir()) == []
    assert access["secret_access_key"] not in errors

"""Secrets that must be found nowhere, and the looking for them in every disguise.

A secret rarely leaks as it is: it leaks inside JSON inside JSON, in base64, in a URL. So each is
looked for in all its forms, at every alignment.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from urllib.parse import quote, quote_plus

import psutil  # type: ignore[import-untyped]  # it ships no types

SHORTEST = 8
"""Characters; what is shorter is found everywhere and proves nothing."""


def forms_of(secret: str) -> Mapping[str, bytes]:
    """A secret's disguises, by name; of one with several lines, the longer lines as well."""
    raw = secret.encode()
    forms: dict[str, bytes] = {
        "plain": raw,
        "reversed": secret[::-1].encode(),
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "url": quote(secret, safe="").encode(),
        "form": quote_plus(secret).encode(),
        "repr": repr(secret)[1:-1].encode(),
    }
    escaped = secret
    for depth in ("json", "json in json", "json in json in json"):
        escaped = json.dumps(escaped)[1:-1]
        forms[depth] = escaped.encode()
    forms["json, not ASCII"] = json.dumps(secret, ensure_ascii=False)[1:-1].encode()
    for alignment in range(3):
        shifted = bytes(alignment) + raw
        forms[f"base64 at {alignment}"] = _inner(base64.b64encode(shifted), alignment)
        forms[f"url base64 at {alignment}"] = _inner(base64.urlsafe_b64encode(shifted), alignment)
    for number, line in enumerate(secret.splitlines()):
        if "\n" in secret and len(line) >= SHORTEST:
            forms[f"line {number}"] = line.encode()
    return forms


def _inner(encoded: bytes, alignment: int) -> bytes:
    """The characters that the secret alone decides, whatever stands before and after it."""
    start = {0: 0, 1: 2, 2: 3}[alignment]
    return encoded.rstrip(b"=")[start:-1]


def files_below(folder: Path) -> list[Path]:
    """Every regular file; folders that vanish meanwhile are passed over."""
    paths = (Path(parent, name) for parent, _, names in os.walk(folder) for name in names)
    return [path for path in paths if path.is_file() and not path.is_symlink()]


class Corpus:
    """All that was written, printed or shown; searched for secrets."""

    def __init__(self) -> None:
        self._texts: dict[str, set[bytes]] = {}

    def add(self, where: str, text: str | bytes) -> None:
        """Take a text in; the same place may say several things."""
        content = text.encode() if isinstance(text, str) else text
        self._texts.setdefault(where, set()).add(content)

    def add_files(self, where: str, folder: Path, leave_out: Iterable[str] = ()) -> None:
        """Take every file below a folder in, names included."""
        skipped = set(leave_out)
        for path in files_below(folder):
            name = path.relative_to(folder)
            if not skipped & set(name.parts):
                self.add(f"{where}: {name}", str(name))
                with suppress(FileNotFoundError):  # it was short-lived
                    self.add(f"{where}: {name}", path.read_bytes())

    @property
    def places(self) -> set[str]:
        """Where the texts come from."""
        return set(self._texts)

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(len(text) for texts in self._texts.values() for text in texts)

    def hits(self, secrets: Mapping[str, str]) -> list[str]:
        """Which secret is found where in which form; never the secret itself."""
        wanted = [
            (name, form, needle)
            for name, secret in secrets.items()
            for form, needle in forms_of(secret).items()
        ]
        return [
            f"{name} ({form}) in {where}"
            for where, texts in self._texts.items()
            for text in texts
            for name, form, needle in wanted
            if needle in text
        ]


class Sampler:
    """Looks again and again at all processes' arguments, and at the files of one folder."""

    def __init__(self, corpus: Corpus, folder: Path) -> None:
        self._corpus = corpus
        self._folder = folder
        self._samples = 0
        self._seconds = 0.0
        self._over = threading.Event()
        self._seen: dict[object, object] = {}

    @property
    def rate(self) -> float:
        """Samples a second, over all runs."""
        return self._samples / self._seconds

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Sample while something runs."""
        self._over.clear()
        began = monotonic()
        watcher = threading.Thread(target=self._watch)
        watcher.start()
        try:
            yield
        finally:
            self._over.set()
            watcher.join()
            self._seconds += monotonic() - began

    def _watch(self) -> None:
        while not self._over.wait(0.02):
            for process in psutil.process_iter():
                try:
                    self._see(process, "\0".join(process.cmdline()))
                except (psutil.NoSuchProcess, psutil.AccessDenied):
                    continue
            for path in files_below(self._folder):
                with suppress(FileNotFoundError):  # it was short-lived
                    self._see_file(path)
            self._samples += 1

    def _see(self, process: psutil.Process, arguments: str) -> None:
        """A process may become another program: it is asked each time, but kept only once."""
        if self._seen.get(process) != arguments:
            self._seen[process] = arguments
            self._corpus.add(f"arguments of {process.name()}", arguments)

    def _see_file(self, path: Path) -> None:
        about = path.stat()
        version = (about.st_mtime_ns, about.st_size)
        if self._seen.get(path) != version:
            self._seen[path] = version
            self._corpus.add(f"temporary files: {path.name}", path.read_bytes())

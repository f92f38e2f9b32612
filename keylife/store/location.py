"""Where the store is: a URL without a password, and how to name the place to people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from keylife.errors import UsageError

ENVIRONMENT = "KEYLIFE_STORE"
"""The environment variable that names the store; it goes before the stack's config."""

CONFIG = "keylife:store"
"""The stack's config value that names the store."""

_PASSWORDS = frozenset(("password", "sslpassword"))
_EXAMPLES = "write sqlite:////srv/keylife/store.db or postgresql://keylife@db.example.com/keylife"
_ELSEWHERE = (
    "leave it to libpq: PGPASSWORD, a line in ~/.pgpass, or a service (postgresql:///?service=…)"
)


def store_url(environment: Mapping[str, str], configured: str | None, folder: Path) -> str:
    """The URL of a project's store.

    Args:
        environment: may name it.
        configured: what the stack's config says, if it says anything.
        folder: the Pulumi project's; relative paths of SQLite files are taken from it.

    Raises:
        UsageError: what was named cannot be a store.
    """
    named = environment.get(ENVIRONMENT) or configured
    if not named:
        return _shown(URL.create("sqlite", database=str(default_file(folder))))
    url = parse_url(named)
    if url.get_backend_name() == "sqlite":
        url = url.set(database=str(folder / str(url.database)))
    return _shown(url)


def default_file(folder: Path) -> Path:
    """The SQLite file of a project that names no store; git ignores its folder."""
    return folder / ".keylife" / "store.db"


def file_of(url: str) -> Path | None:
    """The file of the store at a URL; None of one that is no file.

    Raises:
        UsageError: it is no store's URL.
    """
    parsed = parse_url(url)
    return Path(str(parsed.database)) if parsed.get_backend_name() == "sqlite" else None


def is_yet_to_be_made(url: str) -> bool:
    """Whether a store is a file that does not exist; a server's database is never taken for that.

    Raises:
        UsageError: it is no store's URL.
    """
    file = file_of(url)
    return file is not None and not file.exists()


def parse_url(text: str) -> URL:
    """A store's URL, with the driver that keylife uses.

    Raises:
        UsageError: it is no URL, holds a password, or is of another database. The URL itself is
            never repeated.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise UsageError("the store's URL cannot be read", _EXAMPLES) from None
    if url.password is not None or _PASSWORDS & {name.lower() for name in url.query}:
        raise UsageError("the store's URL holds a password, and would show it", _ELSEWHERE)
    match url.drivername:
        case "sqlite" if url.database and url.database != ":memory:" and not url.query:
            return url
        case "postgresql" | "postgres" | "postgresql+psycopg":
            return url.set(drivername="postgresql+psycopg")
        case "sqlite":
            raise UsageError("a store in SQLite is a file, named by its path alone", _EXAMPLES)
    raise UsageError("a store is a SQLite file or a PostgreSQL database", _EXAMPLES)


def place(url: URL) -> str:
    """The store in words: file, or host and database; nothing else of its URL."""
    if url.get_backend_name() == "sqlite":
        return f"SQLite file {url.database}"
    service = url.query.get("service")
    if service is not None:
        return f"PostgreSQL service {service}"
    host = url.host or url.query.get("host") or "the default host"
    port = f":{url.port}" if url.port else ""
    return f"PostgreSQL database {url.database or 'of the user'} on {host}{port}"


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)  # parse_url saw to it that there is none

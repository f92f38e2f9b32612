"""A real PostgreSQL for the tests: one server a test session, one database a test.

It is started from whatever this machine has (PATH, Debian's folders, or what `tools/setup`
unpacked), listens on a socket in a folder of its own and nowhere else, keeps what it commits
(fsync on), and is stopped by its process id. It refuses to run as root, so there it runs as
another user.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest

from keylife.store.database import Database, open_database
from keylife.store.tables import METADATA

REPOSITORY = Path(__file__).resolve().parent.parent
UNPACKED = REPOSITORY / ".cache" / "postgresql"
_USER = "keylife"
_READY_WITHIN = 30.0


class NoPostgresError(AssertionError):
    """This machine has no PostgreSQL server; a test that needs one fails, and is never skipped."""

    def __init__(self) -> None:
        super().__init__(
            "no PostgreSQL server: run `make setup`, or install Debian's package `postgresql`"
            " (or put `initdb` and `postgres` on PATH)"
        )


class PostgresServer:
    """A server of this test session's own; it can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._binaries, self._environment = _find()
        self._names = count(1)
        self._shared = ""
        self._process: subprocess.Popen[bytes] | None = None

    def initialise(self) -> None:
        """Make its files, and start it."""
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            owner = pwd.getpwnam(_account())
            self.folder.chmod(0o711)
            os.chown(data, owner.pw_uid, owner.pw_gid)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self._run(
            ["initdb", "-D", str(data), "-U", _USER, "--auth=trust", "--no-locale", "-E", "UTF8"]
        )
        self.start()

    def start(self) -> None:
        """Start it on the files it has, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(str(self._binaries / "postgres"), "-D", str(self.folder / "data")),
                    *("-k", str(self.folder), "-c", "listen_addresses="),
                    *("-c", "max_connections=60", "-c", "shared_buffers=16MB"),
                ],
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **_identity(),
            )
        deadline = time.monotonic() + _READY_WITHIN
        while True:
            try:
                self._admin("SELECT 1")
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((self.folder / "log").read_text()) from None
                time.sleep(0.02)

    def stop(self, *, gently: bool = True) -> None:
        """Stop it: SIGINT ends every session first, SIGQUIT is as good as a crash.

        Source: PostgreSQL documentation, "Shutting Down the Server".
        """
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT if gently else signal.SIGQUIT)
        self._process.wait(timeout=60)
        self._process = None

    def create_database(self, template: str = "template1") -> str:
        """Make a database of its own for one test.

        Returns:
            Its URL.
        """
        name = f"test_{next(self._names)}"
        self._admin(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def prepared_database(self) -> str:
        """Make a database that has the store's tables already.

        Returns:
            Its URL.
        """
        if not self._admin("SELECT 1 FROM pg_database WHERE datname = 'prepared'"):
            self._admin("CREATE DATABASE prepared")
            open_database(self.url("prepared")).close()
        return self.create_database("prepared")

    def shared_database(self) -> str:
        """The database of all tests that leave its tables as they are: a new one takes half a
        second.

        Returns:
            Its URL.
        """
        if not self._shared:
            self._shared = self.prepared_database()
        return self._shared

    def empty_shared_database(self) -> None:
        """Remove every row of the shared database; the triggers that refuse it are told to
        look away, as only the database's owner can."""
        emptied = "; ".join(f"DELETE FROM {table.name}" for table in METADATA.sorted_tables)
        name = self.shared_database().partition("?")[0].rpartition("/")[2]
        self._admin(f"SET session_replication_role = replica; {emptied}", name)

    def drop_database(self, url: str) -> None:
        """Remove a test's database, whoever still holds it."""
        name = url.partition("?")[0].rpartition("/")[2]
        self._admin(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, database: str) -> str:
        """The URL of one of its databases."""
        return f"postgresql://{_USER}@/{database}?host={self.folder}"

    def _admin(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        with psycopg.connect(
            host=str(self.folder), user=_USER, dbname=database, autocommit=True
        ) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(
            [str(self._binaries / command[0]), *command[1:]],
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            **_identity(),
        )
        assert done.returncode == 0, done.stdout + done.stderr


def _find() -> tuple[Path, Mapping[str, str]]:
    """The folder of the server's programs, and the environment to run them in."""
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    on_path = shutil.which("postgres")
    if on_path and shutil.which("initdb"):
        return Path(on_path).resolve().parent, environment
    for root in (Path("/"), UNPACKED):
        found = sorted(root.glob("usr/lib/postgresql/*/bin/initdb"))
        if found:
            places = ("usr/lib/*-linux-gnu*", "lib/*-linux-gnu*")
            libraries = [str(path) for place in places for path in root.glob(place)]
            more = {} if root == Path("/") else {"LD_LIBRARY_PATH": os.pathsep.join(libraries)}
            return found[-1].parent, {**environment, **more}
    raise NoPostgresError


def _account() -> str:
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        return "nobody"
    return "postgres"


def _identity() -> dict[str, Any]:
    """Who the server runs as: never root, which it refuses."""
    if os.geteuid() != 0:
        return {}
    owner = pwd.getpwnam(_account())
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running server, one for each worker."""
    # pytest's own folders are too deep for a socket's name, and closed to other users
    folder = Path(tempfile.mkdtemp(prefix="keylife-pg-"))
    server = PostgresServer(folder)
    try:
        server.initialise()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def sqlite_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the store's tables, to be copied: making them anew takes a tenth of a second."""
    path = tmp_path_factory.mktemp("store") / "store.db"
    open_database(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path, sqlite_store: Path) -> Iterator[str]:
    """The URL of a store's database, once of each kind; it has its tables, and no rows."""
    if request.param == "sqlite":
        yield f"sqlite:///{shutil.copy(sqlite_store, tmp_path / 'store.db')}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    yield server.shared_database()
    server.empty_shared_database()


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    """An open store without rows, once on SQLite and once on PostgreSQL."""
    database = open_database(store_url)
    yield database
    database.close()

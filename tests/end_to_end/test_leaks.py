"""No secret in output, logs, exceptions, state, temporary files, or any process's arguments."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.end_to_end.canaries import SHORTEST, Corpus, Sampler, forms_of
from tests.end_to_end.oracle import Oracle
from tests.end_to_end.project import Project
from tests.workspace import Completed

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(1800)]

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
EACH = 6
"""Keys of each kind: each is issued twice."""


def handmade() -> dict[str, str]:
    """Secrets as people have them, in all the shapes that break a mask."""
    mark = secrets.token_hex(8)
    shapes = {
        "plain": f"canary-{mark}-plain",
        "pem": "-----BEGIN CANARY-----\n{0}\n{0}\n-----END {1}-----\n".format(
            secrets.token_hex(16), mark
        ),
        "windows lines": f"first-{mark}\r\nsecond-{mark}\r\n",
        "double quotes": f'say "{mark}" twice',
        "single quotes": f"it's {mark}'s",
        "backslashes": f"C:\\{mark}\\n\\t",
        "umlauts": f"Schlüssel-{mark}-größer",
        "emoji": f"🔑{mark}🗝",
        "spaces": f"  {mark}  with  spaces  ",
        "json": json.dumps({"password": mark, "nested": {"quote": '"'}}),
        "url": f"https://user:{mark}@example.com/?a=b&c=d%20e",
        "shell": f"$(echo {mark}) `id` ; {mark} | cat",
        "yaml": f"- {mark}: *alias # &anchor",
        "percent": f"%s %d {mark} %%(x)s {{}}",
        "slashes": f"AKIA/{mark}+/+=/",
        "markup": f"<b>{mark}</b>&amp;",
        "tab": f"{mark}\t{mark}",
        "long": secrets.token_hex(400),
    }
    assert all(len(secret) >= SHORTEST for secret in shapes.values())
    return {f"handmade {name}": secret for name, secret in shapes.items()}


@dataclass
class Watched:
    """A project whose every command is watched."""

    project: Project
    temporary: Path
    corpus: Corpus = field(default_factory=Corpus)

    def __post_init__(self) -> None:
        self.temporary.mkdir()
        self.sampler = Sampler(self.corpus, self.temporary)
        self.environment = {"TMPDIR": str(self.temporary), "KEYLIFE_TRACEBACK": "1"}

    def pulumi(self, *arguments: str, fails: bool = False) -> Completed:
        """Run the CLI; what it printed is kept."""
        with self.sampler.watching():
            answer = self.project.run(*arguments, check=False, extra=self.environment)
        return self._kept(" ".join(arguments[:2]), answer, fails)

    def keylife(
        self, *arguments: str, fails: bool = False, there: Mapping[str, str] | None = None
    ) -> Completed:
        """Run keylife's own command; with other variables in its environment, if need be."""
        program = "from keylife.cli.main import run; run()"
        with self.sampler.watching():
            answer = self.project.python(
                "-c", program, *arguments, check=False, extra={**self.environment, **(there or {})}
            )
        return self._kept(f"keylife {arguments[0]}", answer, fails)

    def _kept(self, what: str, answer: Completed, fails: bool) -> Completed:
        self.corpus.add(f"output of {what}", answer.stdout)
        self.corpus.add(f"errors of {what}", answer.stderr)
        assert (answer.returncode != 0) is fails, what
        return answer


def minted(project: Project, oracle: Oracle) -> dict[str, str]:
    """Every secret that stands at the keys' places now."""
    found = {}
    for number in range(EACH):
        for word, name in ((f"aws{number}", "secret_access_key"), (f"vault{number}", "token")):
            copy = oracle.kv(project.names.path(word))
            assert copy is not None
            found[f"{word} v{copy.metadata['keylife-version']}"] = copy.secret[name]
    return found


def test_no_secret_shows_up_anywhere(project: Project, oracle: Oracle, tmp_path: Path) -> None:
    canaries = handmade()
    # What is as short as this is masked by Pulumi wherever it stands, and must not break anything.
    config = {"noise": "true", **{name.replace(" ", "-"): text for name, text in canaries.items()}}
    set_secrets(project, config)
    environment = project.environment()
    canaries["sandbox: passphrase"] = Path(environment["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text()
    canaries["sandbox: Vault"] = environment["VAULT_TOKEN"]
    canaries["sandbox: AWS"] = environment["AWS_SECRET_ACCESS_KEY"]

    for number in range(EACH):
        project.declared.aws(f"aws{number}")
        project.declared.vault(f"vault{number}")
    project.write()
    watched = Watched(project, tmp_path / "temporary")

    watched.pulumi("up", "--yes", "--diff", *project.at(NOON))
    canaries |= minted(project, oracle)

    later = project.at(NOON + 22 * DAY)
    watched.pulumi("preview", "--diff", *later)
    json.loads(watched.pulumi("preview", "--json", *later).stdout)
    failing = f"{project.names.id('aws0')}-v2"
    oracle.fail("CreateAccessKey", UserName=failing)
    try:
        watched.pulumi("up", "--yes", "--skip-preview", *later, fails=True)
    finally:
        oracle.heal()
    watched.pulumi("up", "--yes", "--skip-preview", *later)
    canaries |= minted(project, oracle)
    assert len(canaries) >= 40
    assert len(set(canaries.values())) == len(canaries)

    watched.pulumi("refresh", "--yes", "--diff")
    watched.pulumi("stack", "export")
    watched.pulumi("stack", "history")
    watched.pulumi("config")
    at = ("--at", "2027-03-24T12:00:00Z")
    watched.keylife("plan", *at)
    watched.keylife("plan", *at, "--format", "json")
    watched.keylife("history", project.names.id("aws0"))
    watched.keylife("history", project.names.id("vault0"), "--format", "json")

    # Refused, in every way that there is.
    del project.declared.files["keys.yaml"][0]
    project.write()
    watched.pulumi("preview", *later, fails=True)
    watched.pulumi("up", "--yes", "--skip-preview", *later, fails=True)
    watched.keylife("plan", *at, fails=True)
    (project.keys / "broken.yaml").write_text("keys: [{id: no, ttl: -1}]\n")
    watched.pulumi("up", "--yes", "--skip-preview", *later, fails=True)
    watched.keylife("plan", *at, fails=True)
    watched.pulumi("destroy", "--yes", "--skip-preview", fails=True)

    corpus = watched.corpus
    corpus.add("audit log", project.keylife("audit", "export").stdout.encode())
    corpus.add_files("project", project.folder, leave_out={"venv", "__pycache__"})
    corpus.add_files("backend", project.sandbox.folder / "backend")
    corpus.add_files("sandbox's logs", project.sandbox.folder / "logs")
    corpus.add_files(
        "Pulumi's home", project.sandbox.folder / "pulumi", leave_out={"plugins", "bin"}
    )
    for place in ("output of up --yes", "errors of keylife plan", "arguments of pulumi"):
        assert place in corpus.places
    assert any(place.startswith("arguments of python") for place in corpus.places)
    assert any("backend: " in place and "history" in place for place in corpus.places)
    assert watched.sampler.rate >= 10
    assert corpus.size > 1_000_000

    assert corpus.hits(canaries) == []


def set_secrets(project: Project, config: Mapping[str, str]) -> None:
    """Put secrets into the stack's configuration, by a program: the command would show them."""
    program = (
        "import json, sys\n"
        "from pulumi.automation import ConfigValue, LocalWorkspace\n"
        "values = json.load(sys.stdin)\n"
        "LocalWorkspace(work_dir='.').set_all_config(\n"
        "    sys.argv[1], {name: ConfigValue(text, secret=True) for name, text in values.items()}\n"
        ")\n"
    )
    subprocess.run(
        [sys.executable, "-c", program, project.stack],
        cwd=project.folder,
        env=project.environment(),
        input=json.dumps(config),
        text=True,
        check=True,
        capture_output=True,
        timeout=120,
    )


@pytest.fixture
def sleeper() -> Iterator[str]:
    """A process that shows a secret in its arguments."""
    secret = f"shown-{secrets.token_hex(8)}"
    code = "import time; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code, secret]) as process:
        yield secret
        process.kill()


def test_a_planted_secret_is_found_in_every_form(tmp_path: Path, sleeper: str) -> None:
    for name, secret in handmade().items():
        for form, text in forms_of(secret).items():
            corpus = Corpus()
            corpus.add("here", b"before " + text + b" after")
            assert f"{name} ({form}) in here" in corpus.hits({name: secret})
            assert corpus.hits({"another": secrets.token_hex(16)}) == []

    corpus = Corpus()
    with Sampler(corpus, tmp_path).watching():
        short_lived = tmp_path / "short-lived"
        short_lived.write_text(f"planted-{sleeper}")
        while not any("short-lived" in place for place in corpus.places):
            pass
        short_lived.unlink()
    found = corpus.hits({"planted": sleeper})
    assert any("in arguments of" in hit for hit in found)
    assert "planted (plain) in temporary files: short-lived" in found

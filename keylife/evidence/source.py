"""Who and what causes an event: the commit, its author, the pipeline's run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from keylife.model.base import Model


class Source(Model):
    """Where a change comes from; what the environment does not tell is None."""

    actor: str | None = None
    """The account that runs the deploy."""

    commit: str | None = None
    author: str | None = None
    branch: str | None = None

    clean: bool | None = None
    """Whether the work tree is exactly that commit."""

    run: str | None = None
    """The pipeline's run, as a person can open it."""

    pull_request: str | None = None

    asked_by: str | None = None
    """Who wanted it, where that is not the account that runs it."""

    approved_by: str | None = None
    """Who reviewed and approved the change."""

    update: int | None = None
    """The stack's update, by its number in `pulumi stack history`; counted where it has none."""

    endpoint: str | None = None
    """Of keylife's own service, where a request came in."""

    caller: str | None = None
    """Who that request proved to be from."""


def source_of(folder: Path, environment: Mapping[str, str]) -> Source:
    """What git in ``folder`` and the pipeline's environment say of the running deploy.

    Sources: GitHub Actions "Default environment variables"; GitLab CI "Predefined CI/CD
    variables"; other runners may set KEYLIFE_ACTOR, KEYLIFE_RUN and KEYLIFE_PULL_REQUEST. Who
    approved is what the pipeline sets as KEYLIFE_APPROVED_BY, or what stands in the commit's
    trailers ``Approved-by`` and ``Reviewed-by``; who asked, what it sets as KEYLIFE_ASKED_BY.
    """
    status = _git(folder, "status", "--porcelain")
    return Source(
        actor=_first(
            environment, "KEYLIFE_ACTOR", "GITHUB_ACTOR", "GITLAB_USER_LOGIN", "USER", "LOGNAME"
        ),
        commit=_git(folder, "rev-parse", "HEAD"),
        author=_git(folder, "log", "-1", "--format=%an <%ae>"),
        branch=_first(environment, "GITHUB_HEAD_REF", "CI_COMMIT_REF_NAME", "GITHUB_REF_NAME")
        or _git(folder, "symbolic-ref", "--quiet", "--short", "HEAD"),  # fails if detached
        clean=None if status is None else not status,
        run=_first(environment, "KEYLIFE_RUN", "CI_JOB_URL") or _github_run(environment),
        pull_request=_first(environment, "KEYLIFE_PULL_REQUEST", "CI_MERGE_REQUEST_IID")
        or _github_pull_request(environment),
        asked_by=_first(environment, "KEYLIFE_ASKED_BY"),
        approved_by=_first(environment, "KEYLIFE_APPROVED_BY") or _approvers(folder),
    )


def _approvers(folder: Path) -> str | None:
    written = "%(trailers:key=Approved-by,key=Reviewed-by,valueonly,separator=%x2C%x20)"
    return _git(folder, "log", "-1", f"--format={written}") or None


def _first(environment: Mapping[str, str], *names: str) -> str | None:
    found = next((environment[name] for name in names if environment.get(name)), None)
    return None if found is None else _text(os.fsencode(found))


def _github_run(environment: Mapping[str, str]) -> str | None:
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (_first(environment, name) for name in names)
    if not (server and repository and run):
        return None
    return f"{server}/{repository}/actions/runs/{run}"


def _github_pull_request(environment: Mapping[str, str]) -> str | None:
    """``refs/pull/17/merge`` is what a pull request's workflow runs on."""
    parts = (_first(environment, "GITHUB_REF") or "").split("/")
    return parts[2] if len(parts) == 4 and parts[:2] == ["refs", "pull"] else None


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, check=False, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return _text(done.stdout).strip() if done.returncode == 0 else None


def _text(raw: bytes) -> str:
    """Text that can be recorded: an author's name in Latin-1 must not stop a deploy."""
    return raw.decode(errors="replace")

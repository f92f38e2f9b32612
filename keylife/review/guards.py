"""The files that decide what is checked, deployed and reviewed: whoever edits one could switch
the check off in the same pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from keylife.review.change import Change, Noun, Subject, What
from keylife.review.codeowners import Pattern

_PROGRAM = "the program that is deployed: what runs in it is trusted with every key"

GUARDS: tuple[tuple[str, str], ...] = (
    ("policies/", "the policy pack that previews and deploys are judged by"),
    ("PulumiPolicy.yaml", "the policy pack that previews and deploys are judged by"),
    ("keylife.yaml", "how strictly the rules are taken, and what is waived"),
    (".github/workflows/", "a pipeline of GitHub Actions"),
    (".github/actions/", "a step of GitHub Actions pipelines"),
    ("action.yml", "a step of GitHub Actions pipelines"),
    ("action.yaml", "a step of GitHub Actions pipelines"),
    (".gitlab-ci.yml", "the pipeline of GitLab CI"),
    (".gitlab/", "what GitLab's pipelines and reviews are set up by"),
    ("/pipelines/", "what pipelines call"),
    ("Jenkinsfile", "a pipeline of Jenkins"),
    ("azure-pipelines.yml", "a pipeline of Azure"),
    (".circleci/", "a pipeline of CircleCI"),
    ("bitbucket-pipelines.yml", "a pipeline of Bitbucket"),
    (".buildkite/", "a pipeline of Buildkite"),
    (".pre-commit-config.yaml", "what is checked before a commit"),
    ("CODEOWNERS", "who has to review what"),
    ("Pulumi.yaml", "which program is deployed, and how"),
    ("Pulumi.*.yaml", "a stack's config: targets, and the instant that it is planned for"),
    ("/__main__.py", _PROGRAM),
    ("**/stacks/__main__.py", _PROGRAM),
)
"""Patterns as in CODEOWNERS, each with what such a file is; the first that matches is told."""

_COMPILED = tuple((Pattern(pattern), why) for pattern, why in GUARDS)


def guard_changes(paths: Iterable[str]) -> Iterator[Change]:
    """A change for each path that is a guard's.

    Args:
        paths: of all files that the change touches, from the repository's root.
    """
    for path in sorted(set(paths)):
        why = next(
            (why for pattern, why in _COMPILED if pattern.matches(PurePosixPath(path))), None
        )
        if why is not None:
            yield Change(
                What.GUARD_CHANGED,
                Subject(Noun.FILE, path),
                why,
                effects=("what this change is checked by must come from before it",),
            )

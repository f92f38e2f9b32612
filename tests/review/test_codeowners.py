"""CODEOWNERS as GitHub documents it.

Source: GitHub Docs, "About code owners", "CODEOWNERS syntax", example by example.
"""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from keylife.review.codeowners import Pattern, parse_codeowners


@pytest.mark.parametrize(
    ("pattern", "path", "matched"),
    [
        ("*", "a", True),
        ("*", "a/b.c", True),
        ("*.js", "a.js", True),
        ("*.js", "a/b/c.js", True),
        ("*.js", "a.jsx", False),
        ("/build/logs/", "build/logs/a/b", True),
        ("/build/logs/", "a/build/logs/b", False),
        ("/build/logs/", "build/logs", False),
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/a/b.md", False),
        ("docs/*", "a/docs/b.md", False),
        ("apps/", "apps/a", True),
        ("apps/", "a/apps/b/c", True),
        ("apps/", "apps", False),
        ("/docs/", "docs/a/b", True),
        ("/docs/", "a/docs/b", False),
        ("/scripts/", "scripts/a", True),
        ("**/logs", "logs", True),
        ("**/logs", "build/logs/a", True),
        ("**/logs", "deeply/nested/logs/a", True),
        ("**/logs", "logsa", False),
        ("/apps/", "apps/github/a", True),
        ("/apps/github", "apps/github/a", True),
        ("/apps/github", "apps/githubb", False),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("a/**/b", "x/a/b", False),
        ("a/**", "a/b/c", True),
        ("a/**", "ab/c", False),
        ("/a", "a", True),
        ("/a", "b/a", False),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
        ("[ab]", "[ab]", True),
        ("A", "a", False),
        ("/stacks/*/keys/", "stacks/dev/keys/a.yaml", True),
        ("/stacks/*/keys/", "stacks/a/b/keys/a.yaml", False),
    ],
)
def test_a_pattern_is_about_what_github_says(pattern: str, path: str, matched: bool) -> None:
    assert Pattern(pattern).matches(PurePosixPath(path)) is matched


EXAMPLE = """\
# a comment
*                 @global-owner1 @global-owner2
*.js              @js-owner #inline comment
*.txt             @octo-org/octocats
/build/logs/      @doctocat
docs/*            docs@example.com
/apps/            @octocat
/apps/github
my\\ file.yaml     @spaces
!*.md             @nobody
[section]
a.yaml            not-an-owner
"""


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("README.md", ("@global-owner1", "@global-owner2")),
        ("src/app.js", ("@js-owner",)),
        ("src/notes.txt", ("@octo-org/octocats",)),
        ("build/logs/today", ("@doctocat",)),
        ("docs/getting-started.md", ("docs@example.com",)),
        ("docs/build-app/troubleshooting.md", ("@global-owner1", "@global-owner2")),
        ("apps/main", ("@octocat",)),
        ("apps/github/main", ()),
        ("my file.yaml", ("@spaces",)),
        ("a.yaml", ("@global-owner1", "@global-owner2")),
    ],
)
def test_the_last_line_that_is_about_a_file_says_who_owns_it(
    path: str, owners: tuple[str, ...]
) -> None:
    assert parse_codeowners(EXAMPLE).owners(PurePosixPath(path)) == owners


def test_a_file_that_no_line_is_about_has_no_owner() -> None:
    assert parse_codeowners("/a @b\n").owners(PurePosixPath("c")) == ()

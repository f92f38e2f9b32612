"""`keylife diff`: what a change does to keys, for whoever reviews it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keylife.cli.options import At, Declared, instant
from keylife.errors import UsageError
from keylife.project import project_folder

if TYPE_CHECKING:
    from keylife.review.preview import Preview
    from keylife.review.repository import Repository


def diff(
    base: Annotated[
        str,
        typer.Argument(
            help="The revision to compare with, such as main; or BASE...HEAD, which compares HEAD"
            " with the commit it has in common with BASE, as pull requests do."
        ),
    ],
    head: Annotated[
        str | None, typer.Argument(help="The revision to review; by default the working tree.")
    ] = None,
    *,
    at: At = None,
    declarations: Declared = None,
    preview: Annotated[
        list[Path] | None,
        typer.Option(help="What `pulumi preview --json` printed for HEAD; once a stack."),
    ] = None,
    output: Annotated[
        str, typer.Option("--format", help="text, markdown (a pull request's comment) or json.")
    ] = "text",
    require_approval: Annotated[
        bool,
        typer.Option(
            "--require-approval",
            help="Print the approvals that are needed, as JSON; exit 1 if there are any.",
        ),
    ] = False,
) -> None:
    """Tell what a change of the declarations does to keys, the riskiest first.

    Both sides are read from git: nothing is checked out, and no code of theirs is run.
    """
    from keylife.reports.review import writer_named
    from keylife.reports.review.json_v1 import write_approvals
    from keylife.review.repository import Repository
    from keylife.review.reviewing import review

    write = writer_named(output)
    shown = _previews(preview or [])
    repository = Repository(Path.cwd())
    folder = (declarations or project_folder(Path.cwd()) / "stacks").absolute()
    base, head = _sides(repository, base, head)
    told = review(repository, folder, base, head, at=instant(at), preview=shown)
    if require_approval:
        write_approvals(told, sys.stdout)
        raise typer.Exit(told.exit_code or int(bool(told.approvals)))
    write(told, sys.stdout)
    raise typer.Exit(told.exit_code)


def _sides(repository: Repository, base: str, head: str | None) -> tuple[str, str | None]:
    """``A...B`` begins where the two parted, ``A..B`` is A and B: as git has it."""
    for dots in ("...", ".."):
        if dots in base:
            if head is not None:
                raise UsageError(f"`{base}` names both sides already", f"leave out `{head}`")
            one, _, other = base.partition(dots)
            one, other = one or "HEAD", other or "HEAD"
            if dots == "...":
                one = repository.merge_base(repository.commit(one), repository.commit(other))
            return one, other
    return base, head


def _previews(files: list[Path]) -> Preview | None:
    from keylife.review.preview import read_previews

    if not files:
        return None
    texts = []
    for file in files:
        try:
            texts.append((str(file), file.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError) as error:
            what = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            raise UsageError(f"{file} cannot be read ({what})", "name a readable file") from error
    return read_previews(texts)

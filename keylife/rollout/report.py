"""A rollout in words: while it goes on, and when it is over."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from keylife.rollout.run import Result, StackRun, Told

_STYLES = {
    Result.DONE: "green",
    Result.FAILED: "red",
    Result.CUT_OFF: "yellow",
    Result.NOT_BEGUN: "yellow",
}


@contextmanager
def progress(console: Console, stacks: int) -> Iterator[Told]:
    """Whom to tell of runs: a line that moves a stack at work on a terminal, else plain lines."""
    over = 0

    def line(run: StackRun) -> Text:
        if run.result is None:
            return Text(f"{run.stack}: begun, see {run.log}")
        told = Text(f"{run.stack}: ").append(run.result, style=_STYLES[run.result])
        return told.append(f" in {run.seconds:.0f} s ({over} of {stacks})")

    if not console.is_terminal:

        def tell(run: StackRun) -> None:
            nonlocal over
            over += run.result is not None
            console.print(line(run), soft_wrap=True)

        yield tell
        return

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        at_work: dict[str, TaskID] = {}

        def show(run: StackRun) -> None:
            nonlocal over
            if run.result is None:
                at_work[run.stack] = bars.add_task(run.stack, total=None)
                return
            over += 1
            if run.stack in at_work:
                bars.remove_task(at_work.pop(run.stack))
            console.print(line(run), soft_wrap=True)

        yield show


def print_runs(runs: Sequence[StackRun], console: Console) -> None:
    """A line a stack, then how those that are not done ended."""
    width = max(len(run.stack) for run in runs)
    for run in runs:
        assert run.result is not None
        line = Text(f"{run.stack:<{width}}  ")
        line.append(f"{run.result:<9}", style=_STYLES[run.result])
        console.print(line.append(f"  {run.seconds:>4.0f} s  {run.log}"), soft_wrap=True)
    for run in runs:
        if run.last_lines:
            console.print(Text(f"\n{run.stack} ({run.result}) ended with:"))
            for said in run.last_lines:
                console.print(Text(f"  {said}"), soft_wrap=True)
    if any(run.result is Result.CUT_OFF for run in runs):
        console.print(
            Text("\nnext: run it again; where it refuses, `keylife recover --stack NAME`")
        )


def as_json(runs: Sequence[StackRun]) -> str:
    """The rollout for programs."""
    return json.dumps(
        {
            "format_version": 1,
            "stacks": [
                {
                    "stack": run.stack,
                    "result": run.result,
                    "exit_code": run.exit_code,
                    "seconds": round(run.seconds, 1),
                    "log": str(run.log),
                    "last_lines": list(run.last_lines),
                }
                for run in runs
            ],
        },
        indent=2,
    )

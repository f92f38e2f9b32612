"""Kinds and deliveries by name: keylife's own, and those of other packages' entry points.

Another package adds a kind by an entry point in the group ``keylife.kinds`` whose name is the
kind's and whose object is its class, made without arguments (``keylife.deliveries`` likewise).
Installed packages are looked at only when a name is asked for that is not keylife's own: checking
declarations has to take milliseconds, and nobody's package can take a built-in's place.

Source: the Python packaging user guide, "Entry points specification".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from importlib import metadata
from typing import Generic, TypeVar

from keylife.errors import KeylifeError
from keylife.model.base import Model

T = TypeVar("T")

Missing = Callable[[object], str | None]
"""What an object lacks to be what a table holds, in words; None if it lacks nothing."""


class ExtensionError(KeylifeError):
    """Another package's kind or delivery cannot be used; nothing was changed."""

    exit_code = 2

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what, hint)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return self.what


class Table(Mapping[str, T], Generic[T]):
    """What can be declared, by name.

    To ask for a name is lazy: only an unknown one makes the table look at installed packages,
    and only the package that offers it is imported. To go through the table is not: everything
    that is installed is imported.

    Raises, whenever another package has to be asked:
        ExtensionError: it takes a built-in's name, two packages offer the same name, or what is
            asked for cannot be imported or is not what the table holds.
    """

    def __init__(self, noun: str, group: str, built_in: Mapping[str, T], missing: Missing) -> None:
        self.built_in = built_in
        """What keylife brings itself."""

        self._noun = noun
        self._group = group
        self._missing = missing
        self._loaded: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name in self.built_in:
            return self.built_in[name]
        if name not in self._loaded:
            self._loaded[name] = self._load(self._offered[name])
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self.built_in or name in self._offered

    def __iter__(self) -> Iterator[str]:
        yield from self.built_in
        yield from self._offered

    def __len__(self) -> int:
        return len(self.built_in) + len(self._offered)

    def in_use(self) -> Iterator[T]:
        """What is built in, and what was asked for by name so far: nothing is imported for it."""
        yield from self.built_in.values()
        yield from self._loaded.values()

    @cached_property
    def _offered(self) -> Mapping[str, metadata.EntryPoint]:
        """What other packages offer, by name; the same package found twice on the path is one."""
        offered: dict[str, metadata.EntryPoint] = {}
        for point in metadata.entry_points(group=self._group):
            if point.name in self.built_in:
                raise ExtensionError(
                    f"{_whose(point)} offers a {self._noun} `{point.name}`, which is keylife's own",
                    f"give it another name in its entry point of `{self._group}`, or uninstall it",
                )
            other = offered.setdefault(point.name, point)
            if _whose(other) != _whose(point):
                raise ExtensionError(
                    f"{_whose(other)} and {_whose(point)} both offer a {self._noun} `{point.name}`",
                    "uninstall one of the two",
                )
        return offered

    def _load(self, point: metadata.EntryPoint) -> T:
        about = f"the {self._noun} `{point.name}` of {_whose(point)} cannot be used"
        hint = f"mend or uninstall {_whose(point)}; KEYLIFE_TRACEBACK=1 shows where it failed"
        try:
            made: T = point.load()()
        except Exception as error:
            # its own text only where Python wrote it: what a package says may hold anything
            said = f": {error}" if isinstance(error, ImportError | AttributeError) else ""
            raise ExtensionError(f"{about} ({type(error).__name__}{said})", hint) from error
        if getattr(made, "name", None) != point.name:
            raise ExtensionError(f"{about}: it does not call itself `{point.name}`", hint)
        if lack := self._missing(made):
            raise ExtensionError(f"{about}: {lack}", hint)
        return made


def lacks(*names: str, models: tuple[str, ...] = ()) -> Missing:
    """What an object must have by name to be used; ``models`` are declared models."""

    def missing(made: object) -> str | None:
        absent = [name for name in (*names, *models) if not hasattr(made, name)]
        if absent:
            return f"it has no {', no '.join(f'`{name}`' for name in absent)}"
        for name in models:
            model = getattr(made, name)
            if not (isinstance(model, type) and issubclass(model, Model)):
                return f"its `{name}` is no model (a subclass of keylife.model.base.Model)"
        return None

    return missing


def _whose(point: metadata.EntryPoint) -> str:
    if point.dist is None:
        return f"`{point.value}`"
    return f"{point.dist.name} {point.dist.version}"

"""The project's own folder, where nothing else is named."""

from __future__ import annotations

from pathlib import Path


def make_folder(path: Path) -> None:
    """Make the folder that ``path`` is to lie in, if it is the project's ``.keylife``.

    Any other is somebody's choice, and a mistake in it is not made real.

    Raises:
        OSError: it cannot be made.
    """
    if path.parent.name == ".keylife" and not path.parent.is_dir():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # else its files would make every later event one of an unclean work tree
        (path.parent / ".gitignore").write_text("*\n", encoding="utf-8")

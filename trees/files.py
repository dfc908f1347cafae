"""Finding tree files: beside the file that asks, in given folders, in the library."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path

from pregrasp.documents import did_you_mean

SUFFIXES = (".yaml", ".yml")

MANY = 12
"""From so many trees on, they are not all listed in a message."""


def library_folder() -> Path:
    """Where the trees that ship with pregrasp are."""
    return Path(str(resources.files("pregrasp").joinpath("trees", "library")))


def close_name(name: str, known: Iterable[str]) -> str:
    """A hint at the nearest known name, if there is one."""
    close = difflib.get_close_matches(name, sorted(known), n=1)
    return f"Did you mean {close[0]!r}?" if close else ""


class TreeFiles:
    """Looks trees up by name.

    Args:
        search: Folders that come before the library.
    """

    def __init__(self, search: Sequence[Path] = ()) -> None:
        self._search = tuple(search)

    def find(self, name: str, first: Sequence[Path] = ()) -> Path | None:
        """The file of a tree.

        Args:
            name: A name, or the path of a file.
            first: Folders that come before all others: that of the file that asks, and
                those it includes.

        Returns:
            The first file found, or None.
        """
        path = Path(name)
        if path.suffix in SUFFIXES:
            places = [*(folder / path for folder in first), path]
            places += [folder / path for folder in self._search]
            return next((place for place in places if _is_file(place)), None)
        for folder in self._folders(first):
            for suffix in SUFFIXES:
                if _is_file(folder / f"{name}{suffix}"):
                    return folder / f"{name}{suffix}"
        return None

    def remedy(self, name: str, first: Sequence[Path] = ()) -> str:
        """What to say when `find` found nothing."""
        if Path(name).suffix in SUFFIXES:
            return "Is the path right? It is taken relative to the folder of this file."
        names = {
            path.stem
            for folder in self._folders(first)
            for path in (folder.iterdir() if folder.is_dir() else ())
            if path.suffix in SUFFIXES
        }
        looked = ", ".join(str(folder) for folder in self._folders(first))
        close = did_you_mean(name, names) if len(names) < MANY else close_name(name, names)
        return f"{close} Looked into {looked}.".strip()

    def _folders(self, first: Sequence[Path]) -> list[Path]:
        folders = [*first, *self._search, library_folder()]
        return list(dict.fromkeys(folders))


def _is_file(path: Path) -> bool:
    """Whether a file is there; a name no file system can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False

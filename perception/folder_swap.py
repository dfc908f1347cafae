"""Replacing a folder by another in one step, or at least so that a killed process loses nothing.

Linux can exchange two names at once. Where a file system cannot (layers of containers, some
network drives), a copy of the old folder is kept until the new one is in place, and `restore`
brings it back.
"""

from __future__ import annotations

import ctypes
import os
import shutil
from pathlib import Path

AT_FDCWD = -100
RENAME_EXCHANGE = 2
"""Constants of Linux's ``renameat2``."""


def fresh_place(folder: Path) -> Path:
    """Where the successor of a folder is written."""
    return folder.with_name(f".{folder.name}.new")


def replace_folder(folder: Path, witness: str) -> None:
    """Put the folder at `fresh_place` where ``folder`` is.

    Args:
        folder: May exist or not.
        witness: A file that every complete folder has.

    Raises:
        OSError: The parent folder cannot be written.
    """
    fresh, kept = fresh_place(folder), _kept(folder)
    if not folder.exists():
        fresh.rename(folder)
        return
    if _exchange(fresh, folder):
        shutil.rmtree(fresh, ignore_errors=True)
        return
    copy = kept.with_name(f"{kept.name}.part")
    for leftover in (copy, kept):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(folder, copy)
    copy.rename(kept)
    (folder / witness).unlink(missing_ok=True)
    shutil.rmtree(folder)
    fresh.rename(folder)
    shutil.rmtree(kept, ignore_errors=True)


def restore(folder: Path, witness: str) -> bool:
    """Bring back what a killed `replace_folder` had put aside.

    Returns:
        Whether there was something to bring back, and it is back.
    """
    kept = _kept(folder)
    if (folder / witness).is_file() or not (kept / witness).is_file():
        return False
    try:
        shutil.rmtree(folder, ignore_errors=True)
        kept.rename(folder)
    except OSError:
        return False
    return True


def _kept(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def _exchange(one: Path, other: Path) -> bool:
    """Let two names change places at once; False where that cannot be done."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    done: int = rename(
        AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), ctypes.c_uint(RENAME_EXCHANGE)
    )
    return done == 0

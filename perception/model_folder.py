"""The folder of a model: written whole or not at all, read with errors that help.

The files are written next to the old folder and swapped in, so that a reader never finds
half a model.

A model is named by the SHA-256 of its ``model.json``. That file holds the hashes of all other
files of the model, so the name stands for every byte that decides what the model answers, and
``sha256sum model/model.json`` says it without us. Notes and cards beside the model may change.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pregrasp.perception.errors import ModelError
from pregrasp.perception.folder_swap import fresh_place, replace_folder, restore

DESCRIPTION = "model.json"
"""What every model has: task, sizes, limits of trust, hashes, how it was made."""

SHORT = 12
"""Digits of a model's name that people get to see, and the fewest that a task may give."""


def model_hash(folder: Path) -> str:
    """The name of a model: 64 digits.

    Raises:
        ModelError: There is no model.
    """
    return hashlib.sha256(read_part(folder, DESCRIPTION)).hexdigest()


def check_hash(folder: Path, expected: str, who: str) -> None:
    """Make sure that a model is the one that somebody wants.

    Args:
        folder: Of the model.
        expected: Its name, or at least the first `SHORT` digits of it.
        who: Wants it, for the message.

    Raises:
        ModelError: It is another one, or there is none.
    """
    found = model_hash(folder)
    if not found.startswith(expected):
        raise ModelError(
            f"{folder}: found model {found[:SHORT]}, expected {expected[:SHORT]}, which {who} "
            "names. Bring it here with `pregrasp models promote`, or change what is named."
        )


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Replace a model's files by others; cards and notes beside them stay.

    Args:
        folder: Of the model.
        files: Name and content of every file.

    Raises:
        ModelError: The folder cannot be written.
    """
    fresh = fresh_place(folder)
    try:
        restore(folder, DESCRIPTION)
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for name, content in files.items():
            _write_through(fresh / name, content)
        for extra in folder.iterdir() if folder.exists() else ():
            if extra.name in files or extra.suffix in MODEL_SUFFIXES:
                continue
            # Copied, not moved: until the swap, the old folder stays as it was.
            if extra.is_dir():
                shutil.copytree(extra, fresh / extra.name)
            else:
                shutil.copy2(extra, fresh / extra.name)
        replace_folder(folder, DESCRIPTION)
    except OSError as error:
        raise ModelError(f"{folder}: cannot be written: {error.strerror}") from error


def _write_through(path: Path, content: bytes) -> None:
    """Write a file that is on the disk before its folder is swapped in."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


MODEL_SUFFIXES = {".tflite", ".npz"}
"""Parts of an older model of another kind do not stay beside a new one."""


def read_description(folder: Path) -> dict[str, Any]:
    """What a model says about itself.

    Raises:
        ModelError: There is no model, or its description is damaged.
    """
    path = folder / DESCRIPTION
    content = read_part(folder, DESCRIPTION)
    try:
        description = json.loads(content)
        if not isinstance(description, dict):
            raise TypeError("not an object")
    except (ValueError, TypeError) as error:
        raise ModelError(f"{path}: damaged: {error}") from error
    return description


def read_part(folder: Path, name: str) -> bytes:
    """One file of a model.

    Raises:
        ModelError: It is missing or cannot be read.
    """
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        if restore(folder, DESCRIPTION):
            return read_part(folder, name)
        raise ModelError(
            f"{folder}: there is no trained model ({folder / name} is missing). "
            "Make one with `pregrasp deploy`."
        ) from None
    except OSError as error:
        raise ModelError(f"{folder / name}: damaged: {error}") from error


def check_kind(folder: Path, description: dict[str, Any], version: int, task: str | None) -> None:
    """Make sure that a model can be read and is of the right task.

    Args:
        folder: Of the model.
        description: What it says about itself.
        version: Layout of the folder that is expected.
        task: Name of the task it must be for, if that matters.

    Raises:
        ModelError: It has another layout, or is of another task.
        KeyError: The description does not say.
    """
    if description["format"] != version:
        raise ModelError(
            f"{folder}: the model has format {description['format']}, this version reads "
            f"{version}. Train the task again."
        )
    if task is not None and description["task"] != task:
        raise ModelError(
            f"{folder}: the model was trained for {description['task']!r}, the task is {task!r}."
        )


def read_checked(folder: Path, name: str, sha256: str) -> bytes:
    """One file of a model, if it is the one that the description names.

    Raises:
        ModelError: It is missing, cannot be read, or is another file.
    """
    content = read_part(folder, name)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(
            f"{folder / name}: damaged: it is not the file that {DESCRIPTION} "
            "describes. Restore it, or train the task again."
        )
    return content

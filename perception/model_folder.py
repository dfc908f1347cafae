"""The folder of a model: written whole or not at all, read with errors that help.

The files are written next to the old folder and swapped in, so that a reader never finds
half a model.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pregrasp.perception.errors import ModelError

DESCRIPTION = "model.json"
"""What every model has: task, sizes, limits of trust, hashes, how it was made."""


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Replace a model's files by others; cards and notes beside them stay.

    Args:
        folder: Of the model.
        files: Name and content of every file.

    Raises:
        ModelError: The folder cannot be written.
    """
    fresh = folder.with_name(f".{folder.name}.new")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for name, content in files.items():
            (fresh / name).write_bytes(content)
        if folder.exists():
            for extra in folder.iterdir():
                if extra.name not in files and extra.suffix not in MODEL_SUFFIXES:
                    shutil.move(str(extra), fresh / extra.name)
            shutil.rmtree(folder)
        fresh.rename(folder)
    except OSError as error:
        raise ModelError(f"{folder}: cannot be written: {error.strerror}") from error


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
        raise ModelError(
            f"{folder}: there is no trained model ({folder / name} is missing). "
            "Make one with `pregrasp deploy`."
        ) from None
    except OSError as error:
        raise ModelError(f"{folder / name}: damaged: {error}") from error

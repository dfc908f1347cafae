"""The models of a task: the one in use, and all that were made before.

::

    circuit_board/
    ├── task.yaml
    ├── model/                  the one in use, as ever
    └── models/
        ├── 3f2a90c1d7be/       a copy of every model that was ever in use here, by name
        ├── 9b01c4e2f8aa/
        └── history.jsonl       which took over from which, when and why

What is kept is never changed. Promoting copies a kept model into ``model/``, in one step, so
everything that reads ``model/`` needs to know nothing of the store.
"""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable
from pathlib import Path

from pregrasp.documents import did_you_mean
from pregrasp.jobs.models.card import ModelCard
from pregrasp.jobs.models.errors import ModelStoreError
from pregrasp.jobs.models.history import (
    Cause,
    Change,
    append_change,
    predecessor,
    read_history,
)
from pregrasp.perception.errors import ModelError
from pregrasp.perception.folder_swap import fresh_place
from pregrasp.perception.model import load_estimator
from pregrasp.perception.model_folder import (
    DESCRIPTION,
    MODEL_SUFFIXES,
    SHORT,
    model_hash,
    write_folder,
)
from pregrasp.task import TASK_FILE, Task

CURRENT = "current"
"""Stands for the model in use, wherever a name is asked for."""


def utc_now() -> datetime.datetime:
    """The wall time, in UTC."""
    return datetime.datetime.now(datetime.UTC)


class ModelStore:
    """The models of one task.

    Args:
        task: Whose models.
        now: Wall time, for the history.
    """

    def __init__(self, task: Task, *, now: Callable[[], datetime.datetime] = utc_now) -> None:
        self.task = task
        self.folder = task.folder / "models"
        self._now = now

    @property
    def current(self) -> str:
        """Name of the model in use; empty if there is none."""
        try:
            return model_hash(self.task.model_folder)
        except ModelError:
            return ""

    def cards(self) -> list[ModelCard]:
        """Every model, the one in use first, the others by the date of their captures.

        Raises:
            ModelError: The description of one is damaged.
        """
        current = self.current
        kept = {card.name: card for card in map(ModelCard.read, self._kept())}
        first = [ModelCard.read(self.task.model_folder)] if current else []
        others = [card for name, card in kept.items() if name != current]
        return first + sorted(others, key=lambda card: (card.collected, card.name), reverse=True)

    def history(self) -> list[Change]:
        """Which model took over when, the oldest first.

        Raises:
            ModelStoreError: It is damaged.
        """
        return read_history(self.folder)

    def find(self, name: str) -> Path:
        """Folder of a model.

        Args:
            name: The first digits of its name, as few as are unique, or ``current``.

        Raises:
            ModelStoreError: There is none of that name, or several.
        """
        current = self.current
        if name == CURRENT and current:
            return self.task.model_folder
        places = {model_hash(folder): folder for folder in self._kept()}
        if current:
            # What is kept is never changed, so it comes first.
            places.setdefault(current, self.task.model_folder)
        found = [place for full, place in places.items() if name and full.startswith(name)]
        if len(found) == 1:
            return found[0]
        known = [full[:SHORT] for full in places]
        if found:
            raise ModelStoreError(f"{name!r} may be several models: {', '.join(known)}.")
        remedy = did_you_mean(name, known) if known else "Make one with `pregrasp deploy`."
        raise ModelStoreError(f"task {self.task.task!r} has no model {name!r}. {remedy}")

    def keep(self, folder: Path | None = None) -> str:
        """Put a copy of a model into the store, unless it is there.

        Args:
            folder: Of the model; by default the one in use.

        Returns:
            Its name.

        Raises:
            ModelError: There is no model, or it is damaged, or of another task.
            ModelStoreError: The store cannot be written.
        """
        folder = folder or self.task.model_folder
        # Nothing enters the store that could not be used when it is needed.
        load_estimator(folder, self.task.task)
        name = model_hash(folder)
        place = self.folder / name[:SHORT]
        if (place / DESCRIPTION).is_file():
            return name
        fresh = fresh_place(place)
        try:
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.copytree(folder, fresh)
            fresh.rename(place)
        except OSError as error:
            raise ModelStoreError(f"{place}: cannot be written: {error}") from error
        return name

    def keep_current(self) -> str:
        """Keep the model in use, before another takes over.

        Returns:
            Its name; empty if there is none, or if it is damaged: then it is not worth keeping,
            and must not stand in the way of a good one.

        Raises:
            ModelStoreError: The store cannot be written.
        """
        try:
            return self.keep()
        except ModelError:
            return ""

    def took_over(self, replaced: str, cause: Cause) -> str:
        """Note that another model is in use, and keep it.

        Args:
            replaced: Name of the one before.
            cause: Why.

        Returns:
            Name of the model in use.

        Raises:
            ModelError: The model in use is damaged.
            ModelStoreError: The store cannot be written.
        """
        name = self.keep()
        if name != replaced:
            time = self._now().isoformat(timespec="seconds")
            change = Change(time=time, model=name, replaced=replaced, cause=cause)
            append_change(self.folder, change)
        return name

    def promote(self, name: str, cause: Cause = Cause.PROMOTED) -> str:
        """Let a kept model take over.

        Args:
            name: The first digits of its name.
            cause: Why, for the history.

        Returns:
            Its name.

        Raises:
            ModelStoreError: There is none, or the task names another one.
            ModelError: It is damaged, or of another task.
        """
        source = self.find(name)
        load_estimator(source, self.task.task)
        full = model_hash(source)
        pinned = self.task.model
        if pinned is not None and not full.startswith(pinned):
            raise ModelStoreError(
                f"{self.task.folder / TASK_FILE}: the task names model {pinned[:SHORT]}, so "
                f"{full[:SHORT]} cannot take over. Write `model: {full[:SHORT]}` there first."
            )
        replaced = self.current
        if full == replaced and self._is_whole():
            return full
        self.keep_current()
        files = {
            path.name: path.read_bytes()
            for path in source.iterdir()
            # Curves of the training belong to their model; notes belong to the folder.
            if path.suffix in (*MODEL_SUFFIXES, ".json")
        }
        write_folder(self.task.model_folder, files)
        return self.took_over(replaced, cause)

    def roll_back(self) -> str:
        """Let the model before the present one take over again.

        Returns:
            Its name.

        Raises:
            ModelStoreError: Nobody knows which that is, or it is not kept.
            ModelError: It is damaged.
        """
        current = self.current
        name = predecessor(self.history(), current)
        if not name:
            raise ModelStoreError(
                f"task {self.task.task!r}: nothing is known of a model before "
                f"{current[:SHORT] or 'this one'}. `pregrasp models list` shows what is kept; "
                "`pregrasp models promote` takes any of them."
            )
        return self.promote(name, Cause.ROLLED_BACK)

    def _is_whole(self) -> bool:
        try:
            load_estimator(self.task.model_folder, self.task.task)
        except ModelError:
            return False
        return True

    def _kept(self) -> list[Path]:
        return sorted(path.parent for path in self.folder.glob(f"[!.]*/{DESCRIPTION}"))

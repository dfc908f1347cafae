"""The trees that a task names; one that is not there is reported where the task names it."""

from __future__ import annotations

import dataclasses
from typing import Any

from pregrasp.documents import ConfigurationError, Document
from pregrasp.task import TASK_FILE, Task, TaskTrees
from pregrasp.trees import Tree, load_tree


def load_task_tree(task: Task, purpose: str) -> Tree:
    """One of a task's trees.

    Args:
        task: The task.
        purpose: A field of `TaskTrees`.

    Raises:
        ConfigurationError: There is no such tree, or it has faults.
    """
    name: str = getattr(task.trees, purpose)
    beside = task.folder / name
    try:
        # A file is meant to be beside the task, wherever the command is run.
        return load_tree(beside if beside.is_file() else name, search=(task.folder,))
    except ConfigurationError as error:
        finding = error.findings[0]
        if finding.position.file == name:
            _report_at_task(task, purpose, f"there is no tree {name!r}", finding.remedy)
        raise


def check_task_trees(task: Task) -> None:
    """Make sure that every tree of a task can be loaded.

    A slip in the name of the tree that grasps should not come out after an hour of pictures.

    Raises:
        ConfigurationError: A tree is missing, or has faults.
    """
    for field in dataclasses.fields(TaskTrees):
        load_task_tree(task, field.name)


def _report_at_task(task: Task, purpose: str, message: str, remedy: str) -> None:
    """Raise a finding at the place in the task's file; a default has none."""
    file = task.folder / TASK_FILE
    if not file.is_file():
        return
    document = Document.read(file)
    trees: Any = document.root.value.get("trees")
    if trees is not None and purpose in trees.value:
        document.report(trees.value[purpose], message, rule="unknown-tree", remedy=remedy)
    document.raise_if_faulty()

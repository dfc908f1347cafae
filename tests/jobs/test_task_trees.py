"""A tree that a task names and nobody has is found before anything moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from pregrasp.documents import ConfigurationError
from pregrasp.jobs.task_trees import check_task_trees, load_task_tree
from pregrasp.task import Task, find_task

TASK = """\
task: my_part
taught:
  pregrasp: {x_mm: 374, y_mm: 55, z_mm: 200, theta_deg: 0}
  approach: {x_mm: 0, y_mm: -55, z_mm: -199, theta_deg: 0}
trees: {grasp: %s}
"""


def task(folder: Path, grasp: str) -> Task:
    (folder / "task.yaml").write_text(TASK % grasp)
    return find_task(str(folder))


def test_a_slip_in_the_name_of_a_tree_is_shown_in_the_tasks_file(tmp_path: Path) -> None:
    named = task(tmp_path, "two_stage_grap")
    with pytest.raises(ConfigurationError) as caught:
        check_task_trees(named)
    (finding,) = caught.value.findings
    assert str(finding.position) == f"{tmp_path / 'task.yaml'}:5:16"
    assert "Did you mean 'two_stage_grasp'?" in finding.remedy


def test_a_fault_in_a_tree_is_shown_in_the_file_of_the_tree(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("tree: mine\nroot: {sequence: [open_griper]}\n")
    with pytest.raises(ConfigurationError, match=r"mine\.yaml:2:19"):
        load_task_tree(task(tmp_path, "mine.yaml"), "grasp")


def test_a_task_whose_trees_are_all_there_passes(tmp_path: Path) -> None:
    check_task_trees(task(tmp_path, "two_stage_grasp"))

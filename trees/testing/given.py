"""The inputs and the cell that a case begins with, made from what YAML says.

Inputs that cannot be written have stand-ins of their own: a ``Task`` is named, an
``Estimator`` is the ideal one of the ideal cell, a ``Dataset`` is a new one in a folder that
is thrown away.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pregrasp.configuration import bind, quantity
from pregrasp.documents import ConfigurationError, Document, Located, did_you_mean
from pregrasp.frames import MotionCommand, Pose
from pregrasp.perception.dataset import Card, Dataset
from pregrasp.perception.estimator import Estimator
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import Task, find_task
from pregrasp.trees.specification import Tree, TreePort
from pregrasp.trees.value_types import describe_type

DEFAULT_TASK = "circuit_board"
"""Used where a case does not say which task."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class CellGiven:
    """State of the ideal cell when the run begins."""

    part_moved: MotionCommand = MotionCommand()
    """How far from where it was taught the part lies, in its own frame."""
    part: bool = True
    """Whether there is a part."""
    seen_within: float = quantity("mm", default=float("inf"))
    """The camera sees the part only from so close to the pregrasp pose [m]."""
    camera_covered: bool = False
    """Whether pictures show nothing."""
    arm_blocked: bool = False
    """Whether moves hang until they are cancelled."""
    reach: float = quantity("mm", default=0.58)
    """Furthest the arm gets from its base [m]."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class EstimatorGiven:
    """The ideal estimator, made less ideal."""

    gain: float = 1.0
    """Share of the true move that it answers."""
    jitter: MotionCommand = MotionCommand()
    """Added to every other answer, taken off those between."""


class NearSightedEstimator(IdealEstimator):
    """An ideal estimator that sees the part only from close by.

    Args:
        cell: Where the part is.
        approach: ``T_pregrasp_grasp``.
        given: How ideal it is.
        within: How close the tool must be to the pregrasp pose [m].
    """

    def __init__(
        self, cell: IdealCell, approach: Pose, given: EstimatorGiven, within: float
    ) -> None:
        super().__init__(cell, approach, gain=given.gain, jitter=given.jitter)
        self._within = within
        self._near = IdealEstimator(cell, approach)

    def estimate(self, image: Any) -> Any:
        """Answer, or say that no part is in view."""
        true = self._near.estimate(image)
        if true.trusted and true.motion.translation > self._within:
            return dataclasses.replace(true, trusted=False, reason="no part in view")
        return super().estimate(image)


class Given:
    """Makes cell and inputs of one case.

    Args:
        document: Collects what is wrong.
        folder: A folder that may be written to.
    """

    def __init__(self, document: Document, folder: Path) -> None:
        self._document = document
        self._folder = folder
        self._makers: dict[Any, Callable[[Located | None], Any]] = {
            Task: self._task,
            Estimator: self._estimator,
            Dataset: self._dataset,
        }
        self.task = find_task(DEFAULT_TASK)
        self.cell = IdealCell(self.task.taught.grasp)
        self._seen_within = float("inf")

    def make(self, tree: Tree, cell: Located | None, inputs: Located | None) -> dict[str, Any]:
        """The inputs by name; `cell` is ready afterwards.

        Args:
            tree: Whose inputs they are.
            cell: What the case says about the cell.
            inputs: What the case says about inputs.
        """
        written: dict[str, Located] = {}
        if inputs is not None and isinstance(inputs.value, dict):
            written = inputs.value
        elif inputs is not None:
            self._document.report(inputs, "expected inputs and their values", rule="type")
        by_key = {port.key: port for port in tree.inputs.values()}
        for key in written:
            if key not in by_key and inputs is not None:
                self._document.report(
                    inputs.keys[key],
                    f"the tree {tree.name} has no input {key!r}",
                    rule="unknown-port",
                    remedy=did_you_mean(key, by_key),
                )
        # The task first: the part lies where the task was taught.
        ordered = sorted(by_key.items(), key=lambda item: item[1].kind is not Task)
        values: dict[str, Any] = {}
        for key, port in ordered:
            if port.kind is not Task and cell is not None:
                self._prepare_cell(cell)
                cell = None
            value = self._input(port, written.get(key))
            if value is not None:
                values[port.name] = value
        if cell is not None:
            self._prepare_cell(cell)
        return values

    def _input(self, port: TreePort, located: Located | None) -> Any:
        if port.kind in self._makers:
            return self._makers[port.kind](located)
        if located is None:
            return None
        value = bind(self._document, located, port.kind)
        if value is None:
            self._document.report(located, f"expected {describe_type(port.kind)}", rule="type")
        return value * port.scale if port.unit and value is not None else value

    def _prepare_cell(self, located: Located) -> None:
        given = bind(self._document, located, CellGiven)
        if given is None:
            return
        away = Pose(9.0) if not given.part else Pose()
        self.cell.part = away @ self.cell.part @ given.part_moved
        self.cell.camera.covered = given.camera_covered
        self.cell.arm.blocked = given.arm_blocked
        self.cell.arm.reach = given.reach
        self._seen_within = given.seen_within

    def _task(self, located: Located | None) -> Task:
        name, parts = DEFAULT_TASK, {}
        if located is not None and isinstance(located.value, dict):
            parts = {key: item for key, item in located.value.items() if key != "task"}
            located_name = located.value.get("task")
        else:
            located_name = located
        if located_name is not None:
            name = bind(self._document, located_name, str) or name
        task = self.task
        try:
            task = find_task(name)
        except ConfigurationError as error:
            self._document.findings += error.findings
        hints = typing.get_type_hints(Task)
        for key, item in parts.items():
            if key not in hints:
                remedy = did_you_mean(key, hints)
                self._document.report(item, f"a task has no {key!r}", rule="key", remedy=remedy)
            elif (value := bind(self._document, item, hints[key])) is not None:
                changed: Any = {key: value}
                task = dataclasses.replace(task, **changed)
        self.task = task
        self.cell.part = task.taught.grasp
        return task

    def _estimator(self, located: Located | None) -> Estimator:
        given: EstimatorGiven | None = EstimatorGiven()
        if located is not None and located.value != "ideal":
            given = bind(self._document, located, EstimatorGiven)
        return NearSightedEstimator(
            self.cell, self.task.taught.approach, given or EstimatorGiven(), self._seen_within
        )

    def _dataset(self, located: Located | None) -> Dataset:
        if located is not None and located.value != "empty":
            self._document.report(
                located, f"found {located.describe()}, expected 'empty'", rule="choice"
            )
        width, height = self.cell.camera.size
        card = Card(task=self.task.task, cell="ideal", image_width=width, image_height=height)
        return Dataset.create(self._folder / "dataset", card)

"""Running a tree on a cell.

`Runner.run` ticks at a rate of the cell's clock, and at once when a skill finishes. It
works on any thread, installs nothing, and returns when everything stands still: however
the run ends, what is running is halted, every skill is finished exactly once, and after
anything but a success the cell is stopped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pregrasp.cancellation import CancelToken
from pregrasp.documents import did_you_mean
from pregrasp.hardware.capabilities import Cell
from pregrasp.skills import SKILLS
from pregrasp.skills.skill import Skill
from pregrasp.trees.errors import TreeError
from pregrasp.trees.events import Observer
from pregrasp.trees.result import RunResult
from pregrasp.trees.run import Run, RunSettings, TickRecorder
from pregrasp.trees.run_control import RunControl
from pregrasp.trees.running_tree import RunningTree
from pregrasp.trees.specification import Tree
from pregrasp.trees.value_types import describe_type, holds


class Runner:
    """Runs one tree on one cell, once or several times, one run after the other.

    Args:
        tree: A loaded tree.
        cell: The devices.
        inputs: The tree's inputs by name, in SI units.
        observers: Called with every event.
        tick_period: Longest time between ticks, of the cell's clock [s].
        stop_timeout: How long a halted skill may take to stop, in real time [s].
        cleanup_timeout: How long cleaning up may take after a halt, of the cell's clock [s].
        seed: Of the randomness that skills use.
        skills: The skills that the tree was loaded with, if not the registered ones.

    Raises:
        TreeError: An input is missing, unknown, or of the wrong type.
    """

    def __init__(
        self,
        tree: Tree,
        cell: Cell,
        inputs: Mapping[str, Any] | None = None,
        *,
        observers: Sequence[Observer] = (),
        tick_period: float = 0.05,
        stop_timeout: float = 5.0,
        cleanup_timeout: float = 60.0,
        seed: int = 0,
        skills: Mapping[str, type[Skill]] | None = None,
    ) -> None:
        if tick_period <= 0.0:
            raise TreeError(f"tick_period is {tick_period} s, expected a positive time")
        self._settings = RunSettings(
            tree=tree,
            cell=cell,
            inputs=_checked_inputs(tree, dict(inputs or {})),
            observers=tuple(observers),
            skills=SKILLS if skills is None else skills,
            tick_period=tick_period,
            stop_timeout=stop_timeout,
            cleanup_timeout=cleanup_timeout,
            seed=seed,
        )

    def run(
        self, token: CancelToken | None = None, *, control: RunControl | None = None
    ) -> RunResult:
        """Run the tree to its end.

        Args:
            token: Cancelling it wakes the runner up and halts the tree at once.
            control: Pauses, resumes and steps the run from other threads; it brings a token
                of its own, so give one or the other.

        Returns:
            How it ended; a failure of the tree is a result, not an exception.

        Raises:
            TreeError: Both a token and a control were given.
        """
        if token is not None and control is not None:
            raise TreeError("give run() a token or a control, not both: a control has a token")
        return self.prepare(control or RunControl(token)).execute()

    def start(self, control: RunControl | None = None) -> RunningTree:
        """Run the tree on a thread of its own.

        Args:
            control: Pauses, resumes and steps the run; pause it first to step from the
                beginning.
        """
        return RunningTree(
            lambda used: self.prepare(used).execute(),
            control or RunControl(),
            self._settings.tree.name,
        )

    def prepare(
        self,
        control: RunControl | None = None,
        recorder: TickRecorder | None = None,
        *,
        lockstep: bool = False,
    ) -> Run:
        """A run that has not begun yet, for tools that tick it themselves.

        Args:
            control: Holds the run up and ends it.
            recorder: Is told what every tick does.
            lockstep: Whether work that takes no time takes two ticks all the same.
        """
        return Run(self._settings, control or RunControl(), recorder, lockstep=lockstep)


def _checked_inputs(tree: Tree, given: dict[str, Any]) -> dict[str, Any]:
    """What the tree needs, defaults included.

    Raises:
        TreeError: An input is missing, unknown, or of the wrong type.
    """
    for name in given:
        if name not in tree.inputs:
            raise TreeError(
                f"the tree {tree.name} has no input {name!r}. {did_you_mean(name, tree.inputs)}"
            )
    values = {}
    for name, port in tree.inputs.items():
        if name not in given and port.required:
            raise TreeError(
                f"the tree {tree.name} needs {name!r}, of type {describe_type(port.kind)}"
            )
        value = given.get(name, port.default)
        if not holds(value, port.kind):
            raise TreeError(
                f"the tree {tree.name} needs {name!r}, of type {describe_type(port.kind)}, "
                f"not a {type(value).__name__}"
            )
        values[name] = value
    return values

"""The simulated cell as jobs use it: opened for a task, put into a state, told apart.

MuJoCo is loaded when a cell is opened, not when this module is imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pregrasp.hardware.errors import DeviceUnavailableError
from pregrasp.hardware.simulation.gl import find_backend
from pregrasp.hardware.simulation.specification import SimulatedObject
from pregrasp.jobs.errors import ConditionError, NotSimulatedError
from pregrasp.task import TASK_FILE, Task

if TYPE_CHECKING:
    from pregrasp.hardware.simulation.cell import SimulatedCell
    from pregrasp.hardware.simulation.conditions import Condition


def simulated_object(task: Task) -> SimulatedObject:
    """How the simulated cell makes the task's part.

    Raises:
        NotSimulatedError: The task does not say.
    """
    if task.simulation is None:
        raise NotSimulatedError(task.task, task.folder / TASK_FILE)
    return task.simulation


def open_cell(
    task: Task, *, seed: int = 0, identity: int = 0, pace: float | None = None
) -> SimulatedCell:
    """The simulated cell with the task's part where it was taught, without limits or modes.

    Args:
        task: A task with a ``simulation`` section.
        seed: Of the cell's own randomness, not of its identity.
        identity: Which cell: accuracy of the arm, camera mounting, lens.
        pace: Simulated seconds per real second; None for as fast as the machine can.

    Raises:
        NotSimulatedError: The task does not say how to make its part.
        DeviceUnavailableError: MuJoCo or the GL library is missing.
    """
    scene = simulated_object(task)
    # Before MuJoCo: its import fails when MUJOCO_GL names a library that is not there.
    find_backend()
    try:
        from pregrasp.hardware.simulation.cell import SimulatedCell
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "mujoco":
            raise
        raise DeviceUnavailableError(
            "simulated cell",
            "MuJoCo is not installed.",
            "Install it: pip install 'pregrasp[simulation]'",
        ) from error
    return SimulatedCell(scene, task_folder=task.folder, seed=seed, identity=identity, pace=pace)


def conditions() -> dict[str, str]:
    """What a simulated cell can be disturbed by: name and one line for people."""
    from pregrasp.hardware.simulation.conditions import Condition

    return {condition.value: condition.description for condition in Condition}


def find_condition(name: str) -> Condition:
    """A condition by its name.

    Raises:
        ConditionError: There is none of that name; the message lists them.
    """
    from pregrasp.hardware.simulation.conditions import Condition

    try:
        return Condition(name)
    except ValueError:
        raise ConditionError(name, [condition.value for condition in Condition]) from None

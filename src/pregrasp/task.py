"""A task: everything that pregrasp knows about one object, read from one YAML file.

A new object is a new folder with a ``task.yaml``, never new Python. `find_task` accepts the
name of a folder in the task library, or the path of any other folder or file.
"""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from pregrasp.configuration import hidden, load, quantity
from pregrasp.documents import ConfigurationError, Finding, Position, cropped, did_you_mean
from pregrasp.frames import DEG, MM, Pose
from pregrasp.hardware.simulation.specification import SimulatedObject
from pregrasp.perception.network import Network
from pregrasp.perception.sampling import Collection, Workspace

TASK_FILE = "task.yaml"

TASK_NAME = re.compile(r"(?![.\s-])[^/\\\x00-\x1f\x7f]{1,64}(?<!\s)")
"""What a task may be called: its data sets and models are kept in folders of that name."""

MODEL_NAME = re.compile(r"[0-9a-f]{12,64}")
"""What a model is called: digits of a hash."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taught:
    """The two poses that a person shows the arm; written by ``pregrasp teach``."""

    pregrasp: Pose
    """``T_base_pregrasp`` with the part where it lay when it was taught."""
    approach: Pose
    """``T_pregrasp_grasp``: the fixed motion of the grasp stage."""

    def __post_init__(self) -> None:
        """Check that the grasp is below the pregrasp pose, where the tool points."""
        if self.approach.z > 0:
            raise ValueError(
                f"approach: found z_mm {self.approach.z / MM:g}, expected 0 or less: "
                "the tool points down, and the grasp pose lies below the pregrasp pose"
            )

    @property
    def grasp(self) -> Pose:
        """``T_base_grasp`` with the part where it lay when it was taught."""
        return self.pregrasp @ self.approach


@dataclass(frozen=True, kw_only=True, slots=True)
class Tolerance:
    """How far from the taught pose, relative to the part, a grasp may begin."""

    translation: float = quantity("mm", default=0.8 * MM)
    """[m]"""
    rotation: float = quantity("deg", default=0.6 * DEG)
    """[rad]"""

    def __post_init__(self) -> None:
        """Check the limits."""
        if min(self.translation, self.rotation) <= 0:
            raise ValueError("a tolerance must be positive")


@dataclass(frozen=True, kw_only=True, slots=True)
class Servo:
    """When the servo stops moving (the threshold of the paper's Algorithm 2)."""

    within: Tolerance = Tolerance(translation=0.06 * MM, rotation=0.05 * DEG)
    """An estimate below this is not worth another move; tighter than the tolerance."""
    moves: int = 8
    """Most corrections before the servo gives up."""
    shrink: float = 0.7
    """Each estimate must be smaller than this share of the one before, or the servo stops."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.moves < 1 or not 0.0 < self.shrink <= 1.0:
            raise ValueError("moves must be at least 1 and shrink between 0 and 1")


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskTrees:
    """Which trees do the work: names from the library, or files beside the task."""

    collect: str = "collect"
    """Takes the pictures (the paper's Algorithm 1)."""
    collect_round: str = "collect_round"
    """Takes the pictures of one round of an active collection."""
    collect_servo_runs: str = "collect_servo_runs"
    """Servoes from several starts and keeps every look."""
    grasp: str = "two_stage_grasp"
    """Servoes to the pregrasp pose and grasps (the paper's Algorithm 2 and fixed motion)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One object and how to grasp it."""

    task: str
    """Name of the task."""
    description: str = ""
    """One sentence for people."""
    taught: Taught
    """The poses shown by a person."""
    workspace: Workspace = Workspace()
    """Where a servo may begin, around the pregrasp pose."""
    collection: Collection = Collection()
    """How pictures are collected."""
    network: Network = Network()
    """How the network is made."""
    tolerance: Tolerance = Tolerance()
    """What counts as a good grasp."""
    servo: Servo = Servo()
    """When to stop correcting."""
    trees: TaskTrees = TaskTrees()
    """The trees of this task."""
    model: str | None = None
    """Name of the only model that may grasp, at least its first 12 digits; by default any."""
    simulation: SimulatedObject | None = None
    """How the simulated cell makes the part; real cells do not need it."""
    folder: Path = hidden(default=Path())
    """Where the task's files are."""

    def __post_init__(self) -> None:
        """Check the names and the workspace's angle."""
        if not TASK_NAME.fullmatch(self.task):
            raise ValueError(
                f"task: found {cropped(repr(self.task))}, expected a name that can be a folder's: "
                "at most 64 characters, no slash, and no dot, dash or space at its beginning"
            )
        if self.workspace.theta > math.pi:
            raise ValueError(
                f"workspace: found theta_deg {self.workspace.theta / DEG:g}, expected at most 180: "
                "that is already every angle"
            )
        if self.model is not None and not MODEL_NAME.fullmatch(self.model):
            raise ValueError(
                f"model: {self.model!r} is no name of a model: expected 12 to 64 of the digits "
                "0-9 and a-f, as `pregrasp models` shows them"
            )

    @property
    def model_folder(self) -> Path:
        """Where the task's trained model is kept."""
        return self.folder / "model"


def library() -> dict[str, Path]:
    """The tasks that ship with pregrasp: name and folder."""
    root = Path(str(resources.files("pregrasp").joinpath("task_library")))
    return {path.parent.name: path.parent for path in sorted(root.glob(f"*/{TASK_FILE}"))}


def find_task(name: str) -> Task:
    """Load a task by its library name, or by the path of its folder or file.

    Raises:
        ConfigurationError: There is no such task, or its file has faults.
    """
    path = Path(name)
    if path.is_dir() and (path / TASK_FILE).is_file():
        path = path / TASK_FILE
    elif path.is_dir() and name not in library():
        remedy = f"A task is a folder with a file {TASK_FILE} in it."
        raise ConfigurationError(
            [Finding(Position(name, 1, 1), f"the folder has no {TASK_FILE}", "task", remedy)]
        )
    elif not path.is_file():
        known = library()
        if name not in known:
            remedy = did_you_mean(name, known) + " A path to a task folder works too."
            finding = Finding(Position(name, 1, 1), "there is no such task", "task", remedy)
            raise ConfigurationError([finding])
        path = known[name] / TASK_FILE
    return load_task(path)


def load_task(path: Path) -> Task:
    """Load a task from its file.

    Raises:
        ConfigurationError: Everything that is wrong with the file.
    """
    task = load(path, Task)
    return dataclasses.replace(task, folder=path.resolve().parent)

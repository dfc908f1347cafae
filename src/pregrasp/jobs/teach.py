"""Teach a task its two poses: check them, then write them into its file.

The file belongs to a person: comments and other keys stay as they are, only the ``taught``
section is replaced, and the file as it was before is kept beside it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from pregrasp.cancellation import CancelToken
from pregrasp.configuration import bind
from pregrasp.documents import Document
from pregrasp.frames import DEG, MM, Pose
from pregrasp.hardware.capabilities import Arm, Image
from pregrasp.hardware.errors import MotionError
from pregrasp.hardware.guarded_cell import GuardedCell
from pregrasp.jobs.collect import raise_if_failed
from pregrasp.jobs.results import write_bytes, write_text
from pregrasp.perception.sampling import Workspace
from pregrasp.skills.plan_corners import corners
from pregrasp.task import TASK_FILE, Task, library, load_task
from pregrasp.trees import Runner, load_tree

NEW_TASK = """\
task: {name}
description: ""
{taught}
workspace: {{x_mm: 40, y_mm: 40, theta_deg: 30}}       # plus and minus, around pregrasp
collection: {{captures: 300}}
network: {{architecture: votes}}
tolerance: {{translation_mm: 0.8, rotation_deg: 0.6}}
simulation:                            # how the simulated cell makes the part; edit to fit
  placement: {{x_mm: 374, y_mm: 0, theta_deg: 0}}
  part:
    length_mm: 80
    width_mm: 60
    thickness_mm: 4
    texture: {{generator: circuit_board, seed: 7}}
"""


AT_GRASP = 2 * MM
"""A rehearsal begins within this distance of the grasp pose [m]."""


@dataclass(frozen=True, slots=True)
class TaughtFile:
    """What teaching wrote."""

    file: Path
    """The task's file."""
    backup: Path | None
    """The file as it was before, if there was one."""


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """What teaching would write."""

    text: str
    """The whole file."""
    section: str
    """The part of it that teaching changes."""
    before: str | None
    """The file as it is, if there is one."""
    backup: Path | None
    """Where that would be kept."""


def task_file(name: str) -> Path:
    """Where a task's file is or should be: a library name, a folder or a file.

    A plain name that the library does not know becomes a folder where the person works.
    """
    path = Path(name)
    if path.suffix in {".yaml", ".yml"}:
        return path
    if not path.is_dir() and path.name == name and name in library():
        return library()[name] / TASK_FILE
    return path / TASK_FILE


def draft_task(file: Path) -> Task:
    """The task in a file or, if there is none yet, a new one to begin with.

    Raises:
        ConfigurationError: The file has faults.
    """
    if file.exists():
        return load_task(file)
    taught = taught_section(Pose(374 * MM, 55 * MM, 200 * MM), Pose(0.0, -55 * MM, -199 * MM))
    text = NEW_TASK.format(name=file.resolve().parent.name, taught="\n".join(taught))
    document = Document(text, str(file))
    task = bind(document, document.root, Task, folder=file.resolve().parent)
    document.raise_if_faulty()
    return cast("Task", task)


def check_reach(arm: Arm, pregrasp: Pose, grasp: Pose, workspace: Workspace) -> None:
    """Make sure that the arm reaches both poses and every corner of the workspace.

    Args:
        arm: The arm; it does not move.
        pregrasp: ``T_base_pregrasp``.
        grasp: ``T_base_grasp``.
        workspace: Where servos may begin.

    Raises:
        OutOfReachError: Names the pose that cannot be reached, and why.
    """
    arm.check([pregrasp, grasp, *corners(pregrasp, workspace)])


def rehearse(cell: GuardedCell, pregrasp: Pose, grasp: Pose, token: CancelToken) -> None:
    """Try a taught approach slowly: up, down and up again, with open fingers.

    Args:
        cell: In mode teaching, with the arm in the grasp pose.
        pregrasp: ``T_base_pregrasp``.
        grasp: ``T_base_grasp``.
        token: Cancelling it stops the robot.

    Raises:
        MotionError: The arm is not in the grasp pose; nothing has moved.
        RunFailedError: The tree failed; the robot has been stopped.
        CancelledError: The token was cancelled.
    """
    here = cell.arm.pose()
    away = here.inverse() @ grasp
    if max(away.planar.translation, abs(away.z)) > AT_GRASP:
        raise MotionError(
            cell.arm.name,
            f"stands at {here}, not in the grasp pose {grasp}.",
            "Bring it there first: a rehearsal begins with the way up.",
        )
    inputs = {"approach": pregrasp.inverse() @ grasp, "speed": cell.limits.reduced_speed}
    raise_if_failed(Runner(load_tree("rehearse"), cell, inputs=inputs).run(token))


def save_taught(file: Path, pregrasp: Pose, grasp: Pose) -> TaughtFile:
    """Write the two poses into a task's file, new or existing.

    Args:
        file: The task's ``task.yaml``.
        pregrasp: ``T_base_pregrasp``.
        grasp: ``T_base_grasp``.

    Raises:
        ConfigurationError: The file as it would be is not a valid task; nothing is changed.
        ResultFileError: The file cannot be written.
    """
    planned = plan_taught(file, pregrasp, grasp)
    if planned.before is None or planned.backup is None:
        write_text(file, planned.text)
        return TaughtFile(file, None)
    trial = file.with_name(f".{file.name}.trial")
    write_text(trial, planned.text)
    try:
        load_task(trial)
        write_text(planned.backup, planned.before)
        trial.replace(file)
    finally:
        trial.unlink(missing_ok=True)
    return TaughtFile(file, planned.backup)


def plan_taught(file: Path, pregrasp: Pose, grasp: Pose) -> PlannedFile:
    """What a task's file would be with two poses; nothing is written.

    Args:
        file: The task's ``task.yaml``, which may be new.
        pregrasp: ``T_base_pregrasp``.
        grasp: ``T_base_grasp``.

    Raises:
        ConfigurationError: The file is no YAML.
    """
    lines = taught_section(pregrasp, pregrasp.inverse() @ grasp)
    section = "\n".join(lines)
    if not file.exists():
        text = NEW_TASK.format(name=file.resolve().parent.name, taught=section)
        return PlannedFile(text, section, None, None)
    Document.read(file).raise_if_faulty()
    before = file.read_text(encoding="utf-8")
    text = replace_section(before.splitlines(), "taught", lines)
    return PlannedFile(text, section, before, _free_name(file))


def taught_section(pregrasp: Pose, approach: Pose) -> list[str]:
    """The lines of the ``taught`` section."""
    return [
        "taught:                                # written by `pregrasp teach`",
        f"  pregrasp: {_flow(pregrasp)}",
        f"  approach: {_flow(approach)}",
    ]


def replace_section(lines: Sequence[str], key: str, section: Sequence[str]) -> str:
    r"""A YAML text with one top-level section replaced, and all else untouched.

    A section runs from its key to the last indented line before the next key, so comments
    that stand before the next key stay.

    Example:
        >>> replace_section(["a: 1", "b:", "  c: 2", "# of d", "d: 3"], "b", ["b: 9"])
        'a: 1\nb: 9\n# of d\nd: 3\n'
    """
    first = next((i for i, line in enumerate(lines) if re.match(rf"{key}\s*:", line)), None)
    if first is None:
        # Poses come right after the task's name and description in a task written by hand.
        first = next((i for i, line in enumerate(lines) if re.match(r"\w+\s*:\s*$", line)), 1)
        return "\n".join([*lines[:first], *section, *lines[first:]]) + "\n"
    after = first + 1
    for number, line in enumerate(lines[first + 1 :], start=first + 1):
        if line[:1] not in {"", " ", "\t", "#"}:
            break
        if line[:1] in {" ", "\t"}:
            after = number + 1
    return "\n".join([*lines[:first], *section, *lines[after:]]) + "\n"


def parse_pose(text: str) -> Pose:
    """A pose as people type it: ``x_mm,y_mm,z_mm,theta_deg``.

    Raises:
        ValueError: It is not four numbers.

    Example:
        >>> print(parse_pose("374,55,200,0"))
        (374.000 mm, 55.000 mm, 200.000 mm, 0.000 deg)
    """
    try:
        x, y, z, theta = (float(part) for part in text.split(","))
    except ValueError:
        raise ValueError(
            f"found {text!r}, expected four numbers x_mm,y_mm,z_mm,theta_deg such as 374,55,200,0"
        ) from None
    return Pose(x * MM, y * MM, z * MM, theta * DEG)


def _flow(pose: Pose) -> str:
    values = {
        "x_mm": pose.x / MM,
        "y_mm": pose.y / MM,
        "z_mm": pose.z / MM,
        "theta_deg": pose.theta / DEG,
    }
    # Adding zero turns -0.0 into 0.
    return "{" + ", ".join(f"{key}: {round(v, 4) + 0.0:g}" for key, v in values.items()) + "}"


def _free_name(file: Path) -> Path:
    return next(
        candidate
        for number in itertools.count(1)
        if not (candidate := file.with_name(f"{file.name}.before-{number}")).exists()
    )


def write_picture(file: Path, image: Image) -> None:
    """Keep a camera picture with a cross in its middle, for a person who jogs.

    Args:
        file: Where; replaced as a whole, so that a viewer may reload it at any time.
        image: uint8 (height, width).

    Raises:
        ResultFileError: The file cannot be written.
    """
    _, png = cv2.imencode(".png", with_cross(image))
    write_bytes(file, png.tobytes())


def with_cross(image: Image) -> npt.NDArray[np.uint8]:
    """A camera picture with a cross in its middle.

    Args:
        image: uint8 (height, width).

    Returns:
        uint8 (height, width, 3), BGR.
    """
    height, width = image.shape
    shown = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    middle = (width // 2, height // 2)
    for colour, thickness in (((0, 0, 0), 5), ((80, 210, 255), 2)):
        cv2.drawMarker(shown, middle, colour, cv2.MARKER_CROSS, height // 8, thickness)
    return np.asarray(shown, np.uint8)

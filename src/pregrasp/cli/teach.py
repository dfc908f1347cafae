"""``pregrasp teach``: show the arm an object, by keyboard or by numbers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pregrasp.cli.console import err, out, say_error

if TYPE_CHECKING:
    from pregrasp.frames import Pose
    from pregrasp.hardware.simulation.cell import SimulatedCell
    from pregrasp.task import Task

POSE = "x_mm,y_mm,z_mm,theta_deg"


def teach(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A task of the library, or the folder of a task, existing or new.",
            show_default=False,
        ),
    ],
    pregrasp: Annotated[
        str | None,
        typer.Option(
            "--pregrasp",
            metavar=POSE,
            help="The pose just above the part, in the robot's base frame.",
            show_default=False,
        ),
    ] = None,
    grasp: Annotated[
        str | None,
        typer.Option(
            "--grasp",
            metavar=POSE,
            help="The pose in which the gripper closes, in the robot's base frame.",
            show_default=False,
        ),
    ] = None,
    picture: Annotated[
        Path,
        typer.Option(
            "--picture",
            metavar="FILE",
            help="Where to keep the latest camera picture; open it in a viewer that reloads.",
        ),
    ] = Path("teach.png"),
) -> None:
    """Jog the arm to the pregrasp pose and the grasp pose, and write them down.

    Without --pregrasp and --grasp the arm is jogged by keyboard in the simulated cell. The
    whole workspace is checked to be within reach before anything is written. The other keys
    and the comments of the task's file stay; the file as it was is kept beside it.

    Example: `pregrasp teach ./my_part`

    Scripted: `pregrasp teach ./my_part --pregrasp 374,55,200,0 --grasp 374,0,1,0`
    """
    from pregrasp.jobs.simulated import open_cell
    from pregrasp.jobs.teach import check_reach, draft_task, save_taught, task_file

    if (pregrasp is None) != (grasp is None):
        raise typer.BadParameter("--pregrasp and --grasp belong together: give both or neither")
    scripted = None
    if pregrasp is not None and grasp is not None:
        scripted = (_parsed("--pregrasp", pregrasp), _parsed("--grasp", grasp))
    elif not sys.stdin.isatty():
        raise typer.BadParameter(
            "jogging needs a terminal; without one give --pregrasp and --grasp"
        )
    file = task_file(name)
    draft = draft_task(file)
    with open_cell(draft) as cell:
        poses = scripted or _jog(cell, draft, picture)
        if poses is None:
            err.print("nothing was written", style="yellow")
            raise typer.Exit(1)
        check_reach(cell.arm, *poses, draft.workspace)
    taught = save_taught(file, *poses)
    out.print(f"{taught.file}: taught", markup=False, soft_wrap=True)
    if taught.backup:
        out.print(f"{taught.backup}: the file as it was", markup=False, soft_wrap=True)
    out.print(f"now: pregrasp deploy {name}", style="dim", markup=False)


def _parsed(option: str, text: str) -> Pose:
    from pregrasp.jobs.teach import parse_pose

    try:
        return parse_pose(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {error}") from None


def _jog(cell: SimulatedCell, task: Task, picture: Path) -> tuple[Pose, Pose] | None:
    """Let a person drive; None if they left without saving."""
    from pregrasp.cancellation import CancelToken
    from pregrasp.cli.keyboard import raw_keys, read_key
    from pregrasp.hardware.errors import OutOfReachError
    from pregrasp.jobs.jog import HELP, Jog, JogEvent
    from pregrasp.jobs.teach import check_reach, write_picture

    def take() -> None:
        write_picture(picture, cell.camera.capture(CancelToken()))

    jog = Jog(cell.arm, take)
    take()
    err.print(HELP, style="dim", markup=False)
    err.print(f"the camera's view is kept in {picture}", style="dim", markup=False)
    with raw_keys():
        while True:
            err.print(f"tool {cell.arm.pose()}  step {jog.step * 1e3:g} mm", markup=False)
            event = jog.press(read_key())
            if jog.message:
                style = "yellow" if event is JogEvent.REFUSED else "green"
                err.print(jog.message, style=style, markup=False)
            if event is JogEvent.LEAVE:
                return None
            if event is JogEvent.SAVE and jog.pregrasp and jog.grasp:
                try:
                    check_reach(cell.arm, jog.pregrasp, jog.grasp, task.workspace)
                except OutOfReachError as error:
                    say_error(f"not saved: {error}")
                    continue
                return jog.pregrasp, jog.grasp


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(teach)

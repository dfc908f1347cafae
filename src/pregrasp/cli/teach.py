"""``pregrasp teach``: show the arm an object, by hand, by keyboard or by numbers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pregrasp.cli.console import err, out, say_error, stoppable
from pregrasp.cli.parameters import CellName

if TYPE_CHECKING:
    from pregrasp.frames import Pose
    from pregrasp.hardware.guarded_cell import GuardedCell
    from pregrasp.jobs.jog import Jog
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
    cell: CellName = "simulated",
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture",
            metavar="FILE",
            help="Where to keep the latest camera picture; by default teach.png beside the task. "
            "Open it in a viewer that reloads.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Show the arm the pregrasp pose and the grasp pose, and write them down.

    Bring the arm there by hand, by pendant or by the keys, and press Enter: first above the
    part, where the camera sees it, then where the gripper closes. Each pose is checked: height,
    vertical tool, picture, and whether the whole workspace is within reach and allowed. A
    rehearsal tries the approach slowly. The other keys and the comments of the task's file
    stay; the file as it was is kept beside it.

    Example: `pregrasp teach ./my_part`

    On a real cell: `pregrasp teach ./my_part --cell irb120_aravis.yaml`

    Scripted: `pregrasp teach ./my_part --pregrasp 374,55,200,0 --grasp 374,0,1,0`
    """
    from pregrasp.hardware.cell_file import find_cell
    from pregrasp.hardware.modes import Mode
    from pregrasp.jobs.cells import open_cell
    from pregrasp.jobs.teach import check_reach, draft_task, save_taught, task_file

    if (pregrasp is None) != (grasp is None):
        raise typer.BadParameter("--pregrasp and --grasp belong together: give both or neither")
    scripted = None
    if pregrasp is not None and grasp is not None:
        scripted = (_parsed("--pregrasp", pregrasp), _parsed("--grasp", grasp))
    elif not sys.stdin.isatty():
        raise typer.BadParameter(
            "teaching by hand needs a terminal; without one give --pregrasp and --grasp"
        )
    described = find_cell(cell)
    file = task_file(name)
    draft = draft_task(file)
    with open_cell(described, draft) as devices:
        poses = scripted
        if poses is None:
            with devices.modes.working(Mode.TEACHING):
                poses = _show(devices, draft, picture or file.with_name("teach.png"))
        if poses is None:
            err.print("nothing was written", style="yellow")
            raise typer.Exit(1)
        check_reach(devices.arm, *poses, draft.workspace)
    taught = save_taught(file, *poses)
    out.print(f"{taught.file}: taught", markup=False, soft_wrap=True)
    if taught.backup:
        out.print(f"{taught.backup}: the file as it was", markup=False, soft_wrap=True)
    here = "" if described.is_simulated else f" --cell {cell}"
    out.print(f"now: pregrasp deploy {name}{here}", style="dim", markup=False)


def _parsed(option: str, text: str) -> Pose:
    from pregrasp.jobs.teach import parse_pose

    try:
        return parse_pose(text)
    except ValueError as error:
        raise typer.BadParameter(f"{option}: {error}") from None


def _show(cell: GuardedCell, task: Task, picture: Path) -> tuple[Pose, Pose] | None:
    """Let a person show the poses; None if they left without saving."""
    from pregrasp.cancellation import CancelToken
    from pregrasp.cli.keyboard import raw_keys, read_key
    from pregrasp.cli.tables import check_table
    from pregrasp.errors import PregraspError
    from pregrasp.jobs.jog import HELP, Jog, JogEvent
    from pregrasp.jobs.teach import rehearse, write_picture
    from pregrasp.jobs.teaching_checks import Check, check_grasp, check_pregrasp

    def show() -> None:
        write_picture(picture, cell.camera.capture(CancelToken()))

    def examine(is_pregrasp: bool, pose: Pose) -> list[Check]:
        if not is_pregrasp:
            return list(check_grasp(cell, jog.pregrasp or pose, pose))
        image = cell.camera.capture(CancelToken())
        write_picture(picture, image)
        return list(check_pregrasp(cell, pose, image, task.workspace))

    jog = Jog(cell.arm, show, examine=examine)
    show()
    err.print(HELP, style="dim", markup=False)
    err.print(f"the camera's view is kept in {picture}", style="dim", markup=False, soft_wrap=True)
    with raw_keys():
        while True:
            err.print(_next_step(jog), style="bold", markup=False)
            err.print(f"tool {cell.arm.pose()}  step {jog.step * 1e3:g} mm", markup=False)
            jog.checks, jog.message = (), ""
            event = jog.press(read_key())
            if jog.checks:
                err.print(check_table(jog.checks))
            if jog.message:
                style = "yellow" if event is JogEvent.REFUSED else "green"
                err.print(jog.message, style=style, markup=False)
            if event is JogEvent.LEAVE:
                return None
            if jog.pregrasp is None or jog.grasp is None:
                continue
            if event is JogEvent.SAVE:
                return jog.pregrasp, jog.grasp
            if event is JogEvent.REHEARSE:
                err.print("rehearsing slowly; Ctrl-C stops the arm", style="yellow")
                try:
                    with stoppable() as token:
                        rehearse(cell, jog.pregrasp, jog.grasp, token)
                    err.print("rehearsed", style="green")
                except PregraspError as error:
                    say_error(str(error))


def _next_step(jog: Jog) -> str:
    """What the person should do now."""
    if jog.pregrasp is None:
        return "1 of 3: bring the tool above the part, where the camera sees it; press Enter"
    if jog.grasp is None:
        return "2 of 3: open the gripper, go down to where it shall close; press Enter"
    return "3 of 3: stay there and press r to rehearse, s to save"


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(teach)

"""``pregrasp teach``: show the arm an object, by hand, by keyboard, on a page or by numbers."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pregrasp.cli.console import err, out
from pregrasp.cli.parameters import CellName
from pregrasp.cli.watching import AllowControl, AllowMotion, PageWish, Port, page_wish, say_where
from pregrasp.viewer.opening import PORT

if TYPE_CHECKING:
    from pregrasp.frames import Pose
    from pregrasp.hardware.guarded_cell import GuardedCell
    from pregrasp.jobs.teach import TaughtFile
    from pregrasp.jobs.teaching import Teaching
    from pregrasp.task import Task

POSE = "x_mm,y_mm,z_mm,theta_deg"

LOOK = 0.1
"""How often it is looked whether somebody has pressed Ctrl-C [s]."""


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
            help="Where to keep the latest camera picture; by default teach.png beside the task "
            "unless there is a page. Open it in a viewer that reloads.",
            show_default=False,
        ),
    ] = None,
    view: Annotated[
        bool,
        typer.Option("--view", help="Show the dialogue on a page in a browser, with the camera."),
    ] = False,
    port: Port = PORT,
    allow_control: AllowControl = False,
    allow_motion: AllowMotion = False,
) -> None:
    """Show the arm the pregrasp pose and the grasp pose, and write them down.

    Bring the arm there by hand, by pendant or by the keys, and press Enter: first above the
    part, where the camera sees it, then where the gripper closes. Each pose is checked: height,
    vertical tool, picture, and whether the whole workspace is within reach and allowed. A
    rehearsal tries the approach slowly. The other keys and the comments of the task's file
    stay; the file as it was is kept beside it.

    With `--view` the same dialogue is on a page, with the live picture; `--allow-motion` lets the
    page jog and rehearse.

    Example: `pregrasp teach ./my_part`

    On a page: `pregrasp teach ./my_part --view --allow-motion`

    On a real cell: `pregrasp teach ./my_part --cell irb120_aravis.yaml`

    Scripted: `pregrasp teach ./my_part --pregrasp 374,55,200,0 --grasp 374,0,1,0`
    """
    from pregrasp.hardware.cell_file import find_cell
    from pregrasp.hardware.modes import Mode
    from pregrasp.jobs.cells import at_the_speed_of_life, open_cell
    from pregrasp.jobs.teach import check_reach, draft_task, save_taught, task_file

    if (pregrasp is None) != (grasp is None):
        raise typer.BadParameter("--pregrasp and --grasp belong together: give both or neither")
    page = page_wish(view, port, allow_control, allow_motion)
    scripted = None
    if pregrasp is not None and grasp is not None:
        if page is not None:
            raise typer.BadParameter("--view is for teaching by hand, not for poses as numbers")
        scripted = (_parsed("--pregrasp", pregrasp), _parsed("--grasp", grasp))
    elif not sys.stdin.isatty() and (page is None or not (page.control or page.motion)):
        raise typer.BadParameter(
            "teaching by hand needs a terminal, or a page that may do it (--view and "
            "--allow-motion); without them give --pregrasp and --grasp"
        )
    file = task_file(name)
    draft = draft_task(file)
    described = find_cell(cell)
    if page is None:
        picture = picture or file.with_name("teach.png")
    else:
        described = at_the_speed_of_life(described)
    with open_cell(described, draft) as devices:
        if scripted is None:
            with devices.modes.working(Mode.TEACHING):
                taught = _dialogue(devices, draft, file, picture, page)
        else:
            check_reach(devices.arm, *scripted, draft.workspace)
            taught = save_taught(file, *scripted)
    if taught is None:
        err.print("nothing was written", style="yellow")
        raise typer.Exit(1)
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


def _dialogue(
    cell: GuardedCell, task: Task, file: Path, picture: Path | None, page: PageWish | None
) -> TaughtFile | None:
    """Let a person show the poses, at the terminal, on the page or on both.

    Returns:
        What was written; None if the person left.

    Raises:
        CancelledError: It was Ctrl-C that ended it.
    """
    from pregrasp.cancellation import CancelledError
    from pregrasp.cli.teaching_keys import on_interrupt, teach_by_keys
    from pregrasp.jobs.teach import write_picture
    from pregrasp.jobs.teaching import Teaching

    with contextlib.ExitStack() as resources:
        teaching = resources.enter_context(Teaching(cell, task, file))
        if picture is not None:
            keep = resources.enter_context(_kept_if_saved(teaching, picture))
            teaching.on_picture(lambda image: write_picture(keep, image))
            err.print(
                f"the camera's view is kept in {picture}",
                style="dim",
                markup=False,
                soft_wrap=True,
            )
        if page is not None:
            from pregrasp.jobs.teaching_page import open_teaching_page

            shown = open_teaching_page(
                teaching,
                port=page.port,
                allow_control=page.control,
                allow_motion=page.motion,
            )
            resources.enter_context(shown)
            say_where(shown.address)
        token = resources.enter_context(on_interrupt(teaching.leave))
        teaching.look()
        if sys.stdin.isatty():
            teach_by_keys(teaching)
        while not teaching.wait(LOOK):
            pass
    if token.cancelled and teaching.state.written is None:
        raise CancelledError("stopped on request; nothing was written")
    return teaching.state.written


@contextlib.contextmanager
def _kept_if_saved(teaching: Teaching, picture: Path) -> Iterator[Path]:
    """A picture that is there while a person teaches, and after it only if something was."""
    before = picture.exists()
    made = [folder for folder in picture.parents if not folder.exists()]
    try:
        yield picture
    finally:
        if teaching.state.written is None and not before:
            picture.unlink(missing_ok=True)
            for folder in made:
                with contextlib.suppress(OSError):  # somebody has put something there
                    folder.rmdir()


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(teach)

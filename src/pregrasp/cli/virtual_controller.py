"""``pregrasp virtual-controller``: an ABB controller that is not there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pregrasp.cli.console import err, out
from pregrasp.cli.interruption import cancel_on_interrupt

_LOOK_AGAIN = 3600.0


def virtual_controller(
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="TCP port; 0 takes a free one.")
    ] = 8080,
    egm_port: Annotated[
        int,
        typer.Option("--egm-port", min=1, max=65535, help="UDP port that EGM packets are sent to."),
    ] = 6510,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Address to listen at.")
    ] = "127.0.0.1",
    task: Annotated[
        str | None,
        typer.Option(
            "--task",
            metavar="TASK",
            help="Move the simulated cell's arm around this task's part; "
            "without it, an arm without mass in an empty room.",
            show_default=False,
        ),
    ] = None,
    faults: Annotated[
        Path | None,
        typer.Option(
            "--faults", metavar="FILE", help="YAML file of what goes wrong.", show_default=False
        ),
    ] = None,
    pace: Annotated[
        float,
        typer.Option("--pace", min=0.01, max=1000.0, help="Simulated seconds per real second."),
    ] = 1.0,
    camera: Annotated[
        str | None,
        typer.Option(
            "--camera",
            metavar="ADDRESS",
            help="With --task: show the simulated camera's pictures as a GigE Vision camera at "
            "this address of this computer, such as 127.0.0.1.",
            show_default=False,
        ),
    ] = None,
    unlimited: Annotated[
        bool, typer.Option("--unlimited", help="Answer more than 20 requests a second.")
    ] = False,
) -> None:
    """Serve an IRB 120 with an IRC5 controller and RobotWare 6 until Ctrl-C.

    It answers Robot Web Services 1.0 and runs motion programs, so that software for such a
    robot can be tried without one. Who logs in is "Default User" with ABB's own password.

    Examples:
    `pregrasp virtual-controller`

    `pregrasp virtual-controller --port 0 --task circuit_board`

    `pregrasp virtual-controller --faults emergency_stop.yaml`

    `pregrasp virtual-controller --task circuit_board --camera 127.0.0.1`
    """
    from pregrasp.jobs.virtual_controller import serve

    with serve(
        host=host,
        port=port,
        egm_port=egm_port,
        task=task,
        faults=faults,
        pace=pace,
        limited=not unlimited,
        camera=camera,
    ) as server:
        out.print(f"virtual controller at {server.url}", markup=False, highlight=False)
        out.print("user 'Default User', password 'robotics'; faults: /virtual/faults")
        if camera is not None:
            out.print(f"GigE Vision camera at {camera}", markup=False, highlight=False)
            err.print("its cell file: --cell virtual_irb120", style="dim")
        err.print("Ctrl-C ends it", style="dim")
        with cancel_on_interrupt(lambda: None) as token:
            while not token.wait(_LOOK_AGAIN):
                pass


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command("virtual-controller")(virtual_controller)

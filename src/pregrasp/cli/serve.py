"""``pregrasp serve``: a cell for a line, until it is told to stop."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import shutil
import signal
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pregrasp.cli.console import err, out

if TYPE_CHECKING:
    from pregrasp.line.production import Production
    from pregrasp.line.service import Addresses, Service

UNIT_FILE = "pregrasp.service"


def serve(
    cell: Annotated[
        str | None,
        typer.Option(
            "--cell",
            metavar="FILE",
            help="The cell's file, or the name of one that ships.",
            show_default=False,
        ),
    ] = None,
    task: Annotated[
        list[str] | None,
        typer.Option(
            "--task",
            metavar="TASK",
            help="What the line may ask for; may be given several times.",
            show_default=False,
        ),
    ] = None,
    service: Annotated[
        Path | None,
        typer.Option(
            "--service",
            metavar="FILE",
            help="The service's file: tasks, ports, policy. Without it everything is as usual.",
            show_default=False,
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state",
            metavar="DIR",
            help="Folder of the journal and the run log, instead of the file's.",
            show_default=False,
        ),
    ] = None,
    security: Annotated[
        Path | None,
        typer.Option(
            "--security",
            metavar="DIR",
            help="Folder of keys, certificates and users, instead of the file's.",
            show_default=False,
        ),
    ] = None,
    no_opcua: Annotated[bool, typer.Option("--no-opcua", help="No OPC UA server.")] = False,
    print_unit: Annotated[
        bool, typer.Option("--print-unit", help="Show the unit file for systemd and leave.")
    ] = False,
) -> None:
    """Serve a cell to a line: PackML over OPC UA, a page, run log, health and metrics.

    Nothing moves before a client resets and starts the unit. Ctrl-C, or SIGTERM, brings it to
    rest. Jobs are kept in a journal: what waits is done after a restart, what was running is
    never done twice.

    Examples:
    `pregrasp certificates server` and `pregrasp certificates client plc --role operator`, then

    `pregrasp serve --cell simulated --task circuit_board`

    `pregrasp serve --cell cell.yaml --service service.yaml`
    """
    if print_unit:
        program = Path(shutil.which("pregrasp") or sys.argv[0]).absolute()
        out.print(unit_text(program), markup=False, soft_wrap=True, end="")
        if program.is_relative_to("/home") or program.is_relative_to("/root"):
            err.print(
                f"{program} is in a home folder, which the unit hides from the service "
                "(ProtectHome). Install pregrasp elsewhere, for example in /opt/pregrasp.",
                style="yellow",
                markup=False,
                soft_wrap=True,
            )
        return
    if cell is None:
        raise typer.BadParameter("--cell FILE is needed: which cell is to be served?")
    _require_packages(no_opcua=no_opcua)
    from pregrasp.line.notify import Systemd
    from pregrasp.line.service import Service
    from pregrasp.line.service_file import ServiceFile, load_service

    chosen = ServiceFile() if service is None else load_service(service)
    if task:
        chosen = dataclasses.replace(chosen, tasks=tuple(task))
    if state is not None:
        chosen = dataclasses.replace(chosen, state=str(state.resolve()))
    if security is not None:
        chosen = dataclasses.replace(chosen, security=str(security.resolve()))
    if no_opcua:
        chosen = dataclasses.replace(chosen, opcua=None)
    _log_to_standard_error()
    asyncio.run(_serve(Service(cell, chosen, systemd=Systemd(), on_ready=_say_ready)))


def unit_text(program: Path) -> str:
    """The unit file for systemd.

    Args:
        program: The command ``pregrasp``, as an absolute path.
    """
    # To systemd % begins a specifier, and a space ends a word that has no quotes.
    word = str(program).replace("%", "%%")
    if " " in word:
        word = f'"{word}"'
    text = resources.files("pregrasp.line").joinpath(UNIT_FILE).read_text()
    return text.replace("@PREGRASP@", word)


async def _serve(service: Service) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await service.run(stop)


def _say_ready(addresses: Addresses, production: Production) -> None:
    if addresses.opcua is not None:
        err.print(f"opcua:   opc.tcp://localhost:{addresses.opcua}/pregrasp/", markup=False)
    err.print(f"health:  http://localhost:{addresses.web}/health", markup=False)
    err.print(f"metrics: http://localhost:{addresses.web}/metrics", markup=False)
    if addresses.page:
        err.print(f"page:    {addresses.page}", markup=False)
    for record in production.interrupted:
        err.print(f"interrupted: job {record.job_id}: its fate is unknown", style="yellow")
    waiting = production.journal.pending()
    state = production.unit.state.name.lower()
    err.print(f"ready: the unit is {state}, {waiting} jobs wait", markup=False)


def _log_to_standard_error() -> None:
    """Only a program may say where messages go, and this is one."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    )
    # Its warnings are about every client that behaves oddly; ours say what matters.
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.WARNING)


def _require_packages(*, no_opcua: bool) -> None:
    import importlib.util

    from pregrasp.line.errors import ServiceError

    wanted = ["aiohttp", "prometheus_client", "mcap", *([] if no_opcua else ["asyncua"])]
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    if missing:
        raise ServiceError(
            f"`pregrasp serve` needs {', '.join(missing)}, which is not installed. "
            "Install it: pip install 'pregrasp[service]'"
        )


def register(application: typer.Typer) -> None:
    """Add the command."""
    application.command()(serve)

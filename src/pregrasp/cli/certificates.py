"""``pregrasp certificates``: who may talk to a served cell."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from pregrasp.cli.console import err, out

if TYPE_CHECKING:
    from pregrasp.line.opcua.security import Role, SecurityFolder

application = typer.Typer(
    name="certificates",
    help="Make and manage what OPC UA clients log in with.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

Folder = Annotated[
    Path, typer.Option("--folder", metavar="DIR", help="Folder of keys, certificates and users.")
]
RoleName = Annotated[
    str,
    typer.Option(
        "--role",
        metavar="ROLE",
        help="`operator` looks and commands, `observer` looks.",
        show_default=False,
    ),
]
Days = Annotated[int, typer.Option("--days", min=1, max=36500, help="How long it holds.")]
ClientName = Annotated[str, typer.Argument(metavar="NAME", help="Of the client or user.")]
DEFAULT_FOLDER = Path("security")
DEFAULT_DAYS = 3650


@application.command()
def server(
    folder: Folder = DEFAULT_FOLDER,
    host: Annotated[
        list[str] | None,
        typer.Option(
            "--host",
            metavar="NAME",
            help="Name or address under which clients find the server; may be repeated.",
            show_default=False,
        ),
    ] = None,
    days: Days = DEFAULT_DAYS,
) -> None:
    """Make the server's own key and certificate.

    Example: `pregrasp certificates server --host cell1.plant.example --host 10.0.0.5`
    """
    security = _folder(folder)
    from pregrasp.line.opcua.certificates import make_server

    made = make_server(security, host, days)
    out.print(f"certificate: {made.certificate}", markup=False, soft_wrap=True)
    out.print(f"uri: {made.uri}", markup=False, soft_wrap=True)


@application.command()
def client(
    name: ClientName,
    role: RoleName,
    folder: Folder = DEFAULT_FOLDER,
    days: Days = DEFAULT_DAYS,
) -> None:
    """Make a client's key and certificate, and trust it.

    Example: `pregrasp certificates client plc --role operator`
    """
    security = _folder(folder)
    from pregrasp.line.opcua.certificates import make_client

    made = make_client(security, name, _role(role), days)
    out.print(f"certificate: {made.certificate}", markup=False, soft_wrap=True)
    out.print(f"key: {made.key}", markup=False, soft_wrap=True)
    out.print(f"uri: {made.uri}", markup=False, soft_wrap=True)
    err.print("Move the key to the client's machine; the server does not need it.", style="dim")


@application.command()
def trust(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A certificate, DER or PEM.")],
    role: RoleName,
    folder: Folder = DEFAULT_FOLDER,
) -> None:
    """Trust a certificate that a client brings along.

    Example: `pregrasp certificates trust panel.der --role observer`
    """
    security = _folder(folder)
    from pregrasp.line.opcua.certificates import trust

    out.print(f"trusted: {trust(security, file, _role(role))}", markup=False, soft_wrap=True)


@application.command()
def user(name: ClientName, role: RoleName, folder: Folder = DEFAULT_FOLDER) -> None:
    """Add a user, or give one a new password; it is asked for, or read from a pipe.

    A password counts only over the channel of a trusted certificate.

    Example: `pregrasp certificates user anna --role operator`
    """
    security = _folder(folder)
    chosen = _role(role)
    if sys.stdin.isatty():
        word = typer.prompt("password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        word = sys.stdin.readline().rstrip("\n")
    security.add_user(name, chosen, word)
    out.print(f"{name}: {chosen.value}", markup=False)


@application.command()
def remove(name: ClientName, folder: Folder = DEFAULT_FOLDER) -> None:
    """Trust a client or a user no longer; who is logged in stays until the connection ends.

    Example: `pregrasp certificates remove anna`
    """
    security = _folder(folder)
    from pregrasp.line.errors import ServiceError
    from pregrasp.line.opcua.security import Role

    removed = ["user"] if security.remove_user(name) else []
    for role in Role:
        file = security.trusted_folder(role) / f"{name}.der"
        if file.is_file():
            file.unlink()
            removed.append(f"certificate of an {role.value}")
    if not removed:
        raise ServiceError(f"nobody is called {name!r}. `pregrasp certificates list` shows all.")
    out.print(f"removed: {', '.join(removed)}", markup=False)


@application.command("list")
def list_all(folder: Folder = DEFAULT_FOLDER) -> None:
    """Show who may do what, and until when.

    Example: `pregrasp certificates list`
    """
    security = _folder(folder)
    from pregrasp.line.opcua.certificates import expiry

    table = Table(box=None, header_style="bold")
    for title in ("name", "kind", "role", "until"):
        table.add_column(title)
    if security.certificate.is_file():
        until = f"{expiry(security.certificate.read_bytes()):%Y-%m-%d}"
        table.add_row("(server)", "certificate", "", until)
    for trusted in security.trusted():
        until = f"{expiry(trusted.content):%Y-%m-%d}"
        table.add_row(trusted.name, "certificate", trusted.role.value, until)
    for name, role in security.user_roles().items():
        table.add_row(name, "password", role.value, "")
    out.print(table)


def _folder(folder: Path) -> SecurityFolder:
    if importlib.util.find_spec("cryptography") is None:
        from pregrasp.line.errors import ServiceError

        raise ServiceError(
            "certificates need the package 'cryptography', which is not installed. "
            "Install it: pip install 'pregrasp[opcua]'"
        )
    from pregrasp.line.opcua.security import SecurityFolder

    return SecurityFolder(folder)


def _role(name: str) -> Role:
    from pregrasp.line.opcua.security import Role

    try:
        return Role(name)
    except ValueError:
        raise typer.BadParameter(
            f"{name!r} is no role: {', '.join(role.value for role in Role)}"
        ) from None


def register(main: typer.Typer) -> None:
    """Add the commands."""
    main.add_typer(application)

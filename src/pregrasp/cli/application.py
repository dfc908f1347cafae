"""All commands under one name. Heavy modules are imported by the commands that need them."""

from __future__ import annotations

from typing import Annotated

import typer

from pregrasp.cli import (
    certificates,
    collect,
    demo,
    deploy,
    doctor,
    evaluate,
    grasp,
    models,
    reference,
    runs,
    serve,
    sweep,
    teach,
    train,
    trees,
    view,
    virtual_controller,
)

application = typer.Typer(
    name="pregrasp",
    help="Teach a robot arm one object, let it learn by itself, and grasp it.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        from importlib import metadata

        typer.echo(f"pregrasp {metadata.version('pregrasp')}")
        raise typer.Exit


@application.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and leave.", callback=_version),
    ] = False,
) -> None:
    """Teach a robot arm one object, let it learn by itself, and grasp it."""


for _command in (teach, collect, train, deploy, grasp, evaluate, sweep, view, demo, doctor):
    _command.register(application)
trees.register(application)
virtual_controller.register(application)
runs.register(application)
serve.register(application)
certificates.register(application)
models.register(application)
reference.register(application)

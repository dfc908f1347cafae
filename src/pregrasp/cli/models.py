"""``pregrasp models``: list, compare, promote, roll back, watch and refresh models."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pregrasp.cli import ERROR
from pregrasp.cli.asking import ask_before_moving
from pregrasp.cli.console import err, out, print_unbroken, progress_bars, stoppable
from pregrasp.cli.model_tables import (
    card_table,
    comparison_table,
    drift_text,
    history_table,
    model_table,
)
from pregrasp.cli.parameters import (
    CellName,
    DatasetFolder,
    JsonFile,
    Seed,
    TaskName,
    Yes,
    dataset_folder,
)
from pregrasp.cli.watching import LOG_FOLDER

if TYPE_CHECKING:
    from pregrasp.jobs.models.store import ModelStore

models = typer.Typer(
    help="List, compare, promote, roll back, watch and refresh the models of tasks.",
    invoke_without_command=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

ModelName = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="First digits of a model's name, or 'current'.",
        show_default=False,
    ),
]


@models.callback()
def list_models(
    context: typer.Context,
    task: Annotated[
        list[str] | None,
        typer.Option(
            "--task",
            metavar="TASK",
            help="Only of this task, which may be a path; may be repeated. By default all tasks "
            "of the library.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List, compare, promote, roll back, watch and refresh the models of tasks.

    Without a command the models are listed, the ones in use first.

    Example: `pregrasp models --task ./my_part`
    """
    if context.invoked_subcommand is not None:
        return
    from pregrasp.jobs.models.store import ModelStore
    from pregrasp.task import find_task, library

    stores = [ModelStore(find_task(name)) for name in task or library()]
    rows = [(store, card) for store in stores for card in store.cards()]
    if as_json:
        told = [{**card.to_json(), "in_use": card.name == s.current} for s, card in rows]
        typer.echo(json_format.dumps(told, indent=2))
        return
    if not rows:
        err.print("no model; make one with `pregrasp deploy`", style="yellow", markup=False)
        return
    out.print(model_table(rows))


@models.command()
def show(task: TaskName, model: ModelName = "current", as_json: AsJson = False) -> None:
    """Show what a model says about itself, and which models came before it.

    Example: `pregrasp models show circuit_board`
    """
    from pregrasp.jobs.models.card import ModelCard

    store = _store(task)
    card = ModelCard.read(store.find(model))
    if as_json:
        typer.echo(json_format.dumps({**card.to_json(), "says": card.description}, indent=2))
        return
    print_unbroken(card_table(card))
    changes = store.history()
    if changes:
        out.print(history_table(changes))


@models.command()
def compare(
    task: TaskName,
    first: ModelName,
    second: ModelName,
    dataset: DatasetFolder = None,
    json: JsonFile = None,
) -> None:
    """Ask two models about the same recorded captures: errors, agreement, differences.

    Example: `pregrasp models compare circuit_board current 3f2a90 --dataset datasets/new_light`
    """
    from pregrasp.jobs.models.compare import compare as job
    from pregrasp.jobs.results import write_json

    store = _store(task)
    folders = _model_folder(store, first), _model_folder(store, second)
    with stoppable() as token, progress_bars() as progress:
        result = job(
            store.task.task,
            folders,
            dataset_folder(dataset, store.task.task),
            report_progress=progress,
            token=token,
        )
    out.print(comparison_table(result))
    if json:
        write_json(json, result.to_json())
        out.print(f"figures: {json}", markup=False, soft_wrap=True)


@models.command()
def promote(task: TaskName, model: ModelName) -> None:
    """Let a kept model take over; the present one is kept.

    Example: `pregrasp models promote circuit_board 3f2a90c1d7be`
    """
    store = _store(task)
    before = store.current
    _say_change(store, before, store.promote(model))


@models.command()
def rollback(task: TaskName) -> None:
    """Let the model before the present one take over again.

    Example: `pregrasp models rollback circuit_board`
    """
    store = _store(task)
    before = store.current
    _say_change(store, before, store.roll_back())


@models.command()
def drift(
    task: TaskName,
    log: Annotated[Path, typer.Option("--log", metavar="DIR", help="Folder of the logs.")] = (
        LOG_FOLDER
    ),
    reference: Annotated[
        int, typer.Option(min=10, help="So many first runs with the model are what is normal.")
    ] = 50,
    refusal_rate: Annotated[
        float, typer.Option(min=0.001, max=0.5, help="Share of refusals that is accepted.")
    ] = 0.02,
    width: Annotated[
        float, typer.Option(min=0.5, max=10.0, help="Of the band of the agreement, in sigmas.")
    ] = 3.0,
    as_json: AsJson = False,
) -> None:
    """Warn while a cell drifts away from its model, before that turns into scrap.

    Reads the index of runs: an average of the agreement (EWMA), and a sum over the refusals
    (CUSUM), each against the first runs with this model. Ends with 1 if there is a warning.

    Example: `pregrasp models drift circuit_board || mail -s drift line@example.com`
    """
    from pregrasp.jobs.models.drift import DriftLimits, watch_drift
    from pregrasp.runlog.index import RunIndex

    store = _store(task)
    limits = DriftLimits(reference=reference, refusal_rate=refusal_rate, width=width)
    with RunIndex(log, create=False) as index:
        found = watch_drift(index.find(task=store.task.task), store.current, limits)
    if as_json:
        typer.echo(json_format.dumps(found.to_json(), indent=2))
    else:
        out.print(drift_text(found, task))
    if found.warns:
        raise typer.Exit(ERROR)


@models.command()
def refresh(
    task: TaskName,
    captures: Annotated[int, typer.Option("--captures", min=1, help="How many new pictures.")] = 60,
    dataset: DatasetFolder = None,
    json: JsonFile = None,
    cell: CellName = "simulated",
    yes: Yes = False,
    seed: Seed = 0,
) -> None:
    """Take a few new pictures and fit the model again; it takes over only if it is better.

    The network stays; the last inch and the limits of trust are renewed. Half of the new
    pictures are kept back and judge both models. The old one is kept for `models rollback`.

    Example: `pregrasp models refresh circuit_board --captures 60`
    """
    from pregrasp.hardware.cell_file import find_cell
    from pregrasp.jobs.cells import open_cell
    from pregrasp.jobs.models.refresh import refresh as job
    from pregrasp.jobs.results import write_json

    store = _store(task)
    found = store.task
    file = find_cell(cell)
    with (
        stoppable() as token,
        progress_bars() as report,
        open_cell(file, found, seed=seed) as devices,
    ):
        if not file.is_simulated:
            ask_before_moving(f"{file.cell} is about to take {captures} pictures.", yes=yes)
        result = job(
            found,
            devices,
            dataset_folder(dataset, found.task),
            captures,
            report_progress=report,
            token=token,
        )
    out.print(comparison_table(result.comparison))
    short = result.model[:12]
    if not result.better:
        words = f"{short} is not better, so the model in use stays; it is kept all the same"
    elif found.model is not None:
        words = f"{short} is better; the task names its model: write `model: {short}` and promote"
    else:
        words = f"{short} took over; `pregrasp models rollback {task}` brings the old one back"
    out.print(words, markup=False, soft_wrap=True)
    if json:
        write_json(json, result.to_json())
        out.print(f"figures: {json}", markup=False, soft_wrap=True)


def _store(task: str) -> ModelStore:
    from pregrasp.jobs.models.store import ModelStore
    from pregrasp.task import find_task

    return ModelStore(find_task(task))


def _model_folder(store: ModelStore, name: str) -> Path:
    """A model of the store, or any other folder with a model."""
    path = Path(name)
    return path if (path / "model.json").is_file() else store.find(name)


def _say_change(store: ModelStore, before: str, after: str) -> None:
    if before == after:
        words = f"{store.task.task}: {after[:12]} is in use already"
    else:
        words = f"{store.task.task}: {after[:12]} took over from {before[:12] or 'none'}"
    out.print(words, markup=False, soft_wrap=True)


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.add_typer(models, name="models")

"""What `collect` and `deploy` do when workers share many tasks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from pregrasp.cli import INTERRUPTED
from pregrasp.cli.console import out, progress_bars, say_error, stoppable
from pregrasp.cli.parameters import dataset_folder, with_captures

if TYPE_CHECKING:
    from pregrasp.hardware.cell_file import CellFile
    from pregrasp.jobs.fleet.learning import Learned
    from pregrasp.jobs.fleet.task_worker import Lesson


def is_shared(tasks: Sequence[str], workers: int, cluster: str | None) -> bool:
    """Whether other processes do the work."""
    return len(tasks) > 1 or workers > 1 or cluster is not None


def only_here(*, log: Path | None, terminal: bool, view: bool, report: Path | None) -> None:
    """Refuse what needs the work to be done in this process.

    Raises:
        BadParameter: Some of it is asked for.
    """
    if log or terminal or view or report:
        raise typer.BadParameter(
            "--log, --terminal, --view and --report need one task, --workers 1 and no --cluster"
        )


def give_lessons(
    names: Sequence[str],
    cell: CellFile,
    *,
    captures: int | None,
    datasets: Path | None,
    active: bool,
    seed: int,
    train: bool = False,
    models: Path | None = None,
) -> list[Lesson]:
    """What is to be learned; with several tasks, chosen folders hold one for each.

    Raises:
        BadParameter: The cell is a real one, or two tasks have one name.
        ConfigurationError: A task has faults.
    """
    from pregrasp.jobs.fleet.task_worker import Lesson
    from pregrasp.task import find_task

    if not cell.is_simulated:
        raise typer.BadParameter(f"{cell.cell} is a real cell: one task, no workers, no cluster")
    tasks = [with_captures(find_task(name), captures, active=active) for name in names]
    found = [task.task for task in tasks]
    twice = next((name for name in found if found.count(name) > 1), None)
    if twice is not None:
        raise typer.BadParameter(f"two tasks are called {twice!r}; their data sets would mix")

    def below(folder: Path | None, task: str) -> Path | None:
        return folder / task if folder is not None and len(tasks) > 1 else folder

    return [
        Lesson(
            task=task,
            cell=cell,
            dataset=dataset_folder(below(datasets, task.task), task.task),
            train=train,
            model=below(models, task.task),
            active=active,
            seed=seed,
        )
        for task in tasks
    ]


def learn_and_tell(
    lessons: Sequence[Lesson], *, workers: int, cluster: str | None, json: Path | None
) -> None:
    """Let workers learn, and write one table, or one file, with a row a task."""
    from pregrasp.jobs.fleet.learning import learn
    from pregrasp.jobs.results import write_json

    with stoppable() as token, progress_bars() as progress:
        learned = list(
            learn(
                lessons,
                workers=workers,
                cluster=cluster,
                report_progress=progress,
                token=token,
            )
        )
    order = {str(lesson.dataset): number for number, lesson in enumerate(lessons)}
    learned.sort(key=lambda each: order[str(each.lesson.dataset)])
    out.print(_table(learned))
    if json:
        write_json(json, {"tasks": [each.to_json() for each in learned]})
        out.print(f"figures: {json}", markup=False, soft_wrap=True)
    for each in learned:
        if each.error:
            say_error(f"{each.lesson}: {each.error}")
    if len(learned) < len(lessons):
        say_error(f"stopped after {len(learned)} of {len(lessons)} tasks; the same command goes on")
        raise typer.Exit(INTERRUPTED)
    if any(each.error for each in learned):
        raise typer.Exit(1)


def _table(learned: Sequence[Learned]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("task", no_wrap=True)
    for name in ("captures", "new", "robot min", "training min", "MB"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for each in learned:
        collection, made = each.outcome.collection, each.outcome.deployment
        counts = ("-", "-", "-")
        if collection is not None:
            minutes = f"{collection.robot_time / 60:.1f}"
            counts = (f"{collection.captures}", f"{collection.added}", minutes)
        sizes = ("-", "-")
        if made is not None:
            training = made.training
            sizes = (f"{training.duration / 60:.1f}", f"{training.model_bytes / 1e6:.2f}")
        table.add_row(f"{each.lesson}", *counts, *sizes, "failed" if each.error else "")
    return table

"""``pregrasp runs``: what was logged, found again and summed up."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pregrasp.cli.console import err, out
from pregrasp.cli.run_tables import record_table, run_lines, statistics_table
from pregrasp.cli.watching import LOG_FOLDER

if TYPE_CHECKING:
    from pregrasp.runlog.run_record import RunRecord

runs = typer.Typer(
    help="List, show, annotate, export and sum up logged runs.", invoke_without_command=True
)

Folder = Annotated[Path, typer.Option("--log", metavar="DIR", help="Folder of the logs.")]
RunName = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="Name of a run, the beginning or end of it, 'last', or the path of an MCAP file.",
        show_default=False,
    ),
]
Task = Annotated[str | None, typer.Option("--task", metavar="NAME", help="Only runs of this task.")]
Result = Annotated[
    str | None,
    typer.Option(
        "--result",
        metavar="RESULT",
        help="Only runs that ended so: success, refused, failure, cancelled, cut_short or "
        "unfinished.",
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="WHEN",
        help="Only runs since then: 2026-05-01, 2026-05-01T14:30, or an age such as 90m, 8h, 7d.",
    ),
]
Limit = Annotated[int | None, typer.Option("--limit", "-n", min=1, help="At most so many.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

RESULTS = ("success", "refused", "failure", "cancelled", "cut_short", "unfinished")
_AGES = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@runs.callback()
def list_runs(
    context: typer.Context,
    log: Folder = LOG_FOLDER,
    task: Task = None,
    result: Result = None,
    since: Since = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """List, show, annotate, export and sum up logged runs.

    Without a command the runs are listed, the latest first.

    Example: `pregrasp runs --task circuit_board --result refused --since 7d`
    """
    if context.invoked_subcommand is not None:
        return
    records = _find(log, task, result, since, limit)
    if as_json:
        typer.echo(json.dumps([record.to_json() for record in records], indent=2))
        return
    if not records:
        err.print("no such run", style="yellow")
        return
    for line in run_lines(records):
        out.print(line)


@runs.command()
def show(run: RunName, log: Folder = LOG_FOLDER, as_json: AsJson = False) -> None:
    """Show what is known of a run: how it ended, why, its estimates and its log.

    Example: `pregrasp runs show last`
    """
    from rich.text import Text

    from pregrasp.runlog.reader import RecordedRun
    from pregrasp.runlog.state import RunState

    record, files = _resolve(run, log)
    state = RunState()
    recorded = RecordedRun(files)
    for message in recorded.messages():
        state.apply(message)
    if as_json:
        told = {
            "index": record.to_json() if record else None,
            "tree": state.tree,
            "estimates": state.estimates,
            "lines": list(state.lines),
            "end": state.end,
        }
        typer.echo(json.dumps(told, indent=2))
        return
    if record is not None:
        out.print(record_table(record))
    if files:
        from pregrasp.viewer.terminal import draw_run

        for part in draw_run(state, 1000, out.width):
            out.print(part)
    if files and not recorded.complete:
        out.print(Text("the log breaks off: its process was killed, or is still at work", "yellow"))


@runs.command()
def note(
    run: RunName,
    text: Annotated[str, typer.Argument(help="What to remember; '' removes the note.")],
    log: Folder = LOG_FOLDER,
) -> None:
    """Write down what a person has to say about a run.

    Example: `pregrasp runs note last "part was oily"`
    """
    from pregrasp.runlog.index import RunIndex

    with RunIndex(log, create=False) as index:
        record = index.note(run, text)
    out.print(f"{record.id}: {record.note or 'no note'}", markup=False, soft_wrap=True)


@runs.command()
def repair(log: Folder = LOG_FOLDER) -> None:
    """Bring the index of runs in line with the logs beside it.

    Every command that logs into the folder does so when it starts. Runs under way are left
    alone. An index that is lost or damaged is made anew; a damaged one is kept beside it.

    Example: `pregrasp runs repair --log state/log`
    """
    from pregrasp.runlog.repair import repair_index

    found = repair_index(log)
    for sentence in found.sentences():
        out.print(sentence, markup=False, soft_wrap=True)
    if not any(found.sentences()):
        out.print("the index of runs and the logs agree")


@runs.command()
def feed(run: RunName, log: Folder = LOG_FOLDER) -> None:
    """Print a run for the viewer `py_trees_js`: a line of JSON for every tick.

    Example: `pregrasp runs feed last > run.jsonl`
    """
    from pregrasp.runlog.reader import RecordedRun
    from pregrasp.viewer.py_trees_js import feed as snapshots

    for line in snapshots(RecordedRun(_resolve(run, log)[1]).messages()):
        typer.echo(line)


@runs.command()
def export(
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write CSV.", show_default=False)
    ] = None,
    parquet: Annotated[
        Path | None,
        typer.Option("--parquet", metavar="FILE", help="Write Parquet.", show_default=False),
    ] = None,
    log: Folder = LOG_FOLDER,
    task: Task = None,
    result: Result = None,
    since: Since = None,
) -> None:
    """Write the index of runs as a table, one line a run.

    Example: `pregrasp runs export --since 30d --csv may.csv`
    """
    from pregrasp.runlog.export import write_csv, write_parquet

    if csv is None and parquet is None:
        raise typer.BadParameter("give --csv FILE or --parquet FILE")
    records = _find(log, task, result, since, None)
    for path, write in ((csv, write_csv), (parquet, write_parquet)):
        if path is not None:
            write(records, path)
            err.print(f"wrote {path}: {len(records)} runs", markup=False, soft_wrap=True)


@runs.command()
def stats(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN]...", help="Runs of one tree; all by default."),
    ] = None,
    log: Folder = LOG_FOLDER,
    task: Task = None,
    result: Result = None,
    since: Since = None,
    svg: Annotated[
        Path | None,
        typer.Option("--svg", metavar="FILE", help="Draw where the time goes.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Sum up runs node by node: ticks, ends, success rates, times.

    Example: `pregrasp runs stats --task circuit_board --since 7d --svg times.svg`
    """
    from pregrasp.runlog.reader import RecordedRun
    from pregrasp.runlog.statistics import Statistics
    from pregrasp.runlog.time_chart import draw_times

    if names:
        chosen = [_resolve(name, log)[1] for name in names]
    else:
        chosen = [record.files for record in _find(log, task, result, since, None)]
    statistics = Statistics()
    for files in chosen:
        if files:
            statistics.add(RecordedRun(files).messages())
    if not statistics.runs:
        err.print("no log of such a run", style="yellow")
        raise typer.Exit(1)
    if as_json:
        told = {"tree": statistics.tree, "runs": statistics.runs, "results": statistics.results}
        nodes = [node.to_json() for node in statistics.nodes.values()]
        typer.echo(json.dumps({**told, "nodes": nodes}, indent=2))
    else:
        out.print(statistics_table(statistics, out.width))
    if svg is not None:
        svg.parent.mkdir(parents=True, exist_ok=True)
        svg.write_text(draw_times(statistics), encoding="utf-8")
        err.print(f"wrote {svg}", markup=False, soft_wrap=True)


@runs.command("re-estimate")
def re_estimate(
    run: RunName,
    model: Annotated[
        Path, typer.Option("--model", metavar="DIR", help="Folder of the other model.")
    ],
    log: Folder = LOG_FOLDER,
) -> None:
    """Show what another model would have said to the pictures of a run.

    Example: `pregrasp runs re-estimate last --model ./new_model`
    """
    from rich.table import Table

    from pregrasp.frames import DEG, MM
    from pregrasp.jobs.re_estimate import second_opinions
    from pregrasp.perception.model import load_estimator
    from pregrasp.runlog.reader import RecordedRun

    recorded = RecordedRun(_resolve(run, log)[1])
    labels = next(iter(recorded.messages())).body.get("labels", {})
    estimator = load_estimator(model, labels.get("task", ""))
    table = Table("picture", "in the run", "other model", "apart [mm]", "apart [deg]", "confidence")
    for opinion in second_opinions(recorded.messages(pixels=True), estimator):
        apart, second = opinion.difference, opinion.second
        table.add_row(
            str(opinion.image),
            f"{opinion.first}{'' if opinion.first_trusted else ' not trusted'}",
            f"{second.motion}{'' if second.trusted else ' not trusted'}",
            f"{apart.translation / MM:.3f}",
            f"{apart.rotation / DEG:.3f}",
            f"{second.confidence:.2f}",
        )
    out.print(table)


def parse_since(text: str, now: datetime.datetime) -> datetime.datetime:
    """A moment, or an age before now.

    Args:
        text: ``2026-05-01``, ``2026-05-01T14:30``, ``90m``, ``8h``, ``7d`` or ``2w``.
        now: With a time zone; moments without one are of that zone.

    Raises:
        ValueError: It is none of these.
    """
    if text[-1:] in _AGES and text[:-1].isdigit():
        return now - datetime.timedelta(**{_AGES[text[-1]]: int(text[:-1])})
    moment = datetime.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)


def _find(
    log: Path, task: str | None, result: str | None, since: str | None, limit: int | None
) -> list[RunRecord]:
    from pregrasp.runlog.index import RunIndex

    if result is not None and result not in RESULTS:
        raise typer.BadParameter(f"--result {result}: expected one of {', '.join(RESULTS)}")
    moment = None
    if since is not None:
        try:
            moment = parse_since(since, datetime.datetime.now().astimezone())
        except (ValueError, OverflowError):
            raise typer.BadParameter(
                f"--since {since}: expected 2026-05-01, 2026-05-01T14:30, or 90m, 8h, 7d, 2w"
            ) from None
    with RunIndex(log, create=False) as index:
        return index.find(task=task, result=result, since=moment, limit=limit)


def _resolve(run: str, log: Path) -> tuple[RunRecord | None, tuple[Path, ...]]:
    """A run's line in the index, if it is named, and the files of its log."""
    from pregrasp.runlog.index import RunIndex
    from pregrasp.runlog.reader import run_files

    if run.endswith(".mcap"):
        return None, run_files(Path(run))
    with RunIndex(log, create=False) as index:
        record = index.get(run)
    return record, record.files


def register(application: typer.Typer) -> None:
    """Add the commands."""
    application.add_typer(runs, name="runs")

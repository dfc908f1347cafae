"""Episodes and evaluations as tables for people."""

from __future__ import annotations

from collections.abc import Iterable

from rich.table import Table
from rich.text import Text

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.jobs.episode import Episode, Verdict
from pregrasp.jobs.evaluate import Evaluation
from pregrasp.jobs.grasp_job import GraspResult
from pregrasp.jobs.results import Spread
from pregrasp.jobs.teaching_checks import Check

COLOURS = {Verdict.GRASPED: "green", Verdict.REFUSED: "yellow", Verdict.FAILED: "red"}


def verdict_text(episode: Episode) -> Text:
    """The verdict in its colour; what lies behind it follows in grey."""
    word = "lifted" if episode.verdict is Verdict.GRASPED else episode.verdict.value
    text = Text(word, style=COLOURS[episode.verdict])
    if episode.false_accept:
        text.append(" (false accept)", style="bold red")
    if episode.reason:
        text.append(f"  {episode.reason}", style="dim")
    return text


def move_table(episode: Episode, *, part_there: bool = True) -> Table:
    """The servo of one episode, picture by picture.

    Args:
        episode: What happened.
        part_there: Whether there was a part that the tool could be off from.
    """
    table = _servo_table(all(look.trusted for look in episode.looks))
    table.add_column("picture", justify="right")
    for name in ("true error mm", "deg", "estimate mm", "deg", "confidence", "compute ms"):
        table.add_column(name, justify="right")
    for number, look in enumerate(episode.looks):
        table.add_row(
            str(number),
            *(_sizes(look.error) if part_there else ("-", "-")),
            *_sizes(look.estimate),
            f"{look.confidence:.2f}" + ("" if look.trusted else " !"),
            f"{look.compute_time * 1e3:.1f}",
        )
    return table


def _servo_table(trusted: bool) -> Table:
    """An empty table of looks, which explains its mark where there will be one."""
    return Table(
        title="the servo, picture by picture",
        title_justify="left",
        caption=None if trusted else "!  the estimator did not trust its answer",
        caption_justify="left",
        box=None,
    )


def _sizes(motion: MotionCommand) -> tuple[str, str]:
    return f"{motion.translation / MM:.3f}", f"{motion.rotation / DEG:.3f}"


def check_table(checks: Iterable[Check]) -> Table:
    """What was found about a pose that a person shows."""
    table = Table(box=None, pad_edge=False, show_header=False)
    for check in checks:
        mark = Text("✓", "green") if check.good else Text("✗" if check.serious else "!", "red")
        table.add_row(mark, check.name, check.found, "" if check.good else check.remedy)
    return table


def estimate_table(result: GraspResult) -> Table:
    """The servo of one grasp on a real cell: what the model said, picture by picture."""
    table = _servo_table(all(estimate.trusted for estimate in result.estimates))
    table.add_column("picture", justify="right")
    for name in ("estimate mm", "deg", "confidence", "compute ms"):
        table.add_column(name, justify="right")
    for number, estimate in enumerate(result.estimates):
        table.add_row(
            str(number),
            *_sizes(estimate.motion),
            f"{estimate.confidence:.2f}" + ("" if estimate.trusted else " !"),
            f"{estimate.compute_time * 1e3:.1f}",
        )
    return table


def result_text(result: GraspResult) -> Text:
    """The verdict of one grasp on a real cell, and what lies behind it."""
    word = "lifted" if result.verdict is Verdict.GRASPED else result.verdict.value
    text = Text(word, style=COLOURS[result.verdict])
    if result.reason:
        text.append(f"  {result.reason}", style="dim")
    return text


def episode_table(episodes: Iterable[Episode]) -> Table:
    """One row for each episode: the true error at every picture of its servo."""
    table = Table(box=None, pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("error at each picture, mm / deg")
    table.add_column("moves", justify="right")
    table.add_column("robot s", justify="right")
    table.add_column("verdict")
    for episode in episodes:
        sizes = [
            f"{look.error.translation / MM:.2f}/{look.error.rotation / DEG:.2f}"
            for look in episode.looks
        ]
        table.add_row(
            str(episode.plan.index),
            " → ".join(sizes),
            str(episode.moves),
            f"{episode.robot_time:.1f}",
            verdict_text(episode),
        )
    return table


def evaluation_table(evaluation: Evaluation) -> Table:
    """The figures of an evaluation."""
    table = Table(box=None, pad_edge=False, show_header=True)
    for name in ("", "median", "p95", "p99", "max"):
        table.add_column(name, justify="left" if not name else "right")
    rows: tuple[tuple[str, Spread, int], ...] = (
        ("error of accepted, mm", evaluation.translation_mm, 3),
        ("error of accepted, deg", evaluation.rotation_deg, 3),
        ("moves", evaluation.moves, 1),
        ("compute a picture, ms", evaluation.compute_ms, 1),
        ("robot time, s", evaluation.robot_time, 1),
    )
    for name, spread, digits in rows:
        values = (spread.median, spread.p95, spread.p99, spread.max)
        table.add_row(name, *("-" if v is None else f"{v:.{digits}f}" for v in values))
    return table


def summary_line(evaluation: Evaluation) -> str:
    """How many episodes ended how."""
    total = len(evaluation.episodes)
    false_accepts = sum(episode.false_accept for episode in evaluation.episodes)
    return (
        f"{evaluation.task}, {evaluation.condition}: {total} episodes, "
        f"{evaluation.count(Verdict.GRASPED)} lifted, "
        f"{evaluation.count(Verdict.REFUSED)} refused, "
        f"{evaluation.count(Verdict.FAILED)} failed, {false_accepts} false accepts"
    )

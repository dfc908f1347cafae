"""Pictures of the simulated cell with their true motion commands, kept on disk.

For every episode of a condition there are two pictures of the same scene: ``far``, from where a
servo begins, and ``near``, from within 2 mm and 2 deg of the goal, where it ends. The part lies
somewhere else in every episode, at any angle, on a table that no training has seen. A run that
was interrupted goes on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pregrasp.cancellation import CancelToken
from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.hardware.errors import OutOfReachError
from pregrasp.jobs.episode import EpisodePlan, plan_episode
from pregrasp.jobs.simulated import find_condition, open_cell, simulated_object
from pregrasp.perception.dataset import PNG_FAST
from pregrasp.perception.estimator import Image
from pregrasp.perception.sampling import FINE, Distribution, draw
from pregrasp.task import Task

CONDITIONS = (
    "nominal", "dim", "bright", "ramp", "hard_shadow", "glare", "occluded_30", "occluded_60",
    "partial_view", "defocus", "part_variation",
)  # fmt: skip

RANGES = ("far", "near")


@dataclass(frozen=True)
class Picture:
    """One picture and what is true about it."""

    task: str
    condition: str
    range: str
    index: int
    motion: MotionCommand
    """The right answer: ``T_tool_pregrasp``."""
    path: Path

    def image(self) -> Image:
        """The picture, uint8 (1200, 1600)."""
        return np.asarray(cv2.imread(str(self.path), cv2.IMREAD_GRAYSCALE), np.uint8)


def pictures(
    task: Task,
    conditions: tuple[str, ...],
    episodes: int,
    seed: int,
    folder: Path,
    report: Callable[[str, int, int], None],
) -> list[Picture]:
    """All pictures of a task, drawn where they are not on disk yet."""
    labels = folder / task.task / f"labels_{seed}.jsonl"
    have = {(p.condition, p.range, p.index): p for p in _read(labels, task.task)}
    wanted = [(c, i) for c in conditions for i in range(episodes)]
    missing = [w for w in wanted if any((w[0], r, w[1]) not in have for r in RANGES)]
    if missing:
        labels.parent.mkdir(parents=True, exist_ok=True)
        with labels.open("a", encoding="utf-8") as lines:
            for done, picture in enumerate(_draw(task, missing, seed, labels.parent)):
                have[picture.condition, picture.range, picture.index] = picture
                lines.write(_line(picture) + "\n")
                lines.flush()
                report(f"draw {task.task}", (done + 1) // 2, len(missing))
    return [have[c, r, i] for c, i in wanted for r in RANGES]


def _draw(task: Task, missing: list[tuple[str, int]], seed: int, folder: Path) -> Iterator[Picture]:
    taught_part = simulated_object(task).placement
    with open_cell(task) as cell:
        for condition, index in missing:
            plan = plan_episode(task, index, seed, find_condition(condition), cell.arm.check)
            for name in RANGES:
                start = plan.start if name == "far" else _near(task, plan, seed)
                try:
                    cell.arm.check([start])
                except OutOfReachError:
                    start = plan.start
                cell.reset(
                    placement=plan.placement,
                    table_seed=plan.table_seed,
                    condition=plan.scene,
                    seed=plan.seed,
                    start=start,
                )
                image = cell.camera.capture(CancelToken())
                error = cell.truth.pregrasp_error(task.taught.pregrasp, taught_part)
                path = folder / f"{condition}_{seed}_{index:04d}_{name}.png"
                path.write_bytes(cv2.imencode(".png", image, PNG_FAST)[1].tobytes())
                yield Picture(task.task, condition, name, index, error.inverse(), path)


def _near(task: Task, plan: EpisodePlan, seed: int) -> Pose:
    taught = simulated_object(task).placement.inverse() @ task.taught.pregrasp.planar
    T_base_pregrasp = Pose.from_motion(plan.placement @ taught, task.taught.pregrasp.z)
    rng = np.random.default_rng([seed, plan.index, 7])
    return T_base_pregrasp @ draw(rng, FINE, Distribution.UNIFORM)


def _line(picture: Picture) -> str:
    motion = picture.motion
    return json.dumps(
        {
            "condition": picture.condition,
            "range": picture.range,
            "index": picture.index,
            "x_mm": motion.x / MM,
            "y_mm": motion.y / MM,
            "theta_deg": motion.theta / DEG,
            "file": picture.path.name,
        }
    )


def _read(labels: Path, task: str) -> Iterator[Picture]:
    if not labels.exists():
        return
    for line in labels.read_text(encoding="utf-8").splitlines():
        try:
            values = json.loads(line)
        except ValueError:
            continue  # torn by a killed run: drawn again
        yield Picture(
            task,
            values["condition"],
            values["range"],
            values["index"],
            MotionCommand(values["x_mm"] * MM, values["y_mm"] * MM, values["theta_deg"] * DEG),
            labels.parent / values["file"],
        )

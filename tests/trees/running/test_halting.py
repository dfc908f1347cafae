"""From any state of any library tree, an interrupt leaves everything at rest."""

from __future__ import annotations

import dataclasses
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_trees.common import Status

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MotionCommand, Pose
from pregrasp.hardware.capabilities import Image, PathShape
from pregrasp.perception.dataset import Card, Dataset
from pregrasp.perception.sampling import CaptureKind, Collection, Sample, plan
from pregrasp.skills import SKILLS
from pregrasp.skills.collection_plan import plan_missing
from pregrasp.skills.ideal_cell import IdealArm, IdealCamera, IdealCell, IdealEstimator
from pregrasp.skills.skill import Skill
from pregrasp.task import Task, find_task
from pregrasp.trees import RunControl, Runner, load_tree
from pregrasp.trees.files import library_folder
from pregrasp.trees.run import Run

NAMES = sorted(path.stem for path in library_folder().glob("*.yaml"))
TREES = {name: load_tree(name) for name in NAMES}
TASK = dataclasses.replace(
    find_task("circuit_board"), collection=Collection(captures=4, placements=2, anchors=1, seed=3)
)
SAMPLES = tuple(plan(TASK.collection, TASK.workspace))


class SlowArm(IdealArm):
    """Moves hang from a given one on, until they are cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.busy = 0
        self.left = 10**9

    def move(
        self,
        goals: Sequence[Pose],
        token: CancelToken,
        *,
        shape: PathShape = PathShape.JOINT,
        speed: float = 1.0,
    ) -> Pose:
        self.busy += 1
        self.left -= 1
        self.blocked = self.left < 0
        try:
            return super().move(goals, token, shape=shape, speed=speed)
        finally:
            self.busy -= 1


class SlowCamera(IdealCamera):
    def __init__(self, arm: IdealArm) -> None:
        super().__init__(arm)
        self.left = 10**9

    def capture(self, token: CancelToken) -> Image:
        self.left -= 1
        while self.left < 0:
            token.wait(0.01)
            token.raise_if_cancelled()
        return super().capture(token)


class SlowCell(IdealCell):
    """Counts who is at work, and hangs where it is told to."""

    arm: SlowArm
    camera: SlowCamera

    def __init__(self, part: Pose) -> None:
        super().__init__(part)
        self.arm = SlowArm()
        self.camera = SlowCamera(self.arm)


def counting(begun: Counter[str], finished: Counter[str]) -> dict[str, type[Skill]]:
    """Every skill, made to count."""

    def count(kind: type[Skill]) -> type[Skill]:
        def initialise(self: Skill) -> None:
            begun[self.path] += 1
            kind.initialise(self)

        def finish(self: Skill, status: Status) -> None:
            finished[self.path] += 1
            kind.finish(self, status)

        return type(kind.__name__, (kind,), {"initialise": initialise, "finish": finish})

    return {name: count(kind) for name, kind in SKILLS.items()}


def inputs_of(name: str, cell: IdealCell, task: Task, folder: Path) -> dict[str, Any]:
    pregrasp = task.taught.pregrasp
    values: dict[str, Any] = {
        "task": task,
        "estimator": IdealEstimator(cell, task.taught.approach, gain=0.8),
        "pregrasp": pregrasp,
        "start": pregrasp,
        "goal": pregrasp @ MotionCommand(0.01, 0.01, 1.0),
        "approach": task.taught.approach,
        "home": pregrasp,
        "place": pregrasp,
        "poses": (pregrasp,),
        "samples": SAMPLES,
        "starts": tuple(Sample(CaptureKind.SERVO, 0, each.motion) for each in SAMPLES[:3]),
        "plan": plan_missing(
            SAMPLES, task.collection, pregrasp, task.taught.approach, (), lambda poses: True
        ),
    }
    if "dataset" in TREES[name].inputs:
        card = Card(task=task.task, cell="ideal", image_width=40, image_height=30)
        values["dataset"] = Dataset.create(folder / "dataset", card)
    return {key: value for key, value in values.items() if key in TREES[name].inputs}


def settle(run: Run, cell: SlowCell) -> None:
    for node in run.nodes.values():
        node_settle = getattr(node, "settle", None)
        if node_settle is not None and cell.arm.left >= 0 and cell.camera.left >= 0:
            node_settle(0.2)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_an_interrupt_ends_every_skill_once_and_leaves_the_robot_at_rest(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    ticks = data.draw(st.integers(0, 120), label="ticks before the interrupt")
    lost = data.draw(st.sampled_from(["nothing", "arm", "camera"]), label="what hangs")
    after = data.draw(st.integers(0, 12), label="calls before it hangs")
    cell = SlowCell(TASK.taught.grasp @ MotionCommand(0.008, 0.004, 0.1))
    if lost == "arm":
        cell.arm.left = after
    if lost == "camera":
        cell.camera.left = after
    begun: Counter[str] = Counter()
    finished: Counter[str] = Counter()
    control = RunControl()
    inputs = inputs_of(name, cell, TASK, tmp_path_factory.mktemp("halt"))
    run = Runner(TREES[name], cell, inputs, skills=counting(begun, finished)).prepare(control)
    run.begin()
    done = False
    for _ in range(ticks):
        done = run.tick()
        if done:
            break
        settle(run, cell)
    if not done:
        control.interrupt()
        assert run.tick()
    result = run.end()
    assert begun == finished
    assert not [node for node in run.nodes.values() if node.status is Status.RUNNING]
    assert cell.arm.busy == 0
    assert result.succeeded or cell.stops >= 1
    workers = [thread for thread in threading.enumerate() if thread.name in run.nodes]
    for worker in workers:
        worker.join(10.0)  # one that has done its work may still be on its way out
    assert not [worker for worker in workers if worker.is_alive()]


def test_counting_sees_a_skill_that_is_not_finished() -> None:
    begun: Counter[str] = Counter()
    finished: Counter[str] = Counter()
    cell = SlowCell(TASK.taught.grasp)
    cell.arm.left = 0
    inputs = inputs_of("two_stage_grasp", cell, TASK, Path())
    skills = counting(begun, finished)
    run = Runner(TREES["two_stage_grasp"], cell, inputs, skills=skills).prepare()
    run.begin()
    for _ in range(5):
        run.tick()
        if cell.arm.left >= 0:
            settle(run, cell)
    assert begun != finished
    run.end()
    assert begun == finished

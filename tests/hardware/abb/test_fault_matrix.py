"""Every fault at every phase: the arm stands, the tree says why, nothing is lost, and it goes on.

The driver, the protocol and the controller are the real ones, over loopback. The arm has no
mass, and the camera and the estimator are stand-ins that know where the tool is, because
neither is the subject. ``python tests/hardware/abb/test_fault_matrix.py`` writes
docs/faults.md anew.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from pregrasp.cancellation import CancelToken
from pregrasp.frames import MM, MotionCommand, Pose
from pregrasp.hardware import errors, irb120
from pregrasp.hardware.abb.geometry import ToolFrame
from pregrasp.hardware.capabilities import Image
from pregrasp.hardware.device_cell import DeviceCell
from pregrasp.hardware.errors import HardwareError
from pregrasp.hardware.kinematics import forward, nearest
from pregrasp.hardware.virtual_controller.faults import ON_THE_WIRE, Fault, PlannedFault
from pregrasp.jobs.collect import collect
from pregrasp.jobs.errors import RunFailedError
from pregrasp.perception.dataset import Dataset
from pregrasp.perception.sampling import Collection
from pregrasp.skills.ideal_cell import IdealCamera, IdealEstimator
from pregrasp.task import Task, Taught
from pregrasp.trees import Runner, load_tree

HERE = Path(__file__).parent
TABLE: dict[str, Any] = yaml.safe_load((HERE / "faults.yaml").read_text(encoding="utf-8"))
PAGE = HERE.parents[2] / "docs" / "faults.md"

CASES = [(phase, fault) for phase, given in TABLE["phases"].items() for fault in given["faults"]]

PREGRASP = Pose(0.374, 0.055, 0.2)
APPROACH = Pose(0.0, -0.055, -0.12)
START = PREGRASP @ Pose(0.012, -0.008, 0.06)
TASK = Task(
    task="plate",
    taught=Taught(pregrasp=PREGRASP, approach=APPROACH),
    collection=Collection(captures=4, placements=1, anchors=1),
)
STANDSTILL = 0.1
"""Longest time from a fault to standstill, of modelled time [s]."""

LETS_THE_MOTION_END = {
    Fault.MASTERSHIP,
    Fault.FOREIGN_PROGRAM,
    Fault.OUT_OF_REACH,
    Fault.SINGULARITY,
    *ON_THE_WIRE,
} - {Fault.RESTART}
"""Faults that prevent the next motion, or only the talking."""

pytestmark = pytest.mark.slow


class Observed:
    """The tool as it really is; stands in for the arm that the ideal camera looks along."""

    def __init__(self, loopback: Any) -> None:
        self._mechanics = loopback.mechanics
        self._tool = ToolFrame(loopback.configuration.tool)

    def pose(self) -> Pose:
        return self._tool.tool_of(forward(self._mechanics.joints()))

    def put(self, pose: Pose) -> None:
        joints = nearest(self._tool.flange_of(pose), irb120.HOME)
        assert joints is not None
        self._mechanics.place(joints)


class WatchedCamera(IdealCamera):
    """A camera during whose first picture something goes wrong."""

    plan: PlannedFault | None = None
    inject: Any = None

    def capture(self, token: CancelToken) -> Image:
        plan, self.plan = self.plan, None
        if plan is not None:
            self.inject(plan)
        return super().capture(token)


@dataclass
class Part:
    """Where the tool must be to grasp it."""

    part: Pose = PREGRASP @ MotionCommand(0.006, -0.004, 0.05) @ APPROACH


class Rig:
    """A cell over loopback, and what may go wrong in it."""

    def __init__(self, loopback: Any, folder: Path) -> None:
        self.loopback = loopback
        self.folder = folder
        self.observed = Observed(loopback)
        self.camera = WatchedCamera(self.observed)  # type: ignore[arg-type]
        self.camera.inject = loopback.server.faults.inject
        self.cell = DeviceCell(
            "loopback",
            clock=loopback.clock,
            arm=loopback.arm,
            gripper=loopback.gripper,
            camera=self.camera,
            resources=ExitStack(),
        )
        self.estimator = IdealEstimator(Part(), APPROACH)  # type: ignore[arg-type]

    def run(self, phase: str) -> HardwareError | None:
        """Run the phase's tree from its start; the error that made it fail, if it did."""
        self.observed.put(START)
        if phase == "collecting":
            try:
                collect(TASK, self.cell, self.folder)
            except RunFailedError as failed:
                return _told(failed.__cause__, str(failed))
            return None
        inputs = {"task": TASK, "estimator": self.estimator}
        result = Runner(load_tree("two_stage_grasp"), self.cell, inputs=inputs).run()
        if result.failure is None:
            return None
        return _told(result.failure.cause, result.failure.reason)


def _told(cause: BaseException | None, reason: str) -> HardwareError:
    """The error of a device, whose words the tree repeats."""
    assert isinstance(cause, HardwareError), repr(cause)
    assert str(cause) in reason
    return cause


def planned(phase: str, fault: Fault) -> PlannedFault:
    """When a fault strikes, so that it is felt in a phase."""
    refused = fault in (Fault.OUT_OF_REACH, Fault.SINGULARITY)
    program = {"moving": 1, "approaching": 3, "collecting": 3}.get(phase)
    if program is not None:
        # A refusal is for the motion after the one in which it is asked for.
        program -= refused
        after = 0.0 if refused else 0.02 if phase == "collecting" else 0.2
        return PlannedFault(fault=fault, program=program or None, after=after)
    return PlannedFault(fault=fault, signal="doGripperClose" if phase == "gripping" else None)


@pytest.fixture
def rig(loopback: Any, tmp_path: Path) -> Rig:
    loopback.fingers.part = 80 * MM
    return Rig(loopback, tmp_path / "dataset")


@pytest.mark.parametrize(("phase", "name"), CASES, ids=[f"{p}-{f}" for p, f in CASES])
def test_the_arm_stands_the_tree_says_why_and_the_next_run_works(
    rig: Rig, phase: str, name: str
) -> None:
    fault, expected = Fault(name), TABLE["errors"][name]
    faults, interpreter = rig.loopback.server.faults, rig.loopback.virtual.interpreter
    before = len(faults.struck)
    plan = planned(phase, fault)
    if phase == "capturing":
        rig.camera.plan = plan
    else:
        faults.inject(plan)

    error = rig.run(phase)

    # The tree says what happened, to which device, and what to do.
    assert error is not None, "the tree took no notice"
    assert isinstance(error, getattr(errors, expected["error"])), repr(error)
    assert error.device in ("arm", "gripper")
    assert error.remedy
    for words in expected["says"]:
        assert words in str(error), str(error)

    # The arm stands still: at once when the fault ends motions, else after its one program.
    struck = faults.struck[before:]
    assert [kind for kind, _ in struck] == [fault]
    interpreter.join(5.0)
    assert not interpreter.running
    if fault not in LETS_THE_MOTION_END:
        assert rig.loopback.mechanics.last_moved - struck[0][1] <= STANDSTILL
    started, resting = interpreter.started, rig.loopback.mechanics.joints()

    # Nothing that was recorded is lost.
    kept = 0
    if phase == "collecting":
        kept = len(Dataset.open(rig.folder))
        assert kept >= 1

    # The fault is cleared, and the same thing works.
    assert interpreter.started == started
    assert rig.loopback.mechanics.joints() == resting
    faults.clear()
    assert rig.run(phase) is None
    if phase == "collecting":
        complete = Dataset.open(rig.folder)
        assert len(complete) > kept
        assert [record.index for record in complete.records] == list(range(len(complete)))


def test_there_are_at_least_forty_faults() -> None:
    assert len(CASES) >= 40
    assert len(set(CASES)) == len(CASES)


INTRODUCTION = """\
# What happens when something goes wrong

<!-- Written by tests/hardware/abb/test_fault_matrix.py; change faults.yaml there. -->

{cases} faults, each made to happen in the tests: through the ABB driver, the unmodified client
packages and the [virtual controller](virtual-controller.md), over loopback. For every one it is
checked that

- the tree fails with an error that names the device, the cause and what to do;
- the arm stands still within {limit:.0f} ms of modelled time where the fault ends motions (braking
  is modelled with 50 ms and one control step), and no other program is started;
- every picture that was recorded before is still there;
- after the fault is cleared, the same tree succeeds; a collection goes on where it stopped.

**What is not reached:** when the connection itself fails (half-open, disconnected, overload),
nothing on this side can stop the arm. It ends the one motion program that it has, and stands
still. Mastership, somebody else's program and a target that the controller refuses do not end a
motion either; they prevent the next.
"""


def page() -> str:
    """docs/faults.md."""
    lines = [INTRODUCTION.format(cases=len(CASES), limit=1e3 * STANDSTILL)]
    for phase, given in TABLE["phases"].items():
        lines += [
            f"## {phase.capitalize()}",
            "",
            f"The fault strikes {given['when']}.",
            "",
            "| fault | error | the message says, among other things |",
            "|---|---|---|",
        ]
        for name in given["faults"]:
            error = TABLE["errors"][name]
            said = "; ".join(f"“{words}”" for words in error["says"])
            lines.append(f"| {Fault(name).description} | `{error['error']}` | {said} |")
        lines.append("")
    return "\n".join(lines)


def test_the_page_is_that_of_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), f"run: python {Path(__file__).name}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

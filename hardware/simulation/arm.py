"""The simulated arm.

Where nothing can be touched a move is walked through in control steps without physics:
that is what makes a collection of hundreds of pictures quick. Close to the part, or with
something between the jaws, every millisecond is simulated and the motors have to do the
work; a jaw that lands on the part stops the arm as a real arm's motion supervision does.
Either way the move takes the time that the arm's speeds and accelerations ask for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.frames import Pose
from pregrasp.hardware import irb120, timing
from pregrasp.hardware.capabilities import PathShape
from pregrasp.hardware.errors import MotionError
from pregrasp.hardware.kinematics import Joints, flange_of, forward, nearest, tool_of
from pregrasp.hardware.planning import Planner
from pregrasp.hardware.simulation.accuracy import (
    RobotErrors,
    SmoothError,
    arrival_error,
    displaced,
)
from pregrasp.hardware.simulation.clock import SimulatedClock
from pregrasp.hardware.simulation.irb120_model import TOOL_LENGTH
from pregrasp.hardware.simulation.world import TIME_STEP, World
from pregrasp.hardware.timing import Numbers

SETTLING = 0.15
"""From the end of a move until the arm no longer rings [s]."""
CONTROL_STEP = 0.004
"""How often the controller looks at what it does [s]."""
PUSH_LIMIT = 25.0
"""Torque from touching things at which motion supervision stops the arm [N m]: about 60 N at
the tool."""

CARRYING = 0.4
"""Share of full speed of joint moves while something may be held."""

_PATIENCE = 10
"""Physics steps that a push must last to count, so that first contact may bounce."""
_BRAKING = 0.05

_STILL: Joints = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class SimulatedArm:
    """An ABB IRB 120 in the simulated world.

    Args:
        world: Where it stands.
        clock: What its moves add their time to.
        errors: How it misses.
        rng: Where the errors of single arrivals come from.
    """

    name = "arm"

    def __init__(
        self,
        world: World,
        clock: SimulatedClock,
        errors: RobotErrors,
        rng: np.random.Generator,
    ) -> None:
        self._world = world
        self._clock = clock
        self._errors = errors
        self._smooth = SmoothError(errors)
        self._rng = rng
        self._planner = Planner(self.name, lambda pose: flange_of(pose, TOOL_LENGTH))
        self._busy = threading.Lock()
        self._stops = 0
        # What the encoders should read, where the joints therefore really should be.
        self._commanded: Joints = irb120.HOME
        self._target: Joints = irb120.HOME
        self.occupied = False
        """Whether the jaws may hold something; set by the gripper."""

    @property
    def smooth_error(self) -> SmoothError:
        """The arm's absolute error, for judging results."""
        return self._smooth

    def pose(self) -> Pose:
        """``T_base_tool`` as the encoders report it."""
        return tool_of(forward(self.joints()), TOOL_LENGTH)

    def joints(self) -> Joints:
        """The joint angles as the encoders report them [rad]."""
        with self._world.lock:
            really = self._world.arm_joints()
            read = [
                c + r - t for c, r, t in zip(self._commanded, really, self._target, strict=True)
            ]
        return read[0], read[1], read[2], read[3], read[4], read[5]

    def check(self, goals: Sequence[Pose]) -> None:
        """Make sure that every pose can be reached, without moving.

        Raises:
            OutOfReachError: Names the first pose that cannot be reached, and why.
        """
        self._planner.check(goals, self._commanded)

    def configurations(self, goals: Sequence[Pose]) -> list[Joints]:
        """Where the joints are now, and where a joint move would bring them at each goal.

        Raises:
            OutOfReachError: Names the first pose that cannot be reached, and why.
        """
        return self._planner.configurations(goals, self._commanded)

    def tool_at(self, joints: Joints) -> Pose:
        """``T_base_tool`` with the joints at these angles [rad]."""
        return tool_of(forward(joints), TOOL_LENGTH)

    def move(
        self,
        goals: Sequence[Pose],
        token: CancelToken,
        *,
        shape: PathShape = PathShape.JOINT,
        speed: float = 1.0,
    ) -> Pose:
        """Travel through poses and stop at the last.

        Args:
            goals: ``T_base_tool`` of each way point, at least one.
            token: Cancelling it stops the arm.
            shape: Joint move or straight lines.
            speed: Share of the arm's full speed, in (0, 1].

        Returns:
            ``T_base_tool`` after the move, as the encoders report it.

        Raises:
            OutOfReachError: Before anything has moved.
            MotionError: The arm stopped elsewhere.
            CancelledError: The token was cancelled; the arm stands still.
        """
        if not goals:
            raise ValueError("a move needs at least one goal")
        if not 0.0 < speed <= 1.0:
            raise ValueError(f"speed is a share of full speed in (0, 1], not {speed}")
        with self._alone(), self._clock.working():
            token.raise_if_cancelled()
            stops = self._stops
            if self.occupied and shape is PathShape.JOINT:
                speed = min(speed, CARRYING)
            for stretch, goal in self._plan(goals, shape, speed):
                self._travel(stretch, self._arrival(goal, stretch.points[-1]), token, stops)
            self._settle(token, stops)
            return self.pose()

    def follow(self, stretch: timing.Stretch, token: CancelToken) -> None:
        """Move along a joint path that somebody else has planned, such as a controller.

        Args:
            stretch: From where the arm is; the tool is vertical at its end.
            token: Cancelling it stops the arm.

        Raises:
            MotionError: The arm stopped elsewhere.
            CancelledError: The token was cancelled; the arm stands still.
        """
        with self._alone(), self._clock.working():
            stops, end = self._stops, stretch.points[-1]
            self._travel(
                stretch, self._arrival(tool_of(forward(end), TOOL_LENGTH), end), token, stops
            )
            self._settle(token, stops)

    def servo(self, joints: Joints) -> None:
        """Go to a near configuration within one control step, missing it as the last one."""
        with self._alone(), self._clock.working():
            with self._world.lock:
                miss = [t - c for t, c in zip(self._target, self._commanded, strict=True)]
                q = [a + b for a, b in zip(joints, miss, strict=True)]
                self._commanded, self._target = joints, (q[0], q[1], q[2], q[3], q[4], q[5])
                if self._can_touch(self._target):
                    for _ in range(round(CONTROL_STEP / TIME_STEP)):
                        self._step(self._target, _STILL)
                else:
                    self._world.place_arm(self._target, refresh=self._clock.paced)
            self._clock.advance(CONTROL_STEP)

    def stop(self) -> None:
        """Bring the arm to rest where it is; safe to call from any thread at any time."""
        self._stops += 1

    def place(self, T_base_tool: Pose) -> None:
        """Put the arm at a pose without moving there, at the beginning of an episode.

        Raises:
            OutOfReachError: The pose cannot be reached.
        """
        with self._world.lock:
            self._commanded = self._planner.solve(T_base_tool, irb120.HOME, "the start")
            self._target = self._arrival(T_base_tool, self._commanded)
            self._world.place_arm(self._target)

    def reseed(self, rng: np.random.Generator) -> None:
        """Draw the errors of the coming arrivals from somewhere else."""
        self._rng = rng

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One motion at a time."""
        if not self._busy.acquire(blocking=False):
            raise MotionError(
                self.name, "is already moving.", "Wait for the first move to end, or stop it."
            )
        try:
            yield
        finally:
            self._busy.release()

    # --- planning ----------------------------------------------------------------------
    def _plan(
        self, goals: Sequence[Pose], shape: PathShape, speed: float
    ) -> list[tuple[timing.Stretch, Pose]]:
        """The joint path to every goal, found before anything moves."""
        plan = []
        joints, pose = self._commanded, tool_of(forward(self._commanded), TOOL_LENGTH)
        for number, goal in enumerate(goals, start=1):
            which = f"pose {number} of {len(goals)}"
            if shape is PathShape.JOINT:
                points = [joints, self._planner.solve(goal, joints, which)]
                duration = timing.joint_duration(points[0], points[-1], speed)
            else:
                points = self._planner.line(pose, goal, joints, which)
                duration = timing.linear_duration(pose, goal, speed)
            joints, pose = points[-1], goal
            plan.append((timing.Stretch(tuple(points), duration), goal))
        return plan

    def _arrival(self, goal: Pose, joints: Joints) -> Joints:
        """Where the joints really end up when they are sent to a goal."""
        error = displaced(self._smooth.at(goal), arrival_error(self._errors, self._rng))
        true = nearest(flange_of(displaced(goal, error), TOOL_LENGTH), joints)
        # Within a millimetre of the end of its reach the arm has no room to miss.
        return joints if true is None else true

    # --- moving ------------------------------------------------------------------------
    def _travel(
        self, stretch: timing.Stretch, arrival: Joints, token: CancelToken, stops: int
    ) -> None:
        """Follow a joint path; the miss at its start turns into the one at its end."""
        start_miss = [t - c for t, c in zip(self._target, self._commanded, strict=True)]
        end_miss = [t - c for t, c in zip(arrival, stretch.points[-1], strict=True)]
        start_misses, end_misses = np.array(start_miss), np.array(end_miss)

        def wanted(time: float) -> tuple[Joints, Joints, Joints]:
            q, v = stretch.at(time)
            share = timing.progress(time / stretch.duration) if stretch.duration else 1.0
            true = [
                a + (1.0 - share) * b + share * c
                for a, b, c in zip(q, start_miss, end_miss, strict=True)
            ]
            return q, (true[0], true[1], true[2], true[3], true[4], true[5]), v

        def targets(times: Numbers) -> tuple[Numbers, Numbers]:
            """The same for every step of the physics, without the cost of one after the other."""
            q, v = stretch.at_all(times)
            share = timing.progress_all(times / stretch.duration)[:, None]
            return q + (1.0 - share) * start_misses + share * end_misses, v

        time, physical = 0.0, False
        while time < stretch.duration:
            self._look(token, stops)
            ahead = min(time + CONTROL_STEP, stretch.duration)
            with self._world.lock:
                commanded, target, _ = wanted(ahead)
                if self._can_touch(target):
                    if not physical:
                        _, here, speeds_here = wanted(time)
                        self._world.launch_arm(here, speeds_here)
                        physical = True
                    steps = max(1, round((ahead - time) / TIME_STEP))
                    each = time + (ahead - time) * np.arange(1, steps + 1) / steps
                    for q, v in zip(*targets(each), strict=True):
                        self._step(q, v)
                else:
                    physical = False
                    self._world.place_arm(target, refresh=self._clock.paced)
                self._commanded, self._target = commanded, target
                pushed = physical and self._pushed >= _PATIENCE
            self._clock.advance(ahead - time)
            time = ahead
            if pushed:
                self._halt()
                goal = tool_of(forward(stretch.points[-1]), TOOL_LENGTH)
                raise MotionError(
                    self.name,
                    f"was blocked at {self.pose()} on the way to {goal}.",
                    "Something is in the way; look before it moves again.",
                )
        with self._world.lock:
            self._commanded, self._target = stretch.points[-1], arrival
            if physical:
                self._world.command_arm(arrival, _STILL)
            else:
                self._world.place_arm(arrival)

    def _settle(self, token: CancelToken, stops: int) -> None:
        """Wait until the arm no longer rings."""
        with self._world.lock:
            physical = self._can_touch(self._target)
        waited = 0.0
        while waited < SETTLING - 1e-9:
            self._look(token, stops)
            if physical:
                with self._world.lock:
                    for _ in range(round(CONTROL_STEP / TIME_STEP)):
                        self._world.step()
            step = min(CONTROL_STEP if physical else SETTLING, SETTLING - waited)
            self._clock.advance(step)
            waited += step
        with self._world.lock:
            self._world.refresh()

    _pushed = 0

    def _step(self, joints: npt.ArrayLike, speeds: npt.ArrayLike) -> None:
        self._world.command_arm(joints, speeds)
        self._world.step()
        self._pushed = self._pushed + 1 if self._world.push_on_arm() > PUSH_LIMIT else 0

    def _can_touch(self, joints: Joints) -> bool:
        """Whether physics must decide: something is held, is falling, or is near."""
        if self.occupied or self._world.part_moves():
            return True
        height = float(forward(joints)[2, 3]) - TOOL_LENGTH
        return height < self._world.contact_height

    def _look(self, token: CancelToken, stops: int) -> None:
        """Leave a move that somebody wants to end."""
        if token.cancelled:
            self._halt()
            raise CancelledError(f"{self.name}: cancelled on the way, at {self.pose()}")
        if self._stops != stops:
            self._halt()
            raise MotionError(self.name, f"was stopped on the way, at {self.pose()}.")

    def _halt(self) -> None:
        """Stay here."""
        with self._world.lock:
            here = self._world.arm_joints()
            read = [c + h - t for c, h, t in zip(self._commanded, here, self._target, strict=True)]
            self._commanded = (read[0], read[1], read[2], read[3], read[4], read[5])
            self._target = here
            self._pushed = 0
            if self._can_touch(here):
                self._world.command_arm(here, _STILL)
                for _ in range(round(_BRAKING / TIME_STEP)):
                    self._world.step()
            else:
                self._world.place_arm(here)
        self._clock.advance(_BRAKING)

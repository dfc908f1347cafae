"""The dialogue in which a person shows a robot an object: it asks and it tells.

Two front ends talk to one `Teaching`, also at the same time: the terminal
(`pregrasp.cli.teaching_keys`) and the page (`pregrasp.jobs.teaching_page`). What is asked for
is done on the thread that asks, one thing at a time; `stop` and `leave` are always open. What
happened is in `Teaching.state`, and whoever watches is told of every change.

Nothing is written before `save`. Whoever leaves finds the task's file as it was, and the robot
standing still.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pregrasp.cancellation import CancelledError, CancelToken
from pregrasp.errors import PregraspError
from pregrasp.frames import MM, Pose
from pregrasp.hardware.capabilities import Image
from pregrasp.hardware.guarded_cell import GuardedCell
from pregrasp.jobs.errors import TeachingError
from pregrasp.jobs.jog import DIRECTIONS, STEPS, jog_goal
from pregrasp.jobs.teach import (
    check_reach,
    plan_taught,
    rehearse,
    save_taught,
)
from pregrasp.jobs.teaching_checks import Check, check_approach, check_grasp, check_pregrasp
from pregrasp.jobs.teaching_state import OVER, Stage, TeachingState
from pregrasp.task import Task


class Teaching:
    """A dialogue; a context manager that leaves it and waits until the robot stands still.

    Args:
        cell: In mode teaching.
        task: What is taught: its workspace is checked.
        file: The task's file, which may be new.

    Raises:
        HardwareError: The arm does not tell where it is.
    """

    def __init__(self, cell: GuardedCell, task: Task, file: Path) -> None:
        self.cell = cell
        self.task = task
        self.file = file
        self._work = threading.Lock()
        self._camera = threading.Lock()
        # A watcher may look at the state while it is told of it.
        self._lock = threading.RLock()
        self._token = CancelToken()
        self._ended = threading.Event()
        self._watchers: list[Callable[[TeachingState], None]] = []
        self._viewers: list[Callable[[Image], None]] = []
        self._state = TeachingState(pose=cell.arm.pose())

    def __enter__(self) -> Teaching:
        return self

    def __exit__(self, *error: object) -> None:
        self.leave()
        with self._work:  # whatever was under way has stopped the arm and ended
            pass

    # --- It tells -------------------------------------------------------------------------

    @property
    def state(self) -> TeachingState:
        """How things are now."""
        return self._state

    @property
    def over(self) -> bool:
        """Whether the person has saved, or left."""
        return self._state.stage in OVER

    def wait(self, timeout: float) -> bool:
        """Wait until it is over, in real time [s].

        Returns:
            Whether it is.
        """
        return self._ended.wait(timeout)

    def on_change(self, watcher: Callable[[TeachingState], None]) -> None:
        """Have every new state told, on the thread that made it; must return at once."""
        with self._lock:
            self._watchers.append(watcher)

    def on_picture(self, viewer: Callable[[Image], None]) -> None:
        """Have every picture shown, uint8 (height, width), on the thread that took it."""
        with self._lock:
            self._viewers.append(viewer)

    def look(self) -> None:
        """Take a picture, and check the pose as it is unless something is under way."""
        stage = self._state.stage
        if stage in OVER:
            return
        checks: tuple[Check, ...] | None = None
        try:
            image = self._picture(CancelToken())
            pose = self.cell.arm.pose()
            if not self._state.at_work and stage is not Stage.FINISH:
                checks = self._examine(stage, pose, image)
            trouble = ""
        except PregraspError as error:
            pose, trouble = self._state.pose, str(error)
        with self._lock:
            same = self._state.stage is stage and not self._state.at_work
            told = {"checks": checks} if same and checks is not None else {}
            self._change(pose=pose, trouble=trouble, **told)

    # --- It asks --------------------------------------------------------------------------

    def set_step(self, step: float) -> None:
        """Choose how far a step of jogging goes.

        Args:
            step: One of `STEPS` [m].

        Raises:
            TeachingError: It is another one.
        """
        if step not in STEPS:
            known = ", ".join(f"{known / MM:g}" for known in STEPS)
            raise TeachingError(f"a step is one of {known} mm, not {step / MM:g}")
        self._change(step=step, message=f"step {step / MM:g} mm", good=True)

    def jog(self, direction: str) -> None:
        """Move one step.

        Args:
            direction: A key of `DIRECTIONS`, in the tool frame.

        Raises:
            TeachingError: There is no such direction, or something is under way.
        """
        if direction not in DIRECTIONS:
            raise TeachingError(f"a direction is one of {', '.join(DIRECTIONS)}")
        with self._working("moving") as token:
            goal = jog_goal(self.cell.arm.pose(), direction, self._state.step)
            self.cell.arm.move([goal], token)
            self._picture(token)

    def take_pregrasp(self) -> None:
        """The arm is in the pregrasp pose; it is taken if it passes its checks.

        Raises:
            TeachingError: Something is under way.
        """
        with self._working("checking") as token:
            image, pose = self._picture(token), self.cell.arm.pose()
            checks = self._examine(Stage.PREGRASP, pose, image)
            grasp = self._state.grasp
            if grasp is not None:
                checks += tuple(check_approach(self.cell, pose, grasp))
            self._take("pregrasp", pose, checks)

    def take_grasp(self) -> None:
        """The arm is in the grasp pose; it is taken if it passes its checks.

        Raises:
            TeachingError: Something is under way.
        """
        with self._working("checking"):
            if self._state.pregrasp is None:
                self._change(message="show the pregrasp pose first", good=False)
                return
            pose = self.cell.arm.pose()
            self._take("grasp", pose, self._examine(Stage.GRASP, pose, None))

    def rehearse(self) -> None:
        """Try the approach slowly, from the grasp pose, with open fingers.

        Raises:
            TeachingError: Something is under way.
        """
        with self._working("rehearsing") as token:
            poses = self._poses("rehearsed")
            if poses is not None:
                rehearse(self.cell, *poses, token)
                self._change(rehearsed=True, message="rehearsed", good=True)

    def save(self) -> None:
        """Write the task's file; the dialogue is over then.

        Raises:
            TeachingError: Something is under way.
        """
        with self._working("saving"):
            poses = self._poses("saved")
            if poses is None:
                return
            check_reach(self.cell.arm, *poses, self.task.workspace)
            with self._lock:  # whoever leaves now comes before the writing, or after it
                if not self.over:
                    written = save_taught(self.file, *poses)
                    self._change(stage=Stage.SAVED, written=written, message="saved", good=True)

    def stop(self) -> None:
        """Stop what is under way, if anything is; from any thread at any time."""
        self._token.cancel()

    def leave(self) -> None:
        """Stop what is under way and end the dialogue; nothing is written.

        From any thread at any time. After saving it changes nothing.
        """
        with self._lock:
            if not self.over:
                self._change(stage=Stage.LEFT, message="", good=True)
            token = self._token
        token.cancel()

    # --- How ------------------------------------------------------------------------------

    @contextmanager
    def _working(self, what: str) -> Iterator[CancelToken]:
        """One thing at a time; what goes wrong with it is told in the state."""
        if not self._work.acquire(blocking=False):
            raise TeachingError(f"{self._state.at_work or 'something'} is under way: wait, or stop")
        try:
            token = self._begin(what)
        except TeachingError:
            self._work.release()
            raise
        try:
            yield token
        except CancelledError:
            self._change(message="stopped", good=False)
        except PregraspError as error:
            self._change(message=str(error), good=False)
        finally:
            place = self._place()
            with self._lock:
                # Whoever hears that nothing is under way may ask for the next thing at once.
                self._work.release()
                self._change(at_work="", **place)

    def _begin(self, what: str) -> CancelToken:
        with self._lock:
            if self.over:
                raise TeachingError(f"the teaching is over: {self._state.stage.value}")
            self._token = CancelToken()
            self._change(at_work=what, message="", good=True)
            return self._token

    def _place(self) -> dict[str, Any]:
        try:
            return {"pose": self.cell.arm.pose()}
        except PregraspError as error:
            return {"trouble": str(error)}

    def _picture(self, token: CancelToken) -> Image:
        with self._camera:  # two threads may look; pictures are shown in their order
            image = self.cell.camera.capture(token)
            for viewer in tuple(self._viewers):
                viewer(image)
        return image

    def _examine(self, stage: Stage, pose: Pose, image: Image | None) -> tuple[Check, ...]:
        found: Iterable[Check] = ()
        if stage is Stage.PREGRASP and image is not None:
            found = check_pregrasp(self.cell, pose, image, self.task.workspace)
        elif self._state.pregrasp is not None:
            found = check_grasp(self.cell, self._state.pregrasp, pose)
        return tuple(found)

    def _take(self, name: str, pose: Pose, checks: tuple[Check, ...]) -> None:
        bad = [check.name for check in checks if check.serious and not check.good]
        if bad:
            refused = f"not taken as the {name} pose: {', '.join(bad)}"
            self._change(checks=checks, message=refused, good=False)
            return
        with self._lock:
            pregrasp = pose if name == "pregrasp" else self._state.pregrasp
            grasp = pose if name == "grasp" else self._state.grasp
            planned, stage = None, Stage.GRASP
            if pregrasp is not None and grasp is not None:
                planned, stage = plan_taught(self.file, pregrasp, grasp), Stage.FINISH
            if not self.over:
                self._change(
                    pregrasp=pregrasp,
                    grasp=grasp,
                    stage=stage,
                    checks=checks,
                    planned=planned,
                    rehearsed=False,
                    message=f"{name} pose: {pose}",
                    good=True,
                )

    def _poses(self, done: str) -> tuple[Pose, Pose] | None:
        """Both poses, or None once the person was told which one is missing."""
        pregrasp, grasp = self._state.pregrasp, self._state.grasp
        if pregrasp is not None and grasp is not None:
            return pregrasp, grasp
        missing = "pregrasp" if pregrasp is None else "grasp"
        self._change(message=f"not {done}: show the {missing} pose first", good=False)
        return None

    def _change(self, **changes: Any) -> None:
        with self._lock:
            changed = dataclasses.replace(self._state, **changes)
            if changed == self._state:
                return
            self._state = changed
            for watcher in tuple(self._watchers):
                watcher(changed)
            if changed.stage in OVER:
                self._ended.set()

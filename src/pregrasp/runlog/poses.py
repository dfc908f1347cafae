"""Where the tool is while a tree runs, asked for now and then on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pregrasp.frames import DEG, MM, Pose
from pregrasp.hardware.capabilities import Cell
from pregrasp.trees.events import (
    Event,
    LogLevel,
    LogWritten,
    PoseSampled,
    RunEnded,
    TreeStarted,
)

MOVED_TRANSLATION = 0.02 * MM
"""A tool that moved less than this since it was told is not told again [m]."""

MOVED_ROTATION = 0.02 * DEG
"""The same for turning [rad]."""


class PoseSampler:
    """An observer that adds `PoseSampled` to the stream while a tree runs.

    It asks the arm for its pose, which may take its time; the tree does not wait for it. An
    arm that cannot tell is not asked again in this run, and the log says so.

    Args:
        tell: Takes the events; must be good on any thread.
        period: Between two questions, in real time [s].
    """

    def __init__(self, tell: Callable[[Event], None], period: float = 0.05) -> None:
        self._tell = tell
        self._period = period
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __call__(self, event: Event) -> None:
        """Begin with a run, and end with it."""
        if isinstance(event, TreeStarted):
            self.close()
            self._stop = threading.Event()
            self._thread = threading.Thread(
                target=self._run, args=(event.cell, self._stop), name="pregrasp poses", daemon=True
            )
            self._thread.start()
        elif isinstance(event, RunEnded):
            self._stop.set()

    def close(self, timeout: float = 2.0) -> None:
        """End the thread.

        Args:
            timeout: Longest wait for an arm that does not answer, in real time [s].
        """
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout)
            self._thread = None

    def _run(self, cell: Cell, stop: threading.Event) -> None:
        told: Pose | None = None
        while not stop.is_set():
            try:
                pose = cell.arm.pose()
            except Exception as error:  # the arm's own skills report it where it matters
                text = f"the pose of {cell.arm.name} is not sampled any more: {error}"
                now = cell.clock.now()
                self._tell(LogWritten(time=now, level=LogLevel.WARNING, text=text))
                return
            if stop.is_set():
                return
            if told is None or _has_moved(told, pose):
                told = pose
                self._tell(PoseSampled(time=cell.clock.now(), T_base_tool=pose))
            stop.wait(self._period)


def _has_moved(before: Pose, now: Pose) -> bool:
    step = before.inverse() @ now
    return (
        max(step.planar.translation, abs(step.z)) > MOVED_TRANSLATION
        or step.planar.rotation > MOVED_ROTATION
    )

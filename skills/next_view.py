"""Take the next of several poses."""

from __future__ import annotations

from py_trees.common import Status

from pregrasp.frames import Pose
from pregrasp.skills.ports import Input, Output
from pregrasp.skills.registry import skill
from pregrasp.skills.skill import Condition


@skill()
class NextView(Condition):
    """Gives one pose of a list after the other; refuses when none is left.

    It begins anew whenever the loop around it starts.
    """

    views = Input(tuple[Pose, ...], "The poses.")
    view = Output(Pose, "The next of them.")

    def forget(self) -> None:
        """Begin with the first."""
        self._next = 0

    def check(self) -> Status:
        """Take one."""
        views = self.views
        if self._next >= len(views):
            return self.refuse(f"none of {len(views)} views is left")
        self.view = views[self._next]
        self._next += 1
        self.feedback_message = f"view {self._next} of {len(views)}"
        return Status.SUCCESS

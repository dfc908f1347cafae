"""Draw a random pose around another one."""

from __future__ import annotations

from pregrasp.frames import Pose
from pregrasp.perception.sampling import Distribution, Workspace, draw
from pregrasp.skills.ports import Input, Output
from pregrasp.skills.registry import skill
from pregrasp.skills.skill import Condition


@skill()
class SamplePose(Condition):
    """Draws one pose from a workspace around a pose, with the randomness of the run."""

    around = Input(Pose, "Centre of the workspace.")
    workspace = Input(Workspace, "How far the pose may be from it.")
    distribution = Input(Distribution, "How it is drawn.", default=Distribution.UNIFORM)
    pose = Output(Pose, "The pose that was drawn.")

    def check(self) -> bool:
        """Draw."""
        motion = draw(self.context.rng, self.workspace, self.distribution)
        self.feedback_message = f"{motion} from the centre"
        self.pose = self.around @ motion
        return True

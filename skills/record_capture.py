"""Add a picture to a data set."""

from __future__ import annotations

from pregrasp.cancellation import CancelToken
from pregrasp.perception.dataset import CaptureRecord, Dataset
from pregrasp.skills.action import Action
from pregrasp.skills.capture import Capture
from pregrasp.skills.collection_plan import PlannedCapture
from pregrasp.skills.ports import Input, Output
from pregrasp.skills.registry import skill


@skill()
class RecordCapture(Action):
    """Adds a picture to a data set; once it succeeds the picture is safe on the disk."""

    dataset = Input(Dataset, "Where the picture goes.")
    capture = Input(Capture, "The picture.")
    planned = Input(PlannedCapture, "What it was taken for.")
    record = Output(CaptureRecord, "The line that was added to the data set.")

    def work(self, token: CancelToken) -> None:
        """Write picture and line."""
        planned = self.planned
        self.record = self.dataset.append(
            self.capture.image,
            kind=planned.kind,
            group=planned.group,
            placement=planned.placement,
            T_base_tool=self.capture.T_base_tool,
            T_base_pregrasp=planned.T_base_pregrasp,
            time=self.capture.time,
        )
        self.feedback_message = f"{len(self.dataset)} pictures"

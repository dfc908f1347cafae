"""What another model would have said to the pictures of a run that is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.hardware.capabilities import Image
from pregrasp.jobs.errors import JobError
from pregrasp.perception.estimator import Estimate, Estimator
from pregrasp.runlog.message import Message
from pregrasp.runlog.values import encode_estimate, encode_votes


@dataclass(frozen=True, kw_only=True, slots=True)
class SecondOpinion:
    """Two answers to one picture."""

    time: float
    """When the first was given, by the cell's clock [s]."""
    image: int
    """Number of the picture."""
    first: MotionCommand
    """What was answered in the run."""
    first_trusted: bool
    """Whether the robot was allowed to use it."""
    second: Estimate
    """What the other model says."""

    @property
    def difference(self) -> MotionCommand:
        """From the first answer to the second, in the frame that the first leads to."""
        return self.first.inverse() @ self.second.motion


def re_estimate(messages: Iterable[Message], estimator: Estimator) -> Iterator[Message]:
    """The messages of a run, its estimates with the other model's answer in ``other``.

    Args:
        messages: Of the run, with the pictures as the camera took them.
        estimator: The other model.

    Raises:
        ImageError: A picture has a size that the model was not made for.
        JobError: The run asked for estimates, and its log has no picture as it was taken.
    """
    pictures: dict[int, Image] = {}
    asked = answered = 0
    for message in messages:
        if message.picture is not None and message.picture.pixels is not None:
            # An estimate is about the last picture or the one before.
            pictures = {
                **dict(list(pictures.items())[-3:]),
                message.picture.id: message.picture.pixels,
            }
        if message.type != "estimate":
            yield message
            continue
        asked += 1
        pixels = pictures.get(message.body["image"])
        if pixels is None:
            yield message
            continue
        answered += 1
        yield Message(body={**message.body, "other": _encoded(estimator.estimate(pixels))})
    if asked and not answered:
        raise JobError(
            "the run log has no pictures as the camera took them, so no model can be asked again"
        )


def second_opinions(messages: Iterable[Message], estimator: Estimator) -> Iterator[SecondOpinion]:
    """Every estimate of a run beside that of another model.

    Args:
        messages: Of the run, with the pictures as the camera took them.
        estimator: The other model.

    Raises:
        ImageError: A picture has a size that the model was not made for.
        JobError: The run asked for estimates, and its log has no picture as it was taken.
    """
    last: list[Estimate] = []

    class Kept:
        def estimate(self, image: Image) -> Estimate:
            last[:] = [estimator.estimate(image)]
            return last[0]

    for message in re_estimate(messages, Kept()):
        if "other" in message.body:
            motion = message.body["motion"]
            yield SecondOpinion(
                time=message.time,
                image=message.body["image"],
                first=MotionCommand(
                    motion["x_mm"] * MM, motion["y_mm"] * MM, motion["theta_deg"] * DEG
                ),
                first_trusted=message.body["trusted"],
                second=last[0],
            )


def _encoded(estimate: Estimate) -> dict[str, Any]:
    told = encode_estimate(estimate)
    if estimate.votes is not None:
        told["votes"] = encode_votes(estimate.votes)
    return told

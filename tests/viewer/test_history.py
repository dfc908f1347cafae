"""What a page that comes late gets, and what another model says to a run that is over."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from pregrasp.frames import MM, MotionCommand
from pregrasp.hardware.capabilities import Image
from pregrasp.jobs.errors import JobError
from pregrasp.jobs.re_estimate import re_estimate, second_opinions
from pregrasp.perception.estimator import Estimate
from pregrasp.runlog.images import Picture
from pregrasp.runlog.message import VERSION, Message
from pregrasp.viewer.history import History


def message(seq: int, kind: str, picture: Picture | None = None, **content: Any) -> Message:
    body = {"v": VERSION, "seq": seq, "t": seq / 10, "type": kind, **content}
    return Message(body=body, picture=picture)


def tree(run: str = "a") -> Message:
    return message(1, "tree", run=run, nodes=[{"id": 0}, {"id": 1}])


def tick(seq: int) -> Message:
    value = {"kind": "number", "value": seq, "text": str(seq)}
    return message(seq, "tick", n=seq, nodes=[[1, "R", f"tick {seq}"]], values={"t/n": value})


def picture(number: int, pixels: Image | None = None) -> Picture:
    return Picture(id=number, jpeg=b"x" * 100, width=4, height=3, pixels=pixels)


def test_what_is_forgotten_is_told_as_a_state() -> None:
    history = History(text=2000)
    history.add(tree())
    for seq in range(2, 200):
        history.add(tick(seq))
    told = [json.loads(text) for text in history.everything()]
    assert told[0]["type"] == "tree"
    assert sum(len(text) for text in history.everything()) < 3500
    seqs = [one["seq"] for one in told]
    assert seqs == sorted(seqs)
    assert told[-1]["seq"] == 199
    assert told[1]["nodes"] == [[1, "R", f"tick {told[1]['seq']}"]]
    assert told[1]["seq"] == told[2]["seq"] - 1, "nothing is missing in between"


def test_a_new_tree_drops_what_was_before() -> None:
    history = History()
    history.add(tree("a"))
    history.add(message(2, "image", picture(1), id=1))
    assert history.picture("a", 1) == b"x" * 100
    history.add(tree("b"))
    assert len(history.everything()) == 2, "the tree, and a state in which nothing has happened"
    assert history.picture("a", 1) is None
    assert history.picture("b", 1) is None


def test_the_oldest_pictures_go_first() -> None:
    history = History(pictures=1000)
    history.add(tree())
    for number in range(1, 31):
        history.add(message(number + 1, "image", picture(number), id=number))
    assert history.picture("a", 20) is None
    assert history.picture("a", 21) is not None


class Second:
    """Another model: its answer is the brightness of the picture, in millimetres."""

    def estimate(self, image: Image) -> Estimate:
        return Estimate(MotionCommand(float(image.mean()) * MM), 0.5, trusted=True)


def recorded(*, pixels: bool) -> list[Message]:
    messages = [tree()]
    for number in (1, 2):
        taken = np.full((3, 4), number, np.uint8) if pixels else None
        messages.append(message(2 * number, "image", picture(number, taken), id=number))
        motion = {"x_mm": 1.0, "y_mm": 0.0, "theta_deg": 0.0}
        messages.append(
            message(2 * number + 1, "estimate", image=number, motion=motion, trusted=True)
        )
    return messages


def test_another_model_answers_to_the_same_pictures() -> None:
    told = list(re_estimate(recorded(pixels=True), Second()))
    others = [one.body["other"]["motion"]["x_mm"] for one in told if "other" in one.body]
    assert others == pytest.approx([1.0, 2.0])
    assert [one.body["seq"] for one in told] == [1, 2, 3, 4, 5]
    opinions = list(second_opinions(recorded(pixels=True), Second()))
    assert [round(opinion.difference.x / MM, 6) for opinion in opinions] == [0.0, 1.0]


def test_a_log_without_pictures_as_they_were_taken_cannot_be_asked_again() -> None:
    with pytest.raises(JobError, match="no pictures as the camera took them"):
        list(re_estimate(recorded(pixels=False), Second()))

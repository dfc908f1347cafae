from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pregrasp.configuration import quantity
from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.perception.estimator import Estimate, Votes
from pregrasp.runlog.values import MOST_PARTS, MOST_VOTES, encode_value, encode_votes
from pregrasp.skills.capture import Capture


def test_numbers_are_told_in_the_unit_of_their_port() -> None:
    assert encode_value(0.0125, "mm") == {
        "kind": "number",
        "value": 12.5,
        "unit": "mm",
        "text": "12.5 mm",
    }


def test_poses_are_told_in_millimetres_and_degrees() -> None:
    told = encode_value(Pose(0.3, -0.1, 0.2, 90 * DEG))
    assert (told["x_mm"], told["y_mm"], told["z_mm"]) == (300.0, -100.0, 200.0)
    assert told["theta_deg"] == 90.0


def test_an_estimate_brings_its_size_and_its_bounds() -> None:
    estimate = Estimate(MotionCommand(3 * MM, 4 * MM, -2 * DEG), 0.8, True, "", 0.1 * MM)
    told = encode_value(estimate)
    assert told["motion"]["translation_mm"] == 5.0
    assert told["motion"]["rotation_deg"] == 2.0
    assert told["bound_translation_mm"] == 0.1
    assert told["bound_rotation_deg"] is None, "infinity is no JSON"


def test_the_heaviest_votes_are_told() -> None:
    weights = np.linspace(0.0, 1.0, 500, dtype=np.float32)
    points = np.stack([np.arange(500), np.arange(500)], axis=1).astype(np.float32)
    told = encode_votes(Votes(points, weights))
    assert len(told) == MOST_VOTES
    assert told[0] == [499.0, 499.0, 1.0]


def test_a_capture_is_told_without_its_pixels() -> None:
    told = encode_value(Capture(np.zeros((30, 40), np.uint8), Pose(), 1.5))
    assert told["image"] == {"width": 40, "height": 30}
    assert len(json.dumps(told)) < 500


class Secretive:
    """Something with a text that must not get into a log."""

    def __repr__(self) -> str:
        return "password"


def test_of_an_unknown_object_only_the_type_is_told() -> None:
    assert encode_value(Secretive()) == {"kind": "Secretive", "text": "Secretive"}
    assert "password" not in json.dumps(encode_value([Secretive()]))


@dataclass(frozen=True)
class Speed:
    fastest: float = quantity("mm_s", default=0.25)
    hidden: str = field(default="secret", repr=False)


def test_fields_of_a_dataclass_carry_their_units_and_hidden_ones_are_left_out() -> None:
    told = encode_value(Speed())
    assert told["fields"] == {
        "fastest_mm_s": {"kind": "number", "value": 250.0, "unit": "mm_s", "text": "250 mm_s"}
    }


@pytest.mark.parametrize(
    "value", [math.inf, -math.inf, math.nan, 10**5000], ids=["inf", "-inf", "nan", "large"]
)
def test_numbers_that_json_does_not_know_are_null(value: float) -> None:
    told = encode_value(value)
    assert told["value"] is None
    json.dumps(told, allow_nan=False)


def test_a_large_value_is_bounded() -> None:
    deep: Any = [[[list(range(50))] * 50] * 50] * 50
    assert len(json.dumps(encode_value(deep))) < MOST_PARTS * 400
    assert len(encode_value("x" * 10_000)["text"]) == 240


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.binary(),
        lambda children: (
            st.lists(children, max_size=30) | st.dictionaries(st.text(), children, max_size=30)
        ),
        max_leaves=60,
    )
)
def test_whatever_it_is_becomes_json_of_bounded_size(value: Any) -> None:
    told = encode_value(value)
    assert set(told) >= {"kind", "text"}
    assert len(json.dumps(told, allow_nan=False)) < MOST_PARTS * 3_000


def test_a_path_and_an_array_are_told_shortly() -> None:
    assert encode_value(Path("/a/b"))["value"] == "/a/b"
    assert encode_value(np.zeros((2, 3)))["shape"] == [2, 3]

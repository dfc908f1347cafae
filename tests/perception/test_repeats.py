"""Among the repeats of a pattern the best one is taken, and by how much it is the best is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest

from pregrasp.frames import MM, MotionCommand
from pregrasp.perception.image_map import ImageMap
from pregrasp.perception.last_inch import LastInch, Pyramid, Refined
from pregrasp.perception.marks import Look, Marks
from pregrasp.perception.repeats import MARKS_WEIGH, RepeatSearch

PITCH = MotionCommand(6 * MM)
NOTHING = Pyramid(np.zeros((8, 8), np.uint8))


def place(repeat: float, placed: float, agreeing: float = 0.6) -> Refined:
    motion = MotionCommand(repeat * PITCH.x)
    return Refined(motion, agreeing, placed, 0.0, 0.9, np.zeros((1, 2)), np.ones(1))


@dataclass
class Comb:
    """A stand-in for the last inch: how well each repeat stands is written down."""

    stands: dict[int, float]
    looked: list[int] = field(default_factory=list)

    def look_closely(self, pyramid: Pyramid, motion: MotionCommand) -> Refined:
        repeat = round(motion.x / PITCH.x)
        self.looked.append(repeat)
        return place(repeat, self.stands.get(repeat, 0.0))


class MarkAt:
    """A stand-in for marks: one, which is there at one repeat and contradicted elsewhere."""

    def __init__(self, repeat: int) -> None:
        self.repeat = repeat

    def look(self, pyramid: Pyramid, image_map: ImageMap, motion: MotionCommand) -> Look:
        there = round(motion.x / PITCH.x) == self.repeat
        return Look(total=1, shown=int(there), contradicted=int(not there))


def search(comb: Comb, image_map: ImageMap, marks: MarkAt | None = None) -> RepeatSearch:
    aliases = (PITCH, PITCH.inverse())
    return RepeatSearch(cast(LastInch, comb), image_map, aliases, cast("Marks | None", marks))


def settle(
    comb: Comb, image_map: Any, *starts: Refined, marks: MarkAt | None = None
) -> tuple[int, float]:
    chosen, margin = search(comb, image_map, marks).settle(NOTHING, starts)
    return round(chosen.motion.x / PITCH.x), margin


def test_a_place_that_stands_above_its_repeats_is_kept(image_map: ImageMap) -> None:
    comb = Comb({0: 0.8, 1: 0.3, -1: 0.4})
    repeat, margin = settle(comb, image_map, place(0, 0.8))
    assert repeat == 0
    assert margin == pytest.approx(0.4)


def test_a_part_is_followed_back_repeat_by_repeat(image_map: ImageMap) -> None:
    comb = Comb({0: 0.8, 1: 0.6, 2: 0.5, 3: 0.4, -1: 0.6})
    repeat, margin = settle(comb, image_map, place(3, 0.4))
    assert repeat == 0
    assert margin == pytest.approx(0.2)


def test_another_start_beyond_the_repeats_is_an_alternative_too(image_map: ImageMap) -> None:
    """Covered on one side, a grid fits as well four repeats on, with worse places between."""
    comb = Comb({0: 0.63, 4: 0.62})
    repeat, margin = settle(comb, image_map, place(4, 0.62))
    assert repeat == 4
    assert margin == pytest.approx(0.62)
    repeat, margin = settle(comb, image_map, place(4, 0.62), place(0, 0.63))
    assert repeat == 0
    assert margin == pytest.approx(0.01)


def test_a_mark_decides_between_places_that_stand_alike(image_map: ImageMap) -> None:
    comb = Comb({0: 0.5, 1: 0.5})
    assert settle(comb, image_map, place(0, 0.5))[1] == pytest.approx(0.0)
    repeat, margin = settle(comb, image_map, place(0, 0.5), marks=MarkAt(1))
    assert repeat == 1
    assert margin == pytest.approx(2 * MARKS_WEIGH)


def test_starts_at_one_place_are_searched_from_once(image_map: ImageMap) -> None:
    comb = Comb({0: 0.8})
    settle(comb, image_map, place(0, 0.8), place(0.01, 0.8), place(3, 0.0, agreeing=0.0))
    assert sorted(comb.looked) == [-1, 1]

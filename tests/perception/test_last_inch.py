"""Local predictors find back from a few millimetres to a hundredth of one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.last_inch import LastInch, Pyramid
from pregrasp.perception.training.last_inch import Labelled, LevelPlan, fit_levels

PLANS = (
    LevelPlan(shrink=4, side=12, patches=24, range=3.0, near=100.0, examples=900),
    LevelPlan(shrink=1, side=16, patches=32, range=0.6, near=100.0, examples=900),
)


def motions(count: int, seed: int) -> list[MotionCommand]:
    rng = np.random.default_rng(seed)
    rows = rng.uniform(-1, 1, (count, 3)) * (4 * MM, 4 * MM, 6 * DEG)
    return [MotionCommand(float(x), float(y), float(theta)) for x, y, theta in rows]


@pytest.fixture(scope="module")
def mask(camera: Any) -> Any:
    inside = np.zeros(camera.size[::-1], np.uint8)
    inside[100:260, 120:360] = 255
    return inside


@pytest.fixture(scope="module")
def last_inch(camera: Any, image_map: Any, mask: Any) -> LastInch:
    captures = [Labelled(camera.take(m, seed=i), m) for i, m in enumerate(motions(40, 1))]
    taught = camera.take(MotionCommand())
    levels = fit_levels(captures, image_map, taught, mask, np.random.default_rng(0), PLANS)
    return LastInch(levels, image_map)


def off_after(last_inch: LastInch, image: Any, true: MotionCommand) -> tuple[float, float, float]:
    refined = last_inch.refine(Pyramid(image), true @ MotionCommand(2 * MM, -2 * MM, 2 * DEG))
    off = refined.motion.inverse() @ true
    return off.translation / MM, off.rotation / DEG, refined.agreeing


@pytest.mark.slow
def test_it_finds_back_from_three_millimetres(camera: Any, last_inch: LastInch) -> None:
    for i, motion in enumerate(motions(8, 2)):
        translation, rotation, agreeing = off_after(last_inch, camera.take(motion, seed=i), motion)
        assert translation < 0.03
        assert rotation < 0.1
        assert agreeing > 0.6


@pytest.mark.slow
def test_another_table_changes_nothing(camera: Any, last_inch: LastInch) -> None:
    motion = motions(1, 3)[0]
    image = camera.take(motion, table_seed=77, seed=5)
    translation, _, agreeing = off_after(last_inch, image, motion)
    assert translation < 0.03
    assert agreeing > 0.6


@pytest.mark.slow
def test_half_of_the_light_changes_little(camera: Any, last_inch: LastInch) -> None:
    motion = motions(1, 4)[0]
    image = (camera.take(motion, seed=5) * 0.5).astype(np.uint8)
    assert off_after(last_inch, image, motion)[0] < 0.05


@pytest.mark.slow
def test_a_covered_half_is_not_heard(camera: Any, last_inch: LastInch) -> None:
    motion = motions(1, 5)[0]
    image = camera.take(motion, seed=5)
    covered = image.copy()
    covered[:, 250:] = camera.take(motion, empty=True, table_seed=8)[:, 250:]
    whole = off_after(last_inch, image, motion)
    translation, _, agreeing = off_after(last_inch, covered, motion)
    assert translation < 0.1
    assert 0.2 < agreeing < 0.8 * whole[2]


@pytest.mark.slow
def test_an_empty_table_agrees_with_nothing(camera: Any, last_inch: LastInch) -> None:
    image = camera.take(MotionCommand(), empty=True)
    assert off_after(last_inch, image, MotionCommand())[2] < 0.2


def test_a_part_without_structure_is_refused(camera: Any, image_map: Any, mask: Any) -> None:
    blank = np.full(camera.size[::-1], 128, np.uint8)
    with pytest.raises(TrainingError, match="too little structure"):
        fit_levels(
            [Labelled(blank, MotionCommand())] * 20,
            image_map,
            blank,
            mask,
            np.random.default_rng(0),
            PLANS,
        )

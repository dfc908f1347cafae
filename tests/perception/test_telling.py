"""Patches that agree where the part is not tell little."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from tests.perception.conftest import fitted_map
from tests.perception.test_model_estimator import repeating, trained

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.image_map import ImageMap
from pregrasp.perception.last_inch import LastInch, Pyramid
from pregrasp.perception.training.last_inch import Labelled
from pregrasp.perception.training.telling import LEAST, weigh_by_mirror, weigh_by_repeats


def symmetrical(camera: Any) -> Any:
    """A camera over a part whose left half is its right half in the mirror, but for one stripe."""
    other = copy.copy(camera)
    other.turn, other.mount = 0.0, np.array([0.0, -0.03])
    other._rotation = np.eye(2)
    part = camera._part.copy()
    # The middle of the taught picture lies at (479.5, 419.5) of the texture.
    right = part[:, 480:960]
    part[:, :480] = right[:, ::-1]
    part[400:440, 360:460] = camera._part[400:440, 0:100]
    other._part = part
    return other


def captures(camera: Any) -> list[Labelled]:
    motions = [MotionCommand(i * MM, -i * MM, i * DEG) for i in range(-3, 4)]
    return [Labelled(camera.take(m, seed=i), m) for i, m in enumerate(motions)]


@pytest.mark.slow
def test_what_is_the_same_in_the_mirror_says_less_than_what_is_not(camera: Any) -> None:
    camera = symmetrical(camera)
    flat = fitted_map(camera)
    model = replace(trained(camera, flat), landmarks=None, aliases=())
    seen = [camera.take(MotionCommand(0.1 * i * MM), seed=i) for i in range(10)]
    weighed = weigh_by_mirror(model, seen)
    finest = weighed[-1]
    pixels = flat.pixels(finest.centres)
    stripe = np.abs(pixels - (170.0, 180.0)) < (40.0, 16.0)
    odd = stripe.all(axis=1) | (np.abs(pixels - (309.0, 180.0)) < (40.0, 16.0)).all(axis=1)
    assert odd.any()
    assert not odd.all()
    assert finest.telling[odd].mean() > finest.telling[~odd].mean() + 0.3
    assert ((finest.telling >= LEAST) & (finest.telling <= 1.0)).all()
    # The part in the mirror has less to show for itself then.
    mirror = Pyramid(np.ascontiguousarray(camera.take(MotionCommand())[:, ::-1]))
    before = LastInch(model.levels, flat).look_closely(mirror, MotionCommand())
    after = LastInch(weighed, flat).look_closely(mirror, MotionCommand())
    assert after.agreeing < before.agreeing - 0.1


@pytest.mark.slow
def test_the_end_of_a_pattern_says_more_than_its_middle(camera: Any, image_map: ImageMap) -> None:
    camera = repeating(camera)
    grid = trained(camera, image_map)
    finest = weigh_by_repeats(grid, captures(camera))[-1]
    outline = camera.outline.astype(np.float32)
    inward = np.array(
        [
            cv2.pointPolygonTest(outline, (float(u), float(v)), True)
            for u, v in image_map.pixels(finest.centres)
        ]
    )
    end, middle = finest.placing[inward < 20], finest.placing[inward > 45]
    assert len(end)
    assert len(middle)
    assert end.mean() > middle.mean() + 0.2
    assert (finest.telling == 1.0).all()
    # One repeat further on, where much of the pattern agrees, the part stands worse by it.
    picture = Pyramid(camera.take(MotionCommand()))
    plain = replace(finest, placing=np.ones(len(finest.centres)))
    here, there, unweighed = (
        LastInch((*grid.levels[:-1], level), image_map).look_closely(picture, motion).placed
        for level, motion in (
            (finest, MotionCommand()),
            (finest, grid.aliases[0]),
            (plain, grid.aliases[0]),
        )
    )
    assert here > there + 0.2
    assert there < unweighed - 0.05

from __future__ import annotations

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pregrasp.documents import ConfigurationError
from pregrasp.frames import MM
from pregrasp.hardware.simulation.specification import Component, Generator, Part, Texture
from pregrasp.hardware.simulation.textures.look import Look, PartVariation
from pregrasp.hardware.simulation.textures.maker import make_look
from pregrasp.hardware.simulation.textures.table_top import TILE_PIXELS, table_top


def part(generator: Generator, seed: int = 1) -> Part:
    texture = Texture(generator=generator, seed=seed)
    return Part(length=80 * MM, width=60 * MM, thickness=4 * MM, texture=texture)


def look(generator: Generator, seed: int = 1, variation: PartVariation | None = None) -> Look:
    return make_look(part(generator, seed), Path(), variation)


def likeness(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8]) -> float:
    """Correlation of two pictures at the camera's resolution."""
    small = [
        cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (560, 420)).ravel().astype(float)
        for image in (first, second)
    ]
    return float(np.corrcoef(small)[0, 1])


@pytest.mark.parametrize("generator", Generator)
def test_one_seed_always_makes_the_same_part(generator: Generator) -> None:
    first, again = look(generator), look(generator)
    assert np.array_equal(first.top, again.top)
    assert first.solids == again.solids


@pytest.mark.parametrize("generator", Generator)
def test_seeds_make_clearly_different_parts(generator: Generator) -> None:
    assert likeness(look(generator, 1).top, look(generator, 2).top) < 0.6


@pytest.mark.parametrize("generator", Generator)
def test_solids_stand_on_the_part_and_stay_below_ten_millimetres(generator: Generator) -> None:
    for seed in range(1, 5):
        for solid in look(generator, seed).solids:
            outline = np.abs(solid.outline())
            assert outline[:, 0].max() <= 40.01 * MM
            assert outline[:, 1].max() <= 30.01 * MM
            assert 0.4 * MM <= solid.height <= 9.0 * MM


@pytest.mark.parametrize("generator", Generator)
def test_an_individual_keeps_the_layout_and_differs_in_details(generator: Generator) -> None:
    designed, individual = look(generator), look(generator, variation=PartVariation(seed=3))
    assert not np.array_equal(designed.top, individual.top)
    assert likeness(designed.top, individual.top) > 0.75
    assert set(individual.solids) <= set(designed.solids)


def test_a_board_misses_some_components_when_its_individual_does() -> None:
    bare = look(Generator.CIRCUIT_BOARD, variation=PartVariation(seed=3, missing_share=1.0))
    assert len(bare.solids) < len(look(Generator.CIRCUIT_BOARD).solids) - 20


def test_components_of_the_task_stand_on_a_generated_part() -> None:
    block = Component(x=10 * MM, y=-5 * MM, length=8 * MM, width=4 * MM, height=6 * MM, grey=0.9)
    made = make_look(dataclasses.replace(part(Generator.PLAIN_PLATE), components=(block,)), Path())
    assert [solid.height for solid in made.solids] == [6 * MM]
    rows, columns = made.top.shape[:2]
    at = made.top[round(rows * (0.5 + 5 / 60)), round(columns * (0.5 + 10 / 80))]
    assert at.min() > 215


@pytest.mark.parametrize("generator", Generator)
def test_small_and_large_parts_can_be_drawn(generator: Generator) -> None:
    for length, width in ((20, 20), (140, 100)):
        sized = dataclasses.replace(part(generator), length=length * MM, width=width * MM)
        made = make_look(sized, Path())
        assert max(made.top.shape) <= 2048
        assert made.top.shape[1] / made.top.shape[0] == pytest.approx(length / width, rel=0.01)


def photographed(image: str) -> Part:
    return dataclasses.replace(part(Generator.PLAIN_PLATE), texture=Texture(image=Path(image)))


def test_a_photo_is_found_beside_the_task_and_keeps_its_corners(tmp_path: Path) -> None:
    photo = np.full((300, 400, 3), 90, np.uint8)
    photo[:60, :80] = (30, 60, 200)  # blue, green, red: top left is red
    cv2.imwrite(str(tmp_path / "top.png"), photo)
    top = make_look(photographed("top.png"), tmp_path).top
    assert top[20, 20].tolist() == [200, 60, 30]
    assert top[-20, -20].tolist() == [90, 90, 90]


def test_a_missing_photo_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.png.*cannot be opened"):
        make_look(photographed("nowhere.png"), tmp_path)


def test_a_damaged_photo_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture at all")
    with pytest.raises(ConfigurationError, match=r"broken\.png.*not a picture"):
        make_look(photographed("broken.png"), tmp_path)


def test_a_thumbnail_is_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "tiny.png"), np.zeros((20, 30, 3), np.uint8))
    with pytest.raises(ConfigurationError, match=r"30 x 20 px; at least 64 px"):
        make_look(photographed("tiny.png"), tmp_path)


@pytest.mark.parametrize("seed", range(6))
def test_table_tops_close_without_a_seam(seed: int) -> None:
    grey = table_top(seed).mean(axis=2)
    assert grey.shape == (TILE_PIXELS, TILE_PIXELS)
    for turned in (grey, grey.T):
        steps = np.abs(np.diff(turned, axis=0)).mean(axis=1)
        seam = np.abs(turned[0] - turned[-1]).mean()
        assert seam <= 1.1 * steps.max()


def test_table_tops_differ_from_seed_to_seed() -> None:
    tops = [table_top(seed) for seed in range(8)]
    assert np.array_equal(tops[3], table_top(3))
    for first in range(8):
        for second in range(first):
            assert likeness(tops[first], tops[second]) < 0.5

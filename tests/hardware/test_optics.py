from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pregrasp.hardware.simulation.optics import Lens, Sensor, draw_lens

SIZE = (400, 300)
PLAIN = Lens(distortion=0.0, vignetting=0.0, blur=0.5, centre=(0.0, 0.0))


def sensor(lens: Lens = PLAIN, seed: int = 0) -> Sensor:
    return Sensor(SIZE, lens, np.random.default_rng(seed))


def flat(level: int) -> npt.NDArray[np.uint8]:
    return np.full((300, 400, 3), level, np.uint8)


def test_every_picture_has_noise_of_its_own() -> None:
    taking = sensor()
    first, second = taking.expose(flat(120)), taking.expose(flat(120))
    difference = first.astype(float) - second
    assert 1.5 < difference.std() / np.sqrt(2.0) < 2.5
    assert first.mean() == pytest.approx(120.0, abs=0.1)


def test_one_seed_gives_the_same_pictures() -> None:
    assert np.array_equal(sensor(seed=4).expose(flat(90)), sensor(seed=4).expose(flat(90)))


def test_noise_grows_with_light() -> None:
    taking = sensor()
    assert taking.expose(flat(20)).std() < taking.expose(flat(220)).std() - 0.5


def test_pictures_stand_upright() -> None:
    drawn = flat(40)
    drawn[:100] = 200  # the lowest rows of OpenGL come first
    picture = sensor().expose(drawn)
    assert picture[:150].mean() < 60
    assert picture[250:].mean() > 180


def test_too_much_light_saturates() -> None:
    picture = sensor().expose(flat(200), gain=2.0)
    assert picture.min() == 255


def test_defocus_spreads_an_edge() -> None:
    drawn = flat(40)
    drawn[:, 200:] = 200
    sharp, soft = sensor().expose(drawn), sensor().expose(drawn, blur=4.0)
    rise = [int(((p[100:200].mean(axis=0) > 60) & (p[100:200].mean(axis=0) < 180)).sum())
            for p in (sharp, soft)]  # fmt: skip
    assert rise[0] <= 2
    assert rise[1] >= 6


def test_vignetting_darkens_the_corners_only() -> None:
    lens = Lens(distortion=0.0, vignetting=0.3, blur=0.5, centre=(0.0, 0.0))
    picture = sensor(lens).expose(flat(150))
    assert picture[140:160, 190:210].mean() == pytest.approx(150, abs=1)
    assert picture[:10, :10].mean() == pytest.approx(150 * 0.7, abs=3)


@pytest.mark.parametrize("distortion", [-0.006, 0.006])
def test_distortion_moves_the_corners_and_never_looks_past_the_drawing(distortion: float) -> None:
    drawn = flat(0)
    cv2.circle(drawn, (60, 50), 8, (255, 255, 255), -1)
    lens = Lens(distortion=distortion, vignetting=0.0, blur=0.5, centre=(0.0, 0.0))
    places = []
    for used in (PLAIN, lens):
        rows, columns = np.nonzero(sensor(used).expose(drawn) > 128)
        places.append((columns.mean(), rows.mean()))
    shift = np.hypot(places[1][0] - places[0][0], places[1][1] - places[0][1])
    assert 0.1 < shift < 2.0
    lit = sensor(lens).expose(flat(200))
    assert lit[:2].mean() == pytest.approx(200, abs=1)


def test_light_and_glare_are_stretched_over_the_picture() -> None:
    ramp = np.tile(np.linspace(0.5, 1.5, 20, dtype=np.float32), (15, 1))
    glare = np.zeros((15, 20), np.float32)
    glare[7, 10] = 200.0
    picture = sensor().expose(flat(100), light=ramp, glare=glare)
    assert picture[20:40, :20].mean() == pytest.approx(51, abs=3)
    assert picture[20:40, -20:].mean() == pytest.approx(149, abs=3)
    assert picture[150, 210] > 250


def test_lenses_differ() -> None:
    assert draw_lens(np.random.default_rng(1)) != draw_lens(np.random.default_rng(2))

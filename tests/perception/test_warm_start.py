"""A short training goes on from the weights of the one before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pregrasp.perception.errors import TrainingError
from pregrasp.perception.training.warm_start import WarmStart


def test_weights_come_back_in_their_order(tmp_path: Path) -> None:
    file = tmp_path / "rounds" / "weights.npz"
    weights = tuple(np.full(k + 1, k, np.float32) for k in range(12))
    WarmStart(None, file).keep(weights)
    again = WarmStart(file, tmp_path / "next.npz").weights()
    assert [w.tolist() for w in again] == [w.tolist() for w in weights]


def test_without_weights_a_training_begins_anew(tmp_path: Path) -> None:
    assert WarmStart(None, tmp_path / "w.npz").weights() == ()
    assert WarmStart(tmp_path / "none.npz", tmp_path / "w.npz").weights() == ()


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    file = tmp_path / "weights.npz"
    WarmStart(None, file).keep((np.zeros(1000),))
    file.write_bytes(file.read_bytes()[:700])
    with pytest.raises(TrainingError, match=r"weights\.npz.*damaged.*Delete the file"):
        WarmStart(file, file).weights()


PROGRAM = """
import numpy as np
from pregrasp.frames import MotionCommand
from pregrasp.perception.cells import COLUMNS, ROWS
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.network import Network
from pregrasp.perception.training import votes
from pregrasp.perception.training.augmentation import Example
from pregrasp.perception.training.loop import train_network

class Grey:
    def example(self, **_):
        return Example(np.zeros((120, 160), np.float32), MotionCommand(), np.ones((120, 160)))

places = np.random.default_rng(0).uniform(-9, 9, (ROWS * COLUMNS, 2)).astype(np.float32)
start = tuple(w + 0.25 for w in votes.build(places).get_weights())
model, _ = train_network(
    Grey(), Network(steps=1, batch=1), places, lambda *_: None, start
)
first = model.get_weights()[0]
print("moved", float(np.abs(first - start[0]).max()) < 0.05)
try:
    train_network(Grey(), Network(steps=1, batch=1), places, lambda *_: None, start[:3])
except TrainingError as error:
    print(error)
"""


@pytest.mark.slow
def test_a_network_goes_on_from_the_weights_it_is_given() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert "moved True" in ended.stdout, ended.stderr[-2000:]
    assert "weights of another network" in ended.stdout

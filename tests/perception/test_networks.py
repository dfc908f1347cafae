"""Both architectures convert to TensorFlow Lite with built-in operations and say the same.

In a process of its own: TensorFlow and a GL context in one process crash, and other tests
of this session draw.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pregrasp.perception.cells import COLUMNS, ROWS
from pregrasp.perception.network_input import HEIGHT, WIDTH
from pregrasp.perception.tflite_network import TfliteNetwork

PROGRAM = """
import sys
from pathlib import Path
import keras
import numpy as np
from pregrasp.perception.training import fully_connected, votes
from pregrasp.perception.training.export import export
from pregrasp.perception.cells import COLUMNS, ROWS

keras.utils.set_random_seed(1)
rng = np.random.default_rng(0)
places = rng.uniform(-9, 9, (ROWS * COLUMNS, 2)).astype(np.float32)
model = votes.build(places) if sys.argv[1] == "votes" else fully_connected.build()
pictures = rng.normal(0, 1, (3, 120, 160, 1)).astype(np.float32)
Path(sys.argv[2]).write_bytes(export(model, pictures))
"""


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["votes", "fully_connected"])
def test_an_architecture_runs_as_tensorflow_lite(architecture: str, tmp_path: Path) -> None:
    file = tmp_path / "network.tflite"
    command = [sys.executable, "-c", PROGRAM, architecture, str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    picture = np.random.default_rng(1).normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    answer = TfliteNetwork(file.read_bytes()).answer(picture)
    assert answer.motion.shape == (4,)
    assert np.isfinite(answer.motion).all()
    if architecture == "votes":
        assert answer.cells is not None
        assert answer.cells.shape == (ROWS * COLUMNS, 3)
        assert 0.0 <= answer.motion[3] <= 1.0
    else:
        assert answer.cells is None
        assert answer.motion[3] == 1.0

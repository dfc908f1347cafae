"""The paper's network says layer by layer what torchvision's says, converts, and learns.

In a process of its own, as every test with TensorFlow. The golden values were made once with
torchvision itself, from weights that are seeded by their names.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pregrasp.frames import MotionCommand
from pregrasp.perception.network_input import PAPER_SIDE, paper_crop
from pregrasp.perception.tflite_network import TfliteNetwork

GOLDEN = Path(__file__).parent / "golden" / "googlenet_layers.json"

PROGRAM = """
import json, pickle, sys, zipfile, zlib
from pathlib import Path
import keras
import numpy as np
from pregrasp.frames import MotionCommand
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.image_map import ImageMap, Observation, move_points
from pregrasp.perception.network import Architecture, Network
from pregrasp.perception.sampling import Workspace
from pregrasp.perception.training import checkpoint, pretrained
from pregrasp.perception.training.export import export
from pregrasp.perception.training.googlenet import head, joined, trunk
from pregrasp.perception.training.paper_loop import PaperExamples, train_paper_network

out = Path(sys.argv[1])
found = {}

def seeded(name, shape):
    values = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape)
    if name.endswith("running_var"):
        values = 0.5 + 0.2 * np.abs(values)
    elif name.endswith("bn.weight"):
        values = 1 + 0.1 * values
    elif name.endswith(("bias", "running_mean")):
        values = 0.1 * values
    else:
        values = values * np.sqrt(2 / np.prod(shape[1:]))
    return values.astype(np.float32)

network = trunk()
tensors = {"fc.weight": np.zeros((2, 2), np.float32)}
for layer in network.layers:
    if layer.name.endswith(".conv"):
        h, w, i, o = layer.weights[0].shape
        tensors[layer.name + ".weight"] = seeded(layer.name + ".weight", (o, i, h, w))
    elif layer.weights:
        for name in pretrained.NORMALISATION:
            key = f"{layer.name}.{name}"
            tensors[key] = seeded(key, tuple(layer.weights[0].shape))
        tensors[layer.name + ".num_batches_tracked"] = np.zeros((), np.int64)
pretrained.read_checkpoint = lambda path: dict(tensors)
found["taken"] = pretrained.load_pretrained(network, Path("w.pth"))

names = list(json.loads(Path(sys.argv[2]).read_text())["layers"])
layers = [network.get_layer(n + ".relu" if n.startswith("conv") else n).output for n in names]
x = np.random.default_rng(0).uniform(-1, 1, (1, 224, 224, 1)).astype(np.float32)
answers = keras.Model(network.input, layers)(x, training=False)
found["layers"] = {}
for name, answer in zip(names, answers):
    flat = np.asarray(answer).ravel()
    found["layers"][name] = {
        "shape": list(answer.shape), "mean": float(flat.mean()), "std": float(flat.std()),
        "values": [float(flat[i]) for i in np.linspace(0, flat.size - 1, 8).astype(int)],
    }

def refused(change):
    changed = dict(tensors)
    change(changed)
    pretrained.read_checkpoint = lambda path: changed
    try:
        pretrained.load_pretrained(network, Path("w.pth"))
    except TrainingError as error:
        return str(error)
    return ""

found["missing"] = refused(lambda t: t.pop("inception4a.branch1.bn.bias"))
found["more"] = refused(lambda t: t.update({"layer1.0.conv1.weight": np.zeros(3)}))
found["shape"] = refused(lambda t: t.update({"conv2.conv.weight": np.zeros((64, 32, 1, 1))}))
pretrained.read_checkpoint = lambda path: dict(tensors)

# A flat camera whose pixels are half a millimetre; four captures of noise.
size, rng = (400, 300), np.random.default_rng(1)
plane = lambda p: (p - (199.5, 149.5)) * 5e-4
pixel = lambda x: x / 5e-4 + (199.5, 149.5)
taught = rng.uniform((40, 40), (360, 260), (60, 2))
motions = [MotionCommand(*map(float, rng.uniform(-0.01, 0.01, 2)), float(t)) for t in
           rng.normal(0, 0.1, 12)]
image_map = ImageMap.fit(
    size, [Observation(m, taught, pixel(move_points(m, plane(taught)))) for m in motions], 1
)
captures = [(rng.integers(0, 255, (300, 400)).astype(np.uint8), m) for m in motions[:4]]
examples = PaperExamples(captures, image_map, Workspace(), np.random.default_rng(2))
pictures, labels = examples.batch(3)
found["example"] = [list(pictures.shape), list(labels.shape), float(np.abs(pictures).max())]

wanted = dict(architecture=Architecture.GOOGLENET, steps=2, batch=2, time_limit=60.0)
try:
    train_paper_network(examples, Network(**wanted, frozen_trunk=True), lambda s, w: None)
except TrainingError as error:
    found["frozen"] = str(error)
import pregrasp.perception.training.paper_loop as paper_loop
paper_loop.EXAMPLES = 6
paper_loop.TOLD = 1
frozen = Network(**wanted | {"steps": 6}, frozen_trunk=True, pretrained=Path("w.pth"))
whole, curve, card = train_paper_network(examples, frozen, lambda s, w: None)
found["frozen_card"] = card
kept = whole.get_layer("trunk").get_layer("conv1.conv").weights[0].numpy()
found["trunk_moved"] = float(
    np.abs(kept - tensors["conv1.conv.weight"].transpose(2, 3, 1, 0)).max()
)
found["frozen_steps"] = curve.steps
whole, curve, card = train_paper_network(examples, Network(**wanted), lambda s, w: None)
found["card"] = card
found["curve"] = curve.loss
(out / "network.tflite").write_bytes(export(whole, pictures))
(out / "found.json").write_text(json.dumps(found))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one process with TensorFlow found out."""
    out = tmp_path_factory.mktemp("googlenet")
    command = [sys.executable, "-c", PROGRAM, str(out), str(GOLDEN)]
    quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=quiet)
    assert ended.returncode == 0, ended.stderr[-3000:]
    return out


@pytest.mark.slow
def test_every_layer_says_what_torchvision_says(folder: Path) -> None:
    found = json.loads((folder / "found.json").read_text())
    golden = json.loads(GOLDEN.read_text())["layers"]
    assert found["taken"] == 285
    for name, layer in golden.items():
        answer = found["layers"][name]
        assert answer["shape"] == layer["shape"], name
        near = 1e-5 * layer["largest"]
        assert answer["values"] == pytest.approx(layer["values"], abs=near), name
        assert answer["std"] == pytest.approx(layer["std"], rel=1e-4), name


@pytest.mark.slow
def test_weights_of_another_network_are_refused(folder: Path) -> None:
    found = json.loads((folder / "found.json").read_text())
    assert "'inception4a.branch1.bn.bias' is missing" in found["missing"]
    assert "'layer1.0.conv1.weight'" in found["more"]
    assert "conv2.conv has the shape (1, 1, 32, 64), expected (1, 1, 64, 64)" in found["shape"]
    assert all("w.pth" in found[key] for key in ("missing", "more", "shape"))


@pytest.mark.slow
def test_a_frozen_trunk_stays_as_it_was_and_needs_weights(folder: Path) -> None:
    found = json.loads((folder / "found.json").read_text())
    assert "needs pretrained weights" in found["frozen"]
    assert found["trunk_moved"] == 0.0
    assert found["frozen_card"]["trunk"] == "pretrained"
    assert found["frozen_steps"] == [1, 2, 3, 4, 5, 6]


@pytest.mark.slow
def test_from_scratch_the_card_says_so_and_the_file_runs(folder: Path) -> None:
    found = json.loads((folder / "found.json").read_text())
    assert found["card"] == {
        "trunk": "from scratch",
        "frozen_trunk": False,
        "steps": 2,
        "pictures_per_step": 2,
    }
    assert np.isfinite(found["curve"]).all()
    assert found["example"][:2] == [[3, PAPER_SIDE, PAPER_SIDE, 1], [3, 3]]
    assert found["example"][2] <= 1.0
    network = TfliteNetwork((folder / "network.tflite").read_bytes())
    image = np.random.default_rng(3).integers(0, 255, (600, 800)).astype(np.uint8)
    answer = network.answer(network.prepare(image))
    assert answer.cells is None
    assert np.isfinite(answer.motion).all()
    assert MotionCommand(*map(float, answer.motion[:3])).translation < 100


def test_the_paper_s_crop_is_the_middle_of_the_reduced_picture() -> None:
    image = np.zeros((1200, 1600), np.uint8)
    image[600:604, 800:804] = 255
    crop = paper_crop(image)
    assert crop.shape == (PAPER_SIDE, PAPER_SIDE)
    assert crop[112, 112] == 1.0
    assert np.count_nonzero(crop > -1.0) == 1

"""The paper's training: stochastic gradient descent on equations 4 to 6.

Learning rate 1e-4 and batches of 75 are the paper's (section III-C3); it does not state a
momentum, 0.9 is PoseNet's, which it follows. The paper has 9,000 captures; with a few hundred,
each is also shown from poses close to its own (`PaperExamples`), which is exact where the part
is flat.

With a frozen trunk the 1024 features of every example are computed once, and only the
dense layers are trained: minutes on two cores instead of hours.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import cv2
import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from pregrasp.frames import DEG, MM, MotionCommand
from pregrasp.perception.cells import UNIT
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.estimator import Image
from pregrasp.perception.image_map import ImageMap, move_points
from pregrasp.perception.network import Network
from pregrasp.perception.network_input import PAPER_WIDTH, paper_crop, reduce
from pregrasp.perception.sampling import Workspace
from pregrasp.perception.training.fully_connected import PoseLoss
from pregrasp.perception.training.googlenet import head, joined, trunk
from pregrasp.perception.training.loop import Curve
from pregrasp.perception.training.pretrained import load_pretrained

LEARNING_RATE = 1e-4
MOMENTUM = 0.9

SPREAD = MotionCommand(5 * MM, 5 * MM, 6 * DEG)
"""How far from its own pose a capture is shown: one sigma, per axis."""

FEATURES_SHARE = 0.6
"""Share of the time that a frozen trunk may take for its features."""

EXAMPLES = 6000
"""Most examples that are kept for a frozen trunk."""

TOLD = 10
"""Steps from one point of the curve to the next."""

Singles = npt.NDArray[np.float32]


class PaperExamples:
    """Captures as the paper's network sees them, also from poses near their own.

    Args:
        captures: Camera pictures with their motion commands.
        image_map: How pixels lie on the part's plane.
        workspace: Where examples are wanted.
        rng: Source of randomness.
    """

    def __init__(
        self,
        captures: list[tuple[Image, MotionCommand]],
        image_map: ImageMap,
        workspace: Workspace,
        rng: np.random.Generator,
    ) -> None:
        self._pictures = [reduce(image, PAPER_WIDTH) for image, _ in captures]
        self._motions = [motion for _, motion in captures]
        self._map = image_map
        self._workspace = workspace
        self._rng = rng
        self._shrink = image_map.size[0] / PAPER_WIDTH
        height, width = self._pictures[0].shape
        u, v = np.meshgrid(np.linspace(0, width - 1, 5), np.linspace(0, height - 1, 4))
        self._probes = np.stack([u.ravel(), v.ravel()], axis=1)
        self._plane = image_map.plane((self._probes + 0.5) * self._shrink - 0.5)
        self._solve = np.linalg.pinv(np.column_stack([self._probes, np.ones(len(self._probes))]))

    def example(self) -> tuple[Singles, MotionCommand]:
        """A network input, float32 (224, 224), and its motion command."""
        index = int(self._rng.integers(len(self._pictures)))
        source = self._motions[index]
        target = self._target(source)
        there = move_points(source @ target.inverse(), self._plane)
        pixels = (self._map.pixels(there) + 0.5) / self._shrink - 0.5
        warp = (self._solve @ pixels).T
        picture = self._pictures[index]
        seen = cv2.warpAffine(
            picture,
            warp,
            (picture.shape[1], picture.shape[0]),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return paper_crop(np.asarray(seen, np.uint8)), target

    def batch(self, size: int) -> tuple[Singles, Singles]:
        """Inputs float32 (size, 224, 224, 1) and labels float32 (size, 3) in cm and rad."""
        examples = [self.example() for _ in range(size)]
        labels = [(v.x / UNIT, v.y / UNIT, v.theta) for _, v in examples]
        return np.stack([p for p, _ in examples])[..., None], np.array(labels, np.float32)

    def _target(self, source: MotionCommand) -> MotionCommand:
        dx, dy, dtheta = self._rng.normal(0, 1, 3) * (SPREAD.x, SPREAD.y, SPREAD.theta)
        away = source.inverse() @ MotionCommand(float(dx), float(dy), float(dtheta))
        space = self._workspace
        return MotionCommand(
            float(np.clip(away.x, -space.x, space.x)),
            float(np.clip(away.y, -space.y, space.y)),
            float(np.clip(away.theta, -space.theta, space.theta)),
        ).inverse()


def train_paper_network(
    examples: PaperExamples, network: Network, progress: Callable[[float, str], None]
) -> tuple[keras.Model, Curve, dict[str, Any]]:
    """Train until the steps or the time are used up.

    Returns:
        The network, its curve, and what its card should say about the training.

    Raises:
        TrainingError: The weights cannot be read, or the loss stopped being a number.
    """
    keras.utils.set_random_seed(network.seed)
    features, answer = trunk(), head()
    if network.pretrained is not None:
        load_pretrained(features, network.pretrained)
    elif network.frozen_trunk:
        raise TrainingError(
            "frozen_trunk needs pretrained weights: a trunk that has learned nothing has no "
            "features. Name torchvision's file by `pretrained`, or leave frozen_trunk out."
        )
    whole = joined(features, answer)
    began = time.monotonic()
    if network.frozen_trunk:
        features.trainable = False
        pool = _features(features, examples, network, progress)
        curve = _descend(answer, pool, network, began, progress)
    else:
        curve = _descend(whole, examples.batch, network, began, progress)
    card = {
        "trunk": "pretrained" if network.pretrained is not None else "from scratch",
        "frozen_trunk": network.frozen_trunk,
        "steps": curve.steps[-1] if curve.steps else 0,
        "pictures_per_step": network.pictures_per_step,
    }
    return whole, curve, card


def _features(
    features: keras.Model,
    examples: PaperExamples,
    network: Network,
    progress: Callable[[float, str], None],
) -> Callable[[int], tuple[Singles, Singles]]:
    """The trunk's features of many examples, and a way to draw batches of them."""
    forward = tf.function(lambda pictures: features(pictures, training=False))
    seen, labels = [], []
    began = time.monotonic()
    share = 0.0
    while share < 1.0:
        pictures, truths = examples.batch(network.pictures_per_step)
        seen.append(forward(pictures).numpy())
        labels.append(truths)
        count = sum(map(len, labels))
        used = (time.monotonic() - began) / (FEATURES_SHARE * network.time_limit)
        share = max(count / EXAMPLES, used)
        progress(FEATURES_SHARE * min(share, 1.0), f"{count} pictures through the frozen trunk")
    known, truths = np.concatenate(seen), np.concatenate(labels)
    rng = np.random.default_rng(network.seed)

    def batch(size: int) -> tuple[Singles, Singles]:
        chosen = rng.integers(len(known), size=size)
        return known[chosen], truths[chosen]

    return batch


def _descend(
    model: keras.Model,
    batch: Callable[[int], tuple[Singles, Singles]],
    network: Network,
    began: float,
    progress: Callable[[float, str], None],
) -> Curve:
    """Stochastic gradient descent on equation 6."""
    loss_of = PoseLoss()
    loss_of.build(None)
    variables = model.trainable_variables + loss_of.trainable_variables
    optimizer = keras.optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM)
    optimizer.build(variables)

    @tf.function(jit_compile=False)  # type: ignore[untyped-decorator]
    def step(inputs: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            answer = model(inputs, training=True)
            motion = answer["motion"] if isinstance(answer, dict) else answer
            loss = loss_of(motion, labels)
        gradients = tape.gradient(loss, variables)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        off = motion[:, :3] - labels
        return loss, tf.norm(off[:, :2], axis=1), tf.abs(off[:, 2])

    curve = Curve([], [], [], [])
    recent: list[tuple[float, float, float]] = []
    done, through = 0, 0.0
    while through < 1.0:
        loss, translation, rotation = step(*batch(network.pictures_per_step))
        recent.append((float(loss), float(np.median(translation)), float(np.median(rotation))))
        done += 1
        through = max(done / network.steps, (time.monotonic() - began) / network.time_limit)
        if not np.isfinite(recent[-1][0]):
            raise TrainingError(
                f"the loss became {recent[-1][0]} at step {done}. Are there damaged pictures or "
                "labels in the data set? Another network seed may help too."
            )
        if done % TOLD and through < 1.0:
            continue
        values = np.mean(recent, axis=0)
        recent.clear()
        curve.steps.append(done)
        curve.loss.append(float(values[0]))
        curve.translation_mm.append(float(values[1] * UNIT * 1e3))
        curve.rotation_deg.append(float(np.rad2deg(values[2])))
        progress(
            min(through, 1.0),
            f"step {done}, {curve.translation_mm[-1]:.2f} mm, {curve.rotation_deg[-1]:.2f} deg",
        )
    return curve

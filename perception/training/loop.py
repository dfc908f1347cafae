"""The training loop: batches from a thread, one compiled step, weights averaged at the end."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from pregrasp.perception.cells import COLUMNS, ROWS, UNIT
from pregrasp.perception.errors import TrainingError
from pregrasp.perception.network import Architecture, Network
from pregrasp.perception.training import fully_connected, votes
from pregrasp.perception.training.augmentation import Synthesiser, cell_cover
from pregrasp.perception.training.trained import Weights

LEARNING_RATE = 2e-3
AVERAGED = 12
"""The weights that are kept are averaged over this part of the steps (Polyak averaging): the last
twelfth. A longer average would still hold the untrained weights when a short training ends."""

LONGEST_AVERAGE = 0.995
"""Most momentum of the average: some 200 steps."""

WARM_UP = 0.08
"""Share of the training in which the learning rate rises."""

POSE_FROM = 0.15
"""Share of the training after which the fused motion enters the loss: votes must exist first."""

POSE_WEIGHT = 0.5

BATCHES_AHEAD = 6


@dataclass(frozen=True)
class Curve:
    """How training went, for the report."""

    steps: list[int]
    loss: list[float]
    translation_mm: list[float]
    rotation_deg: list[float]


def train_network(
    synthesiser: Synthesiser,
    network: Network,
    places: Any,
    progress: Callable[[float, str], None],
    start: Weights = (),
) -> tuple[keras.Model, Curve]:
    """Train until the steps or the time are used up.

    Args:
        synthesiser: Source of examples.
        network: What the task wants.
        places: Cell places of the votes network, from `cells.cell_places`.
        progress: Told the share that is done, 0 to 1, and a few words.
        start: Weights to go on from; empty for a new network.

    Raises:
        TrainingError: The weights are of another network, or the loss stopped being a number.
    """
    keras.utils.set_random_seed(network.seed)
    voting = network.architecture is Architecture.VOTES
    model = votes.build(places) if voting else fully_connected.build()
    if start:
        try:
            model.set_weights(start)
        except ValueError as error:
            raise TrainingError(f"weights of another network: {error}") from error
    pose_loss = fully_connected.PoseLoss()
    optimizer = keras.optimizers.AdamW(
        LEARNING_RATE,
        weight_decay=1e-4,
        clipnorm=1.0,
        use_ema=True,
        ema_momentum=min(LONGEST_AVERAGE, max(0.0, 1.0 - AVERAGED / network.steps)),
    )
    pose_loss.build(None)
    variables = model.trainable_variables + pose_loss.trainable_variables
    optimizer.build(variables)

    @tf.function(jit_compile=False)  # type: ignore[untyped-decorator]
    def step(pictures: Any, labels: Any, cover: Any, pose_share: Any) -> Any:
        with tf.GradientTape() as tape:
            answer = model(pictures, training=True)
            loss = pose_share * pose_loss(answer["motion"], labels)
            if voting:
                loss += votes.votes_loss(answer["cells"], labels, places, cover)
        gradients = tape.gradient(loss, variables)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        off = answer["motion"][:, :3] - labels
        return loss, tf.norm(off[:, :2], axis=1), tf.abs(off[:, 2])

    curve = Curve([], [], [], [])
    recent: list[tuple[float, float, float]] = []
    began = time.monotonic()
    with _Batches(synthesiser, network.pictures_per_step) as batches:
        done, through = 0, 0.0
        while through < 1.0:
            pictures, labels, cover = batches.next()
            share = 1.0
            if voting:
                share = POSE_WEIGHT if through > POSE_FROM else 0.0
            optimizer.learning_rate.assign(LEARNING_RATE * _rate(through))
            loss, translation, rotation = step(
                pictures, labels, cover, tf.constant(share, tf.float32)
            )
            recent.append((float(loss), float(np.median(translation)), float(np.median(rotation))))
            done += 1
            # A slow machine does fewer steps, but goes through the whole schedule.
            used = time.monotonic() - began
            through = max(done / network.steps, used / network.time_limit)
            if done % 20 and through < 1.0:
                continue
            if not np.isfinite(recent[-1][0]):
                raise TrainingError(
                    f"the loss became {recent[-1][0]} at step {done}. Are there damaged pictures "
                    "or labels in the data set? Another network seed may help too."
                )
            values = np.mean(recent, axis=0)
            recent.clear()
            curve.steps.append(done)
            curve.loss.append(float(values[0]))
            curve.translation_mm.append(float(values[1] * UNIT * 1e3))
            curve.rotation_deg.append(float(np.rad2deg(values[2])))
            progress(
                min(through, 1.0),
                f"{curve.translation_mm[-1]:.2f} mm, {curve.rotation_deg[-1]:.2f} deg",
            )
    optimizer.finalize_variable_values(variables)
    _settle_normalisation(model, synthesiser, network.pictures_per_step)
    return model, curve


def _rate(through: float) -> float:
    """Share of the full learning rate: a short rise, then half a cosine down."""
    rise = min(1.0, 0.05 + through / WARM_UP)
    return rise * (0.01 + 0.99 * 0.5 * (1.0 + math.cos(math.pi * min(through, 1.0))))


def _settle_normalisation(model: keras.Model, synthesiser: Synthesiser, batch: int) -> None:
    """Let batch normalisation see the averaged weights."""
    for _ in range(30):
        pictures = np.stack([synthesiser.example().picture for _ in range(batch)])
        model(pictures[..., None], training=True)


class _Batches:
    """Batches made ahead on a thread of their own."""

    def __init__(self, synthesiser: Synthesiser, batch: int) -> None:
        self._synthesiser, self._batch = synthesiser, batch
        self._queue: queue.Queue[Any] = queue.Queue(BATCHES_AHEAD)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._make, name="batches", daemon=True)

    def __enter__(self) -> _Batches:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        while self._thread.is_alive():
            # The thread may wait for a place in a full queue.
            while not self._queue.empty():
                self._queue.get_nowait()
            self._thread.join(0.05)

    def next(self) -> tuple[Any, Any, Any]:
        """The next batch.

        Raises:
            TrainingError: The examples could not be made.
        """
        item = self._queue.get()
        if isinstance(item, Exception):
            raise TrainingError(f"an example could not be made: {item}") from item
        pictures, labels, cover = item
        return pictures, labels, cover

    def _make(self) -> None:
        try:
            while not self._stop.is_set():
                examples = [self._synthesiser.example() for _ in range(self._batch)]
                pictures = np.stack([e.picture for e in examples])[..., None]
                labels = np.array(
                    [(e.motion.x / UNIT, e.motion.y / UNIT, e.motion.theta) for e in examples],
                    np.float32,
                )
                cover = np.stack([cell_cover(e.on_part, ROWS, COLUMNS) for e in examples])
                self._queue.put((pictures, labels, cover))
        except Exception as error:
            self._queue.put(error)

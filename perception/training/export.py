"""From Keras to TensorFlow Lite, and proof that both say the same."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from pregrasp.perception.errors import TrainingError
from pregrasp.perception.tflite_network import TfliteNetwork

AGREEMENT = 2e-3
"""Largest difference between both that is still rounding, in centimetres and rad."""


def export(model: keras.Model, examples: np.ndarray[Any, Any]) -> bytes:
    """The network as a TensorFlow Lite file, built-in operations only.

    Args:
        model: The trained network.
        examples: Pictures to compare on, float32 (N, height, width, 1).

    Raises:
        TrainingError: The network needs other operations, or the file answers differently.
    """
    # Keras rebuilds the input with the fixed batch of one that a camera needs.
    single = keras.Input(batch_shape=(1, *examples.shape[1:]), name="picture")
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Model(single, model(single)))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    try:
        # Keras announces the export on standard output, whatever one asks for.
        with contextlib.redirect_stdout(io.StringIO()):
            content = bytes(converter.convert())
    except Exception as error:
        raise TrainingError(f"the network does not convert to TensorFlow Lite: {error}") from error
    network = TfliteNetwork(content)
    expected = np.asarray(model(examples, training=False)["motion"])
    found = np.stack([network.answer(picture[..., 0]).motion for picture in examples])
    worst = float(np.abs(expected - found)[:, :3].max())
    if not worst < AGREEMENT:
        raise TrainingError(
            f"the TensorFlow Lite file differs from the trained network by {worst:.2g}"
        )
    return content

"""The paper's head: a feature vector, two dense layers, three outputs.

The paper puts 2048 and 128 units behind GoogLeNet's features and weighs translation against
rotation with two learned numbers, its equations 4 to 6. Here the features come from a small
trunk trained from scratch; everything behind them is the paper's.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf
from keras import layers

from pregrasp.perception.network_input import HEIGHT, WIDTH
from pregrasp.perception.training.votes import convolution


def build() -> keras.Model:
    """The network.

    Returns:
        Input float32 (batch, HEIGHT, WIDTH, 1); output ``motion`` float32 (batch, 4): x, y
        (in centimetres), theta [rad], and 1, since this head cannot doubt itself.
    """
    picture = keras.Input((HEIGHT, WIDTH, 1), name="picture")
    x = convolution(picture, 16, 5, stride=2)
    x = convolution(x, 24, 3, stride=2)
    x = convolution(x, 40, 3, stride=2)
    x = convolution(x, 48, 3, stride=2)
    x = convolution(x, 64, 3, stride=2)
    x = layers.Flatten()(x)
    x = layers.Dense(2048, activation="relu")(x)
    x = layers.Dense(128, activation="relu")(x)
    pose = layers.Dense(3, name="pose")(x)
    motion = layers.Concatenate(name="motion")([pose, 0.0 * pose[:, :1] + 1.0])
    return keras.Model(picture, {"motion": motion})


class PoseLoss(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Equations 4 to 6: Euclidean errors, weighed by two learned numbers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.s_p = self.add_weight(shape=(), initializer="zeros", name="s_p")
        self.s_theta = self.add_weight(shape=(), initializer="zeros", name="s_theta")

    def call(self, motion: Any, labels: Any) -> Any:
        """The loss of a batch.

        Args:
            motion: x, y, theta, ... (batch, 3 or more).
            labels: x, y, theta (batch, 3).
        """
        c_p = tf.sqrt(tf.reduce_sum((motion[:, :2] - labels[:, :2]) ** 2, axis=1) + 1e-8)
        c_theta = tf.abs(motion[:, 2] - labels[:, 2])
        return (
            tf.reduce_mean(c_p) * tf.exp(-self.s_p)
            + self.s_p
            + tf.reduce_mean(c_theta) * tf.exp(-self.s_theta)
            + self.s_theta
        )

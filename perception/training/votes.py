"""The votes network: every image cell says where it lies on the part.

A small fully convolutional network looks at the picture. Each of its cells answers with the
place x of the part that it sees, in the pregrasp frame, and with how sure it is. Where the
cell itself lies in the tool frame, y, is known from the `ImageMap`. The motion command is
the rigid motion that takes all x to their y, found inside the network by weighted
Procrustes with robust re-weighting, so that a hidden part of the
object loses its vote and nothing else.

Only operations built into TensorFlow Lite are used.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from pregrasp.perception.cells import COLUMNS, LOG_PRECISION, ROWS
from pregrasp.perception.network_input import HEIGHT, WIDTH

ROBUST_WIDTHS = (4.0, 1.5, 0.6, 0.3)
"""A vote this far off counts a quarter [cm]; wide at first, so that no bad start traps it."""


def build(places: np.ndarray[Any, Any]) -> keras.Model:
    """The network.

    Args:
        places: Cell places, float32 (cells, 2), in centimetres.

    Returns:
        Input float32 (batch, HEIGHT, WIDTH, 1); outputs ``motion`` float32 (batch, 4) as
        x, y (in centimetres), theta [rad] and the share of agreeing votes, and ``cells`` float32
        (batch, cells, 3): x, y of the part that the cell sees, and its log precision.
    """
    picture = keras.Input((HEIGHT, WIDTH, 1), name="picture")
    x = convolution(picture, 16, 5, stride=2)
    x = convolution(x, 24, 3, stride=2)
    x = convolution(x, 40, 3, stride=2)
    for dilation in (1, 2, 4, 2):
        y = convolution(x, 40, 3, dilation=dilation)
        x = layers.Add()([x, y])
    x = convolution(x, 64, 1)
    x = layers.Conv2D(3, 1, name="votes")(x)
    cells = layers.Reshape((ROWS * COLUMNS, 3), name="cells")(x)
    motion = Procrustes(places, name="motion")(cells)
    return keras.Model(picture, {"motion": motion, "cells": cells})


def convolution(x: Any, filters: int, size: int, *, stride: int = 1, dilation: int = 1) -> Any:
    """Convolution, batch normalisation and rectification."""
    x = layers.Conv2D(
        filters, size, strides=stride, dilation_rate=dilation, padding="same", use_bias=False
    )(x)
    x = layers.BatchNormalization(momentum=0.95)(x)
    return layers.ReLU()(x)


class Procrustes(layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Fuses the votes into one motion, robustly."""

    def __init__(self, places: np.ndarray[Any, Any], **options: Any) -> None:
        super().__init__(**options)
        self._places = tf.constant(places[None])

    def call(self, cells: Any) -> Any:
        """Fuse votes (batch, cells, 3) to (batch, 4)."""
        seen = cells[..., :2]
        precision = tf.exp(tf.clip_by_value(cells[..., 2:3], -LOG_PRECISION, LOG_PRECISION))
        robust = tf.ones_like(precision)
        motion = self._fit(seen, precision)
        for width in ROBUST_WIDTHS:
            cosine, sine, x, y = motion
            moved_x = cosine * seen[..., 0:1] - sine * seen[..., 1:2] + x
            moved_y = sine * seen[..., 0:1] + cosine * seen[..., 1:2] + y
            off_x = moved_x - self._places[..., 0:1]
            off_y = moved_y - self._places[..., 1:2]
            square = (off_x * off_x + off_y * off_y) * (1.0 / width**2)
            # Geman & McClure's weight.
            robust = 1.0 / ((1.0 + square) * (1.0 + square))
            motion = self._fit(seen, precision * robust)
        cosine, sine, x, y = motion
        theta = tf.atan2(sine, cosine)
        total = tf.reduce_sum(precision, axis=1, keepdims=True)
        share = tf.reduce_sum(precision * robust, axis=1, keepdims=True) / total
        return tf.concat([x, y, theta, share], axis=-1)[:, 0, :]

    def _fit(self, seen: Any, weights: Any) -> tuple[Any, Any, Any, Any]:
        """Closed-form weighted Procrustes; every result is (batch, 1, 1)."""
        total = tf.reduce_sum(weights, axis=1, keepdims=True) + 1e-9
        from_mean = tf.reduce_sum(weights * seen, axis=1, keepdims=True) / total
        to_mean = tf.reduce_sum(weights * self._places, axis=1, keepdims=True) / total
        a, b = seen - from_mean, self._places - to_mean
        cross = a[..., 0:1] * b[..., 1:2] - a[..., 1:2] * b[..., 0:1]
        dot = a[..., 0:1] * b[..., 0:1] + a[..., 1:2] * b[..., 1:2]
        sine = tf.reduce_sum(weights * cross, axis=1, keepdims=True)
        cosine = tf.reduce_sum(weights * dot, axis=1, keepdims=True)
        length = tf.sqrt(sine * sine + cosine * cosine + 1e-12)
        sine, cosine = sine / length, cosine / length
        x = to_mean[..., 0:1] - cosine * from_mean[..., 0:1] + sine * from_mean[..., 1:2]
        y = to_mean[..., 1:2] - sine * from_mean[..., 0:1] - cosine * from_mean[..., 1:2]
        return cosine, sine, x, y


def votes_loss(cells: Any, labels: Any, places: Any, on_part: Any) -> Any:
    """Laplace negative log likelihood of every vote, averaged over a batch.

    Args:
        cells: Network output (batch, cells, 3).
        labels: x, y in centimetres and theta [rad], (batch, 3).
        places: Cell places (cells, 2) in centimetres.
        on_part: How much of each cell shows the part, (batch, cells), 0 to 1.
    """
    # The part point under a cell: x = R(theta)^T (y - t).
    cosine, sine = tf.cos(labels[:, 2:3]), tf.sin(labels[:, 2:3])
    off_x = places[None, :, 0] - labels[:, 0:1]
    off_y = places[None, :, 1] - labels[:, 1:2]
    true_x = cosine * off_x + sine * off_y
    true_y = -sine * off_x + cosine * off_y
    error = tf.sqrt((cells[..., 0] - true_x) ** 2 + (cells[..., 1] - true_y) ** 2 + 1e-6)
    log_precision = tf.clip_by_value(cells[..., 2], -LOG_PRECISION, LOG_PRECISION)
    nll = tf.exp(log_precision) * error - 2.0 * log_precision
    # Cells beside the part may guess from what they see of it, but matter less.
    weight = 0.2 + 0.8 * on_part
    return tf.reduce_sum(weight * nll) / tf.reduce_sum(weight)

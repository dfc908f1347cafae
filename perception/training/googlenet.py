"""The paper's network: GoogLeNet's convolutions, pooled, and the paper's dense layers.

The trunk is GoogLeNet (Szegedy et al. 2015) as torchvision lays it out, with batch
normalisation and, as there, 3 x 3 kernels where the publication has 5 x 5, so that the public
weights fit. Layers have torchvision's names. Behind the pooled features come the paper's
dense layers of 2048 and 128 units and three outputs (its Fig. 4).
"""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from pregrasp.perception.network_input import PAPER_SIDE

BLOCKS: dict[str, tuple[int, int, int, int, int, int]] = {
    "inception3a": (64, 96, 128, 16, 32, 32),
    "inception3b": (128, 128, 192, 32, 96, 64),
    "inception4a": (192, 96, 208, 16, 48, 64),
    "inception4b": (160, 112, 224, 24, 64, 64),
    "inception4c": (128, 128, 256, 24, 64, 64),
    "inception4d": (112, 144, 288, 32, 64, 64),
    "inception4e": (256, 160, 320, 32, 128, 128),
    "inception5a": (256, 160, 320, 32, 128, 128),
    "inception5b": (384, 192, 384, 48, 128, 128),
}
"""Channels of each block: 1 x 1; 3 x 3 reduced and full; third branch the same; pooled."""

FEATURES = 1024
"""Length of the pooled feature vector."""


def trunk() -> keras.Model:
    """GoogLeNet up to its pooled features.

    Returns:
        Input float32 (batch, 224, 224, 1), -1 to 1, shown to all three colours; output
        float32 (batch, 1024).
    """
    picture = keras.Input((PAPER_SIDE, PAPER_SIDE, 1), name="picture")
    x = layers.Concatenate(name="colours")([picture, picture, picture])
    # Torch pads three rows on either side; "same" would pad two and three.
    x = layers.ZeroPadding2D(3, name="conv1.padding")(x)
    x = _convolution(x, 64, 7, "conv1", stride=2, padding="valid")
    x = layers.MaxPooling2D(3, 2, padding="same", name="maxpool1")(x)
    x = _convolution(x, 64, 1, "conv2")
    x = _convolution(x, 192, 3, "conv3")
    x = layers.MaxPooling2D(3, 2, padding="same", name="maxpool2")(x)
    for name, channels in BLOCKS.items():
        x = _inception(x, name, *channels)
        if name == "inception3b":
            x = layers.MaxPooling2D(3, 2, padding="same", name="maxpool3")(x)
        elif name == "inception4e":
            x = layers.MaxPooling2D(2, 2, padding="same", name="maxpool4")(x)
    return keras.Model(picture, layers.GlobalAveragePooling2D(name="avgpool")(x), name="trunk")


def head() -> keras.Model:
    """The paper's dense layers.

    Returns:
        Input float32 (batch, 1024); output float32 (batch, 4): x, y (in centimetres), theta
        [rad], and 1, since this network cannot doubt itself.
    """
    features = keras.Input((FEATURES,), name="features")
    x = layers.Dense(2048, activation="relu", name="fc1")(features)
    x = layers.Dense(128, activation="relu", name="fc2")(x)
    pose = layers.Dense(3, name="pose")(x)
    sure = layers.Concatenate(name="motion")([pose, 0.0 * pose[:, :1] + 1.0])
    return keras.Model(features, sure, name="head")


def joined(features: keras.Model, answer: keras.Model) -> keras.Model:
    """Trunk and head as one network with the output ``motion``."""
    picture = keras.Input((PAPER_SIDE, PAPER_SIDE, 1), name="picture")
    return keras.Model(picture, {"motion": answer(features(picture))})


def _convolution(
    x: Any, channels: int, size: int, name: str, *, stride: int = 1, padding: str = "same"
) -> Any:
    """Torchvision's ``BasicConv2d``: convolution, batch normalisation, rectification."""
    x = layers.Conv2D(
        channels, size, strides=stride, padding=padding, use_bias=False,
        kernel_initializer="he_normal", name=f"{name}.conv",
    )(x)  # fmt: skip
    # Torch's momentum of 0.1 is Keras' 0.9.
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-3, name=f"{name}.bn")(x)
    return layers.ReLU(name=f"{name}.relu")(x)


def _inception(
    x: Any, name: str, one: int, three_in: int, three: int, five_in: int, five: int, pooled: int
) -> Any:
    """An Inception block: four branches side by side."""
    first = _convolution(x, one, 1, f"{name}.branch1")
    second = _convolution(x, three_in, 1, f"{name}.branch2.0")
    second = _convolution(second, three, 3, f"{name}.branch2.1")
    third = _convolution(x, five_in, 1, f"{name}.branch3.0")
    third = _convolution(third, five, 3, f"{name}.branch3.1")
    fourth = layers.MaxPooling2D(3, 1, padding="same", name=f"{name}.branch4.0")(x)
    fourth = _convolution(fourth, pooled, 1, f"{name}.branch4.1")
    return layers.Concatenate(name=name)([first, second, third, fourth])

"""Puts torchvision's GoogLeNet weights into the paper's network.

Torch keeps a convolution's kernel as (out, in, height, width), Keras as (height, width, in,
out); batch normalisation keeps the same four vectors in both. The classifier and the two
auxiliary heads are left behind: the paper replaces them (its section III-C1).
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from pregrasp.perception.errors import TrainingError
from pregrasp.perception.training.checkpoint import Array, read_checkpoint

LEFT_BEHIND = ("fc.", "aux1.", "aux2.")
"""What belongs to telling a thousand kinds of things apart."""

NORMALISATION = ("weight", "bias", "running_mean", "running_var")
"""Torch's names, in the order of Keras' gamma, beta, moving mean and variance."""


def load_pretrained(trunk: keras.Model, path: Path) -> int:
    """Fill the trunk with the weights of a checkpoint.

    Args:
        trunk: As `googlenet.trunk` builds it.
        path: Torchvision's ``googlenet-*.pth``.

    Returns:
        How many tensors were taken over.

    Raises:
        TrainingError: The file is missing, damaged, or of another network.
    """
    tensors = {
        name: values
        for name, values in read_checkpoint(path).items()
        if not name.startswith(LEFT_BEHIND) and not name.endswith("num_batches_tracked")
    }
    count = len(tensors)
    for layer in trunk.layers:
        if not layer.weights:
            continue
        wanted = ["weight"] if layer.name.endswith(".conv") else list(NORMALISATION)
        values = [_take(tensors, f"{layer.name}.{name}", path) for name in wanted]
        if layer.name.endswith(".conv"):
            values = [kernel.transpose(2, 3, 1, 0) for kernel in values]
        for weight, value in zip(layer.weights, values, strict=True):
            if tuple(weight.shape) != value.shape:
                raise TrainingError(
                    f"{path}: {layer.name} has the shape {value.shape}, expected "
                    f"{tuple(weight.shape)}: these are the weights of another network."
                )
        layer.set_weights([np.asarray(value, np.float32) for value in values])
    if tensors:
        raise TrainingError(
            f"{path}: {len(tensors)} tensors belong to no layer of GoogLeNet, for example "
            f"{min(tensors)!r}: these are the weights of another network."
        )
    return count


def _take(tensors: dict[str, Array], name: str, path: Path) -> Array:
    try:
        return tensors.pop(name)
    except KeyError:
        raise TrainingError(
            f"{path}: {name!r} is missing: these are not the weights of torchvision's GoogLeNet."
        ) from None

"""The look of a part from a photograph of its top."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from pregrasp.documents import ConfigurationError, Finding, Position
from pregrasp.hardware.simulation.components import Colour, Solid
from pregrasp.hardware.simulation.textures.canvas import Canvas, RgbImage, shade, texture_size
from pregrasp.hardware.simulation.textures.look import Look, PartVariation
from pregrasp.hardware.simulation.textures.wear import wear

SMALLEST_SIDE = 64
"""Photographs with fewer pixels on a side show nothing that a camera could hold on to [px]."""


def photographed(
    length: float, width: float, path: Path, variation: PartVariation | None, own: tuple[Solid, ...]
) -> Look:
    """A part of length x width [m] that looks like a photograph.

    Args:
        length: Along x; the photograph's columns [m].
        width: Along y; the photograph's first row is at the largest y [m].
        path: The photograph, cut to the part's outline.
        variation: Which individual; None for the part as designed.
        own: The task's solids; the photograph already shows their tops.

    Raises:
        ConfigurationError: The file is missing, no picture, or too small.
    """
    photo = _read(path)
    columns, rows = texture_size(length, width)
    shrinks = photo.shape[1] > columns
    top: RgbImage = np.asarray(
        cv2.resize(
            photo,
            (columns, rows),
            interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC,
        )
    )
    mean = top.reshape(-1, 3).mean(axis=0)
    ground: Colour = (round(mean[0]), round(mean[1]), round(mean[2]))
    canvas = Canvas(length, width, ground)
    drawn = (canvas.pixels.shape[1], canvas.pixels.shape[0])
    canvas.pixels = np.asarray(cv2.resize(top, drawn, interpolation=cv2.INTER_LINEAR))
    back = Canvas(length, width, shade(ground, 0.8))
    back.grain(np.random.default_rng(71), 5.0, 0.5)
    return Look(
        top=wear(canvas, variation) if variation else top,
        bottom=back.finish(),
        edge=shade(ground, 0.8),
        solids=own,
    )


def _read(path: Path) -> RgbImage:
    try:
        encoded = np.fromfile(path, np.uint8)
    except OSError as error:
        raise _fault(path, f"cannot be opened: {error.strerror or error}") from error
    photo = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if encoded.size else None
    if photo is None:
        raise _fault(path, "is not a picture that OpenCV can read")
    if min(photo.shape[:2]) < SMALLEST_SIDE:
        found = f"has only {photo.shape[1]} x {photo.shape[0]} px"
        raise _fault(path, f"{found}; at least {SMALLEST_SIDE} px a side are needed")
    return np.asarray(cv2.cvtColor(photo, cv2.COLOR_BGR2RGB), np.uint8)


def _fault(path: Path, found: str) -> ConfigurationError:
    remedy = (
        "texture.image names a PNG or JPEG of the part's top, cut to its outline, relative to "
        "the task's folder."
    )
    return ConfigurationError(
        [Finding(Position(str(path), 1, 1), f"the part's photograph {found}", "image", remedy)]
    )

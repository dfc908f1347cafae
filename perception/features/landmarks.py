"""Landmarks: features of the taught part that other captures found again.

The network answers in milliseconds, but it was trained on made-up occluders and may lose a
part that is mostly hidden. Landmarks take a tenth of a second and need only a few square
centimetres of a textured part, so they are asked when the network's proposals fail.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pregrasp.perception.image_map import Floats


@dataclass(frozen=True)
class Landmarks:
    """Where the features are on the part, and what they look like."""

    points: Floats
    """Places in the pregrasp frame, float64 (N, 2) [m]."""
    descriptors: npt.NDArray[np.uint8]
    """SIFT histograms, uint8 (N, 128)."""
    weights: Floats
    """How often each was found in the captures that show it, float64 (N,), 0 to 1."""

    def strongest(self, most: int) -> Landmarks:
        """Those that are found most often."""
        chosen = np.sort(np.argsort(-self.weights, kind="stable")[:most])
        return Landmarks(self.points[chosen], self.descriptors[chosen], self.weights[chosen])

    def pack(self) -> bytes:
        """As one ``.npz`` file."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            allow_pickle=False,
            points=self.points,
            descriptors=self.descriptors,
            weights=self.weights,
        )
        return buffer.getvalue()

    @classmethod
    def unpack(cls, content: bytes) -> Landmarks:
        """From such a file.

        Raises:
            ValueError: The content is none.
            KeyError: Something is missing in it.
        """
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return cls(
                arrays["points"].astype(np.float64),
                arrays["descriptors"].astype(np.uint8),
                arrays["weights"].astype(np.float64),
            )

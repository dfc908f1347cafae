"""What tells a part that repeats itself from another one with the same pattern.

Where a part breaks its own pattern (a pad that is missing, a corner that is marked), it shows
something else than one repeat further on. Another part of the same pattern breaks it elsewhere:
where this one has a mark, it shows the pattern. Each mark is therefore asked which of the two it
looks like; a mark that is covered looks like neither and says nothing.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pregrasp.frames import MotionCommand
from pregrasp.perception.image_map import Floats, ImageMap
from pregrasp.perception.last_inch import Pyramid, Singles, normalise, patch_grid, sample_patches

MARK_SIDE = 24
"""Marks are read with so many pixels, per axis."""

BLIND = 2
"""Changes of brightness over a mark up to this order do not count, as in `last_inch.flatten`."""

RECOGNISED = 0.6
"""A mark looks like one of the two with at least this correlation, or it is covered."""

DECIDEDLY = 0.1
"""A mark is contradicted when it looks so much more like the pattern. Glare and the edges of
shadows bring a right part to 0.05, siblings are at 0.3 and more."""


@dataclass(frozen=True)
class Marks:
    """Places of a part, what they show, and what they would show if the pattern went on."""

    shrink: int
    """Camera pixels per patch pixel, per axis."""
    spacing: float
    """Size of a patch pixel on the part [m]."""
    centres: Floats
    """In the pregrasp frame, float64 (N, 2) [m]."""
    own: Singles
    """Normalised patches of the part, float32 (N, P)."""
    pattern: Singles
    """The same places one repeat further on, float32 (N, K, P); zeros where that is outside."""

    def look(self, pyramid: Pyramid, image_map: ImageMap, motion: MotionCommand) -> Look:
        """Which of the two every mark shows.

        Args:
            pyramid: The picture.
            image_map: How pixels lie on the part's plane.
            motion: v, ``T_tool_pregrasp``.
        """
        shown, contradicted, _ = self.read(pyramid, image_map, motion)
        return Look(total=len(shown), shown=int(shown.sum()), contradicted=int(contradicted.sum()))

    def read(
        self, pyramid: Pyramid, image_map: ImageMap, motion: MotionCommand
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """The same mark by mark: which are there, which are contradicted, which are in view.

        Returns:
            Three times bool (N,).
        """
        patches, _, inside = sample_patches(
            pyramid, image_map, self.shrink, self.centres, self._grid, motion
        )
        seen = normalise(patches, BLIND) / np.float32(MARK_SIDE**2)
        own = np.einsum("np,np->n", seen, self.own)
        pattern = np.einsum("np,nkp->nk", seen, self.pattern).max(axis=1)
        clear = inside & (np.maximum(own, pattern) > RECOGNISED)
        return clear & (own > pattern), clear & (pattern > own + DECIDEDLY), inside

    @cached_property
    def _grid(self) -> Singles:
        return patch_grid(MARK_SIDE, self.spacing)

    def pack(self) -> bytes:
        """As one ``.npz`` file, patches in half precision."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            allow_pickle=False,
            shrink=np.array(self.shrink),
            spacing=np.array(self.spacing),
            centres=self.centres,
            own=self.own.astype(np.float16),
            pattern=self.pattern.astype(np.float16),
        )
        return buffer.getvalue()

    @classmethod
    def unpack(cls, content: bytes) -> Marks:
        """Read what `pack` wrote."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return cls(
                shrink=int(arrays["shrink"]),
                spacing=float(arrays["spacing"]),
                centres=arrays["centres"].astype(np.float64),
                own=arrays["own"].astype(np.float32),
                pattern=arrays["pattern"].astype(np.float32),
            )


@dataclass(frozen=True)
class Look:
    """What the marks of a part show in one picture."""

    total: int
    """Marks that the part has."""
    shown: int
    """Marks that are there."""
    contradicted: int
    """Places of marks where the pattern simply goes on."""

    @property
    def balance(self) -> float:
        """From -1, every mark is contradicted, to 1, every mark is there."""
        return (self.shown - self.contradicted) / self.total

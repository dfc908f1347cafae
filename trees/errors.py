"""What can go wrong with a tree that has been loaded without faults.

::

    TreeError
    └── StuckSkillError    a skill that was halted and went on

Faults in the YAML are `pregrasp.documents.ConfigurationError`s, found when it is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence

from pregrasp.errors import PregraspError


class TreeError(PregraspError):
    """A tree that cannot be run, or that went wrong while it ran."""


class StuckSkillError(TreeError):
    """Skills that were halted and did not stop in time; their threads may still be at work.

    Args:
        paths: Where they stand in the tree.
        waited: How long each was waited for [s].
    """

    def __init__(self, paths: Sequence[str], waited: float) -> None:
        self.paths = tuple(paths)
        self.waited = waited
        super().__init__(
            f"{', '.join(paths)} did not stop within {waited:g} s after being halted. "
            "The device may still be moving: stop it by hand, and make the skill's work look "
            "at its token."
        )

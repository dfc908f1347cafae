"""Which repeat of its own pattern a part that repeats itself lies at.

Places one repeat apart agree with much of the picture, each of them. What decides is the pattern's
end and its marks: patches there count most (`Level.placing`), and a place is believed only when
it stands clearly above all others that were visited.
"""

from __future__ import annotations

from collections.abc import Sequence

from pregrasp.frames import MotionCommand
from pregrasp.perception.image_map import ImageMap
from pregrasp.perception.last_inch import LastInch, Pyramid, Refined
from pregrasp.perception.marks import Marks

HOPS = 4
"""How many repeats of its pattern a part is followed back."""

CLEARLY = 0.05
"""Another repeat must agree by so much more to be believed instead."""

SAME_REPEAT = 1.0
"""Places nearer than this are one [mm plus deg]; repeats lie further apart."""

MARKS_WEIGH = 0.2
"""What all the marks of a part together say about a place counts as so much agreement."""


class RepeatSearch:
    """Follows a part's pattern to the repeat that fits best.

    Args:
        last_inch: Of the part.
        image_map: How pixels lie on the part's plane.
        aliases: Moves after which the part looks much like itself; at least one.
        marks: Where it breaks its pattern, if it does.
    """

    def __init__(
        self,
        last_inch: LastInch,
        image_map: ImageMap,
        aliases: Sequence[MotionCommand],
        marks: Marks | None,
    ) -> None:
        self._last_inch, self._image_map = last_inch, image_map
        self._aliases, self._marks = tuple(aliases), marks

    def settle(self, pyramid: Pyramid, starts: Sequence[Refined]) -> tuple[Refined, float]:
        """Out of all places where the part may lie, the one that fits best.

        Args:
            pyramid: The picture.
            starts: Where the search begins, the likeliest first; at least one.

        Returns:
            That place, and by how much it fits better than the next one.
        """
        visited: list[tuple[float, Refined]] = []
        for start in _apart(starts):
            here = self._visit(pyramid, start)
            visited.append(here)
            for _ in range(HOPS):
                others = [
                    self._visit(pyramid, self._closely(pyramid, here[1].motion @ alias))
                    for alias in self._aliases
                ]
                visited += others
                best = max(others, key=_standing)
                if _standing(best) < _standing(here) + CLEARLY:
                    break
                # The coarser levels may have been what led to the wrong repeat.
                here = self._visit(pyramid, self._closely(pyramid, best[1].motion))
                visited.append(here)
        standing, chosen = max(visited, key=_standing)
        others_stand = (s for s, other in visited if not _same(chosen, other))
        return chosen, standing - max(others_stand, default=-1.0)

    def _closely(self, pyramid: Pyramid, motion: MotionCommand) -> Refined:
        return self._last_inch.look_closely(pyramid, motion)

    def _visit(self, pyramid: Pyramid, place: Refined) -> tuple[float, Refined]:
        """A place with how well it stands: its agreement, and what its marks say."""
        if self._marks is None:
            return place.placed, place
        look = self._marks.look(pyramid, self._image_map, place.motion)
        return place.placed + MARKS_WEIGH * look.balance, place


def _standing(visited: tuple[float, Refined]) -> float:
    return visited[0]


def _same(one: Refined, other: Refined) -> bool:
    return (one.motion.inverse() @ other.motion).distance <= SAME_REPEAT


def _apart(starts: Sequence[Refined]) -> list[Refined]:
    """The first one, and those with which anything agrees, as far as they are other places."""
    chosen = [starts[0]]
    for start in starts[1:]:
        if start.agreeing > 0.0 and not any(_same(start, other) for other in chosen):
            chosen.append(start)
    return chosen

"""In which order an arm visits poses so that it travels little.

The nearest pose next, and then 2-opt: as long as turning a piece of the tour round makes it
shorter, it is turned (Croes 1958). A tour leaves from its first pose and ends anywhere.

    >>> places = np.array([[0.0], [5.0], [1.0], [4.0], [2.0]])
    >>> shortest_tour(abs(places - places.T))
    [0, 2, 4, 3, 1]
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Costs = npt.NDArray[np.float64]


def shortest_tour(costs: Costs) -> list[int]:
    """A short tour from the first place through all others.

    Args:
        costs: What each way costs, float64 (N, N), symmetric; in any unit.

    Returns:
        The places in order; place 0 is the first.
    """
    if not len(costs):
        return []
    return _without_crossings(costs, _nearest_next(costs))


def length(costs: Costs, tour: list[int]) -> float:
    """What a tour costs, without a way back."""
    return float(costs[tour[:-1], tour[1:]].sum())


def _nearest_next(costs: Costs) -> list[int]:
    tour = [0]
    left = np.ones(len(costs), bool)
    left[0] = False
    while left.any():
        tour.append(int(np.argmin(np.where(left, costs[tour[-1]], np.inf))))
        left[tour[-1]] = False
    return tour


def _without_crossings(costs: Costs, order: list[int]) -> list[int]:
    """Turn pieces of the tour round until none of them makes it shorter."""
    tour = np.array(order)
    improved = True
    while improved:
        improved = False
        for i in range(len(tour) - 2):
            # Turned round, the piece from i + 1 to j joins i to j, and i + 1 to what followed j.
            before, first = tour[i], tour[i + 1]
            last, after = tour[i + 2 :], tour[i + 3 :]
            saved = costs[before, first] - costs[before, last]
            # At the end of the tour nothing follows.
            saved[:-1] += costs[last[:-1], after] - costs[first, after]
            j = int(np.argmax(saved))
            if saved[j] > 1e-9 * costs[before, first]:
                piece = slice(i + 1, i + 3 + j)
                tour[piece] = tour[piece][::-1]
                improved = True
    return [int(place) for place in tour]

"""Tours visit every place once and are short."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pregrasp.perception.tour import Costs, length, shortest_tour


def plane(count: int, seed: int) -> Costs:
    places = np.random.default_rng(seed).uniform(0.0, 1.0, (count, 2))
    return np.asarray(np.linalg.norm(places[:, None] - places[None], axis=2))


@pytest.mark.parametrize("count", [0, 1, 2, 3, 40])
def test_every_place_is_visited_once_and_the_first_one_first(count: int) -> None:
    tour = shortest_tour(plane(count, 1))
    assert sorted(tour) == list(range(count))
    assert tour[:1] == [0][:count]


@pytest.mark.parametrize("seed", range(8))
def test_a_small_tour_is_nearly_the_shortest_there_is(seed: int) -> None:
    costs = plane(8, seed)
    best = min(length(costs, [0, *rest]) for rest in itertools.permutations(range(1, 8)))
    assert length(costs, shortest_tour(costs)) <= 1.15 * best


def test_no_piece_of_a_tour_is_better_turned_round() -> None:
    costs = plane(60, 3)
    tour = shortest_tour(costs)
    reached = length(costs, tour)
    for i, j in itertools.combinations(range(1, 61), 2):
        turned = tour[:i] + tour[i:j][::-1] + tour[j:]
        assert length(costs, turned) >= reached - 1e-9


def test_places_that_are_all_the_same_need_no_search() -> None:
    assert shortest_tour(np.zeros((5, 5))) == [0, 1, 2, 3, 4]

"""Reading from other threads, numbers of writes, and that no two runs share anything."""

from __future__ import annotations

import threading

import pytest

from pregrasp.frames import Pose
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.trees import Runner, parse_tree
from pregrasp.trees.blackboard import WITHDRAWN, Blackboard
from pregrasp.trees.errors import TreeError

COUNT = """
tree: count
inputs: {first: int}
outputs: {n: int}
root:
  - set: {key: "{n}", to: "{first} + 0"}
  - repeat: {times: 50, do: {set: {key: "{n}", to: "{n} + 1"}}}
"""


def test_reading_before_the_first_write_is_an_error_that_names_the_key() -> None:
    with pytest.raises(TreeError, match="'t/a' is read before it was written"):
        _ = Blackboard().slot("t/a").value


def test_every_write_is_numbered_in_its_slot_and_in_the_board() -> None:
    board = Blackboard()
    board.slot("a").write("x")
    board.slot("b").write("y")
    board.slot("a").write("z")
    assert {key: tuple(entry) for key, entry in board.snapshot().items()} == {
        "a": ("z", 2, 3),
        "b": ("y", 1, 2),
    }


def test_a_reader_is_told_only_what_is_newer() -> None:
    board = Blackboard()
    board.slot("a").write(1)
    seen, changes = board.changes_since(0)
    assert list(changes) == ["a"]
    board.slot("b").write(2)
    seen, changes = board.changes_since(seen)
    assert list(changes) == ["b"]
    assert board.changes_since(seen) == (2, {})


def test_a_value_that_was_withdrawn_is_read_no_more_until_it_is_written_again() -> None:
    board = Blackboard()
    slot = board.slot("t/a")
    slot.withdraw()
    assert board.snapshot() == {}
    slot.write(1)
    slot.withdraw()
    slot.withdraw()
    with pytest.raises(TreeError, match="'t/a' is out of date"):
        _ = slot.value
    assert board.values() == {}
    _, changes = board.changes_since(1)
    assert tuple(changes["t/a"]) == (WITHDRAWN, 2, 2)
    slot.write(3)
    assert slot.value == 3


def test_readers_never_see_half_of_a_write() -> None:
    """Value and sequence always belong together, while slots are made and written."""
    board = Blackboard()
    torn: list[object] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            entries = board.snapshot().values()
            torn.extend(entry for entry in entries if entry.value != entry.sequence)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for round_ in range(1, 21):
        for key in range(100):
            board.slot(f"k{key}").write(round_)
    done.set()
    for reader in readers:
        reader.join()
    assert torn == []
    assert board.revision == 2000


def test_two_runs_in_two_threads_share_nothing() -> None:
    tree = parse_tree(COUNT)
    results: dict[int, object] = {}

    def run(first: int) -> None:
        cell = IdealCell(Pose())
        results[first] = Runner(tree, cell, {"first": first}).run().outputs["n"]

    threads = [threading.Thread(target=run, args=(first,)) for first in (0, 1000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {0: 50, 1000: 1050}

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from pregrasp.runlog.errors import RunLogError
from pregrasp.runlog.message import Message
from pregrasp.runlog.statistics import Statistics
from pregrasp.runlog.time_chart import draw_times

Grasp = Callable[..., list[Message]]


def node(number: int, name: str, parent: int | None, children: list[int]) -> dict[str, object]:
    path = "t/s" if parent is None else f"t/s/{name}"
    category = "control" if children else "action"
    return {
        "id": number,
        "path": path,
        "name": name,
        "title": name,
        "category": category,
        "parent": parent,
        "children": children,
    }


def message(kind: str, t: float, **body: object) -> Message:
    return Message(body={"v": 1, "seq": 0, "t": t, "type": kind, **body})


def run(result: str = "success", start: float = 100.0) -> list[Message]:
    """A sequence of a move that takes 2 s and a check that fails at first.

    Tick 1: move runs. Tick 2, 2 s later: it is done, the check fails. Tick 3: the move runs
    again, and is halted outside of a tick. Bits: 0 sequence, 1 move, 2 check.
    """
    nodes = [node(0, "s", None, [1, 2]), node(1, "<move>", 0, []), node(2, "check", 0, [])]
    return [
        message("tree", start, tree="t", nodes=nodes),
        message("tick", start, n=1, ms=0.1, visited="Aw==", nodes=[[1, "R"], [0, "R"]]),
        message("tick", start + 1.0, n=2, ms=0.1),
        message(
            "tick",
            start + 2.0,
            n=3,
            ms=7.0,
            visited="Bw==",
            nodes=[[1, "S"], [2, "F", "no"], [0, "F"]],
            slow=[[2, 6.5]],
        ),
        message("tick", start + 3.0, n=4, ms=0.1, visited="Aw==", nodes=[[1, "R"], [0, "R"]]),
        message("tick", start + 3.5, n=4, nodes=[[1, "I"], [0, "I"]]),
        message("end", start + 3.5, result=result, duration_s=3.5),
    ]


def test_counts_and_times_are_those_of_the_run() -> None:
    statistics = Statistics()
    statistics.add(run())
    sequence, move, check = statistics.nodes.values()
    assert (sequence.ticks, move.ticks, check.ticks) == (4, 4, 1)
    assert (move.successes, move.failures, move.halts) == (1, 0, 1)
    assert (check.successes, check.failures) == (0, 1)
    assert (move.success_rate, check.success_rate) == (1.0, 0.0)
    assert move.durations == [2.0, 0.5]
    assert check.durations == []
    assert check.slow_ms == 6.5
    assert move.to_json()["median_s"] == 1.25


def test_runs_add_up() -> None:
    statistics = Statistics()
    statistics.add(run())
    statistics.add(run("refused", start=0.0))
    assert statistics.runs == 2
    assert statistics.results == {"success": 1, "refused": 1}
    assert statistics.nodes["t/s/<move>"].ticks == 8
    assert statistics.nodes["t/s/<move>"].total_s == 5.0
    assert [(i.began, i.ended, i.status) for i in statistics.intervals] == [
        (0.0, 2.0, "S"),
        (3.0, 3.5, "I"),
    ], "of the latest run only"


def test_runs_of_another_tree_are_refused() -> None:
    statistics = Statistics()
    statistics.add(run())
    other = run()
    other[0].body["tree"] = "other"
    with pytest.raises(RunLogError, match="'other' among runs of 't'"):
        statistics.add(other)


def test_a_node_that_never_ended_has_no_success_rate() -> None:
    statistics = Statistics()
    statistics.add(run()[:2])
    assert statistics.nodes["t/s/<move>"].success_rate is None


def test_a_real_run_is_counted(grasp_messages: Grasp) -> None:
    messages = grasp_messages()
    ticks = sum("ms" in m.body for m in messages if m.type == "tick")
    statistics = Statistics()
    statistics.add(messages)
    root, *_ = statistics.nodes.values()
    assert root.ticks == ticks
    assert root.successes == 1


def test_the_picture_shows_each_leaf_and_nothing_becomes_markup() -> None:
    statistics = Statistics()
    statistics.add(run())
    picture = ET.fromstring(draw_times(statistics))  # noqa: S314 - our own
    texts = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "<move>" in texts
    assert "2.50 s" in texts
    assert "71 %" in texts
    bars = [e for e in picture.iter("{http://www.w3.org/2000/svg}rect") if e.get("height") == "16"]
    assert len(bars) == 2
    widths = [float(bar.get("width", "0")) for bar in bars]
    assert widths[0] == pytest.approx(4 * widths[1], rel=0.01)


def test_labels_tell_the_same_skill_in_two_subtrees_apart(grasp_messages: Grasp) -> None:
    statistics = Statistics()
    statistics.add(grasp_messages())
    labels = [node.label for node in statistics.nodes.values() if node.is_leaf]
    assert "servo_to_pregrasp/move_by" in labels
    assert "verify_grasp" in labels


def test_the_picture_of_many_runs_sorts_by_time_and_that_of_none_says_so() -> None:
    statistics = Statistics()
    for _ in range(3):
        statistics.add(run())
    assert "mean of 3 runs, 3.50 s" in draw_times(statistics)
    empty = Statistics()
    empty.add(run()[:1])
    assert "no leaf took any time" in draw_times(empty)

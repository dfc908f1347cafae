from __future__ import annotations

from collections.abc import Callable

from pregrasp.runlog.message import Message, parse
from pregrasp.runlog.state import RunState

Grasp = Callable[..., list[Message]]


def after(messages: list[Message]) -> RunState:
    state = RunState()
    for message in messages:
        state.apply(message)
    return state


def test_the_state_knows_what_every_node_did_last(grasp_messages: Grasp) -> None:
    messages = grasp_messages()
    state = after(messages)
    assert state.nodes[0].status == "S"
    assert not state.running
    kinds = {node["kind"]: state.nodes[node["id"]] for node in messages[0].body["nodes"]}
    assert kinds["verify_grasp"].feedback.startswith("holding")


def test_a_snapshot_brings_somebody_who_is_late_to_the_same_state(grasp_messages: Grasp) -> None:
    messages = grasp_messages()
    for end in (1, len(messages) // 3, len(messages) // 2, len(messages)):
        state = after(messages[:end])
        late = after([parse(message.text) for message in state.snapshot()])
        assert [(n.status, n.feedback) for n in late.nodes] == [
            (n.status, n.feedback) for n in state.nodes
        ]
        assert late.values == state.values
        assert late.visited == state.visited
        assert (late.ticks, late.end) == (state.ticks, state.end)
        assert (late.estimates, late.motion) == (state.estimates, state.motion)


def test_a_new_tree_begins_anew(grasp_messages: Grasp) -> None:
    messages = grasp_messages()
    state = after([*messages, messages[0]])
    assert state.running
    assert {node.status for node in state.nodes} == {"I"}
    assert state.values == {}
    assert state.estimates == []


def test_nobody_gets_a_snapshot_before_a_tree_has_run() -> None:
    assert list(RunState().snapshot()) == []

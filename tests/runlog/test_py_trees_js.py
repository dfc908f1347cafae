from __future__ import annotations

import json
from collections.abc import Callable

from pregrasp.runlog.message import Message
from pregrasp.viewer.py_trees_js import feed

Grasp = Callable[..., list[Message]]


def test_every_tick_is_a_snapshot_that_the_viewer_takes(grasp_messages: Grasp) -> None:
    messages = grasp_messages()
    lines = [json.loads(line) for line in feed(messages)]
    assert len(lines) == sum(message.type == "tick" for message in messages)
    last = lines[-1]
    assert last["changed"] == "true"
    assert last["behaviours"]["two_stage_grasp/sequence"]["status"] == "SUCCESS"
    for behaviour in last["behaviours"].values():
        assert all(child in last["behaviours"] for child in behaviour["children"])
        assert None not in behaviour.values()
    assert set(last["visited_path"]) <= set(last["behaviours"])


def test_texts_are_escaped_because_the_viewer_takes_them_for_markup(grasp_messages: Grasp) -> None:
    messages = grasp_messages()
    messages[0].body["nodes"][0]["name"] = "<script>alert(1)</script>"
    assert "<script>" not in next(iter(feed(messages)))

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pregrasp.cancellation import CancelToken
from pregrasp.frames import Pose
from pregrasp.runlog.codec import Encoder
from pregrasp.runlog.errors import MessageError
from pregrasp.runlog.message import LETTERS, TYPES, Message, parse, visited_ids
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.task import Task
from pregrasp.trees import (
    Event,
    LogLevel,
    LogWritten,
    PoseSampled,
    Runner,
    ValueWritten,
    parse_tree,
)

Grasp = Callable[..., list[Message]]

PAGE = Path(__file__).parents[2] / "docs" / "events.md"


def told_of(yaml: str, token: CancelToken | None = None) -> list[Message]:
    messages: list[Message] = []
    encoder = Encoder()
    cell = IdealCell(Pose(0.374, 0.0, 0.1))
    tree = parse_tree(yaml)
    Runner(tree, cell, observers=[lambda e: messages.extend(encoder.encode(e))]).run(token)
    return messages


def of_type(messages: list[Message], kind: str) -> list[Message]:
    return [message for message in messages if message.type == kind]


def test_a_run_begins_with_its_tree_and_ends_with_its_end(grasp_messages: Grasp) -> None:
    messages = grasp_messages()
    assert messages[0].type == "tree"
    assert messages[-1].type == "end"
    assert [message.body["seq"] for message in messages] == list(range(1, len(messages) + 1))


def test_numbers_of_nodes_are_their_places_in_the_tree_message(grasp_messages: Grasp) -> None:
    nodes = grasp_messages()[0].body["nodes"]
    assert [node["id"] for node in nodes] == list(range(len(nodes)))
    for node in nodes:
        for child in node["children"]:
            assert nodes[child]["parent"] == node["id"]
            assert child > node["id"]


def test_a_tick_tells_only_what_changed(grasp_messages: Grasp) -> None:
    told: dict[int, list[object]] = {}
    values: dict[str, object] = {}
    for tick in of_type(grasp_messages(), "tick"):
        for number, *rest in tick.body.get("nodes", ()):
            assert told.get(number) != rest, "said twice"
            told[number] = rest
        for key, value in tick.body.get("values", {}).items():
            assert values.get(key) != value, "said twice"
            values[key] = value
    assert told[0][0] == "S"


def test_visited_nodes_are_the_ones_that_were_ticked() -> None:
    checks = "{check: '{n} > 2'}, {check: '{n} > 0'}, {check: '{n} > 1'}"
    inputs = "inputs: {n: {type: int, default: 1}}"
    messages = told_of(f"tree: t\n{inputs}\nroot: {{selector: [{checks}]}}\n")
    tick = of_type(messages, "tick")[0]
    assert list(visited_ids(tick.body["visited"])) == [0, 1, 2]
    assert [change[:2] for change in tick.body["nodes"]] == [[1, "F"], [2, "S"], [0, "S"]]


def test_an_estimate_is_told_with_its_picture_and_the_tolerance(
    grasp_messages: Grasp, task: Task
) -> None:
    messages = grasp_messages()
    images = {message.body["id"]: message for message in of_type(messages, "image")}
    estimates = of_type(messages, "estimate")
    assert len(estimates) == len(images) > 2
    for estimate in estimates:
        picture = images[estimate.body["image"]].picture
        assert picture is not None
        assert picture.jpeg[:2] == b"\xff\xd8"
        assert estimate.body["tolerance"]["translation_mm"] == pytest.approx(
            task.tolerance.translation * 1e3
        )
    sizes = [estimate.body["motion"]["translation_mm"] for estimate in estimates]
    assert sizes == sorted(sizes, reverse=True)


def test_an_estimate_that_is_not_trusted_is_told_too(grasp_messages: Grasp) -> None:
    messages = grasp_messages(covered=True)
    (estimate,) = of_type(messages, "estimate")
    assert not estimate.body["trusted"]
    assert estimate.body["reason"] == "no part in view"
    end = messages[-1].body
    assert (end["result"], end["reason"]) == ("refused", "no part in view")
    node = messages[0].body["nodes"][end["node"]]
    assert node["path"] == end["path"]
    assert node["kind"] == "estimate"


def test_motions_are_told_with_their_skill(grasp_messages: Grasp) -> None:
    messages = grasp_messages()
    nodes = messages[0].body["nodes"]
    kinds = [nodes[message.body["node"]]["kind"] for message in of_type(messages, "motion")]
    assert kinds[0] == "move_to"
    assert kinds[-2:] == ["approach", "retreat"]


def test_results_are_told_apart() -> None:
    token = CancelToken()
    token.cancel()
    failing = "tree: t\nroot: [{check: 1 > 2}]\n"
    assert told_of("tree: t\nroot: [{check: 2 > 1}]\n")[-1].body["result"] == "success"
    assert told_of(failing)[-1].body["result"] == "failure"
    assert told_of(failing, token)[-1].body["result"] == "cancelled"


def test_a_failing_leaf_leaves_a_line_that_knows_its_node() -> None:
    lines = of_type(told_of("tree: t\nroot: [{check: 1 > 2}]\n"), "log")
    assert [line.body["node"] for line in lines] == [1, 1]
    assert [line.body["level"] for line in lines] == ["info", "error"]


def test_a_pose_outside_of_a_run_is_not_told() -> None:
    assert Encoder().encode(PoseSampled(time=0.0, T_base_tool=Pose())) == []


def test_a_value_that_cannot_be_looked_at_does_not_end_the_telling() -> None:
    class Broken(dict[str, int]):
        def __iter__(self) -> object:  # type: ignore[override]
            raise RuntimeError("no")

    messages: list[Message] = []
    encoder = Encoder()
    events: list[Event] = [
        ValueWritten(time=0.0, key="t/a", value=Broken(a=1)),
        LogWritten(time=0.0, level=LogLevel.INFO, text="still here"),
    ]
    for event in events:
        messages += encoder.encode(event)
    assert messages[-1].body["text"] == "still here"


def test_messages_survive_the_way_through_json(grasp_messages: Grasp) -> None:
    for message in grasp_messages():
        assert parse(message.text).body == message.body


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "no JSON"),
        ("[1]", "without v, seq"),
        ('{"v": 2, "seq": 1, "t": 0, "type": "tick"}', "version 2, expected 1"),
        ('{"v": 1, "seq": 1, "t": 0, "type": "dance"}', "type 'dance'"),
    ],
)
def test_what_is_no_message_is_refused(text: str, expected: str) -> None:
    with pytest.raises(MessageError, match=expected):
        parse(text)


def test_damaged_bits_are_refused() -> None:
    with pytest.raises(MessageError, match="base 64"):
        visited_ids("!")


def test_quiet_ticks_are_small() -> None:
    leaves = ", ".join(["{check: 2 > 1}"] * 999)
    messages = told_of(f"tree: t\nroot: [{{repeat: {{times: 5, do: [{leaves}]}}}}]\n")
    sizes = [len(message.text.encode()) for message in of_type(messages, "tick")]
    assert len(sizes) == 5
    assert max(sizes[1:]) < 2_000


def test_the_page_about_messages_knows_every_type_and_every_field(grasp_messages: Grasp) -> None:
    page = PAGE.read_text(encoding="utf-8")
    for kind in TYPES - {"tree"}:
        assert f"\n## {kind}\n" in page, f"docs/events.md does not describe {kind!r}"
    known = set(re.findall(r"[A-Za-z_]+", " ".join(re.findall(r"`([^`]*)`", page))))
    for message in [*grasp_messages(), *grasp_messages(covered=True)]:
        unknown = message.body.keys() - known
        assert not unknown, f"docs/events.md does not describe {unknown} of {message.type!r}"
    for node in grasp_messages()[0].body["nodes"]:
        assert node.keys() <= known
    for letter in LETTERS.values():
        assert f"`{letter}`" in page
    assert json.loads(re.findall(r"```json\n(.*?)```", page, re.S)[0])["v"] == 1

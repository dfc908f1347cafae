"""Groot2's protocol, spoken by a client that knows it from its description only."""

from __future__ import annotations

import socket
import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator

import msgpack
import pytest
import zmq

from pregrasp.frames import Pose
from pregrasp.runlog.codec import Encoder
from pregrasp.runlog.message import Message
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import Task
from pregrasp.trees import Runner, load_tree, parse_tree
from pregrasp.trees.exchange.vocabulary import BY_KEY
from pregrasp.viewer.groot import GrootServer
from pregrasp.viewer.groot.protocol import GrootError

Grasp = Callable[..., list[Message]]


class Client:
    """Asks like Groot2 does."""

    def __init__(self, port: int) -> None:
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.REQ)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.RCVTIMEO, 10_000)
        self._socket.connect(f"tcp://127.0.0.1:{port}")

    def ask(self, letter: str, *content: bytes, version: int = 2) -> list[bytes]:
        header = struct.pack("<BBI", version, ord(letter), 4711)
        self._socket.send_multipart([header, *content])
        reply: list[bytes] = self._socket.recv_multipart()
        if reply[0] != b"error":
            assert reply[0][:6] == header
            assert len(reply[0]) == 22
        return reply

    def close(self) -> None:
        self._socket.close()
        self._context.term()


@pytest.fixture
def server() -> Iterator[GrootServer]:
    server = GrootServer(0)
    yield server
    server.close()


@pytest.fixture
def free_port() -> int:
    """A port whose successor is free too: the publisher takes both."""
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        port: int = first.getsockname()[1]
        second.bind(("127.0.0.1", port + 1))
        return port


@pytest.fixture
def client(server: GrootServer) -> Iterator[Client]:
    client = Client(server.port)
    yield client
    client.close()


def show(server: GrootServer, messages: list[Message]) -> None:
    for message in messages:
        server.receive(message)


def test_the_tree_has_every_node_with_its_number(
    server: GrootServer, client: Client, grasp_messages: Grasp
) -> None:
    messages = grasp_messages()
    show(server, messages)
    root = ET.fromstring(client.ask("T")[1])  # noqa: S314 - our own
    assert root.get("BTCPP_format") == "4"
    uids = [int(element.get("_uid", "0")) for element in root.iter() if element.get("_uid")]
    assert sorted(uids) == list(range(1, len(messages[0].body["nodes"]) + 1))
    (subtree,) = root.iter("SubTree")
    assert subtree.get("name") is None
    trees = {tree.get("_fullpath") for tree in root.iter("BehaviorTree")}
    assert trees == {"", subtree.get("_fullpath")}
    models = root.find("TreeNodesModel")
    assert models is not None
    kinds = {model.get("ID"): model.tag for model in models}
    assert kinds["Sequence"] == "Control"
    assert kinds["Timeout"] == "Decorator"
    assert kinds["within_tolerance"] == "Condition"
    assert kinds["capture"] == "Action"


def test_statuses_come_with_what_idle_nodes_were(
    server: GrootServer, client: Client, grasp_messages: Grasp
) -> None:
    messages = grasp_messages()
    show(server, messages)
    data = client.ask("S")[1]
    statuses = dict(struct.iter_unpack("<HB", data))
    assert len(statuses) == len(messages[0].body["nodes"])
    assert statuses[1] == 2, "the root succeeded"
    assert set(statuses.values()) <= {0, 1, 2, 3, 11, 12, 13}


def test_blackboards_are_told_by_the_path_of_their_subtree(
    server: GrootServer, client: Client, grasp_messages: Grasp
) -> None:
    show(server, grasp_messages())
    names = b"two_stage_grasp;two_stage_grasp/sequence/servo_to_pregrasp;nobody"
    boards = msgpack.unpackb(client.ask("B", names)[1])
    assert set(boards) == {"two_stage_grasp", "two_stage_grasp/sequence/servo_to_pregrasp"}
    assert "deg)" in boards["two_stage_grasp"]["estimate"]
    assert "40 x 30 px" in boards["two_stage_grasp/sequence/servo_to_pregrasp"]["capture"]


def test_changes_are_recorded_on_request(
    server: GrootServer, client: Client, grasp_messages: Grasp
) -> None:
    messages = grasp_messages()
    show(server, messages[:1])
    assert client.ask("t")[1] == b""
    assert client.ask("r", b"start")[1].isdigit()
    show(server, messages[1:])
    records = client.ask("t")[1]
    assert len(records) % 9 == 0
    assert len(records) > 9 * 20
    *_, last = (records[at : at + 9] for at in range(0, len(records), 9))
    assert struct.unpack("<HB", last[6:]) == (1, 2)
    assert client.ask("t")[1] == b""


def test_nothing_can_be_changed_through_it(
    server: GrootServer, client: Client, grasp_messages: Grasp
) -> None:
    show(server, grasp_messages())
    for letter in "IRU":
        reply = client.ask(letter, b"{}")
        assert reply[0] == b"error"
        assert b"not offered" in reply[1]
    assert client.ask("D")[1] == b"[]"
    for letter in "XA":
        assert len(client.ask(letter)) == 1


def test_strange_requests_get_an_error_and_the_next_one_an_answer(
    server: GrootServer, client: Client, grasp_messages: Grasp
) -> None:
    assert client.ask("T") == [b"error", b"no tree has run yet"]
    show(server, grasp_messages())
    assert b"version 3, expected 2" in client.ask("T", version=3)[1]
    assert b"request '?'" in client.ask("?")[1]
    assert client.ask("B", b"\xff\xfe;;")[1] == msgpack.packb({})
    assert len(client.ask("S")) == 2


def test_a_port_that_is_taken_is_an_error_that_says_so(server: GrootServer) -> None:
    with pytest.raises(GrootError, match="Choose another port"):
        GrootServer(server.port)


def for_its_factory(root: ET.Element) -> ET.Element:
    """The answer, for the factory of the Python package.

    From Python neither controls nor ports can be registered, so our own controls become a
    sequence and our own skills lose their ports; everything else stays as it was sent.
    """
    known = {builtin.tag for builtin in BY_KEY.values()} | {"SubTree", "BehaviorTree"}
    for tree in root.iter("BehaviorTree"):
        for element in tree.iter():
            if element.tag in known:
                continue
            if len(element):
                element.tag = "Sequence"
            kept = ("name", "_uid")
            element.attrib = {key: element.attrib[key] for key in kept if key in element.attrib}
    return root


@pytest.mark.parametrize("name", ["two_stage_grasp", "grasp_with_recovery"])
def test_behaviortree_cpp_loads_the_tree_that_is_sent_and_ticks_it(
    server: GrootServer, client: Client, task: Task, name: str
) -> None:
    behaviortreepy = pytest.importorskip("behaviortreepy")
    cell = IdealCell(task.taught.grasp)
    inputs = {"task": task, "estimator": IdealEstimator(cell, task.taught.approach)}
    encoder = Encoder()
    observer = [lambda event: show(server, encoder.encode(event))]
    Runner(load_tree(name), cell, inputs, observers=observer).run()
    text = client.ask("T")[1].decode()
    root = ET.fromstring(text)  # noqa: S314 - our own
    ours = {tree.get("ID") for tree in root.iter("BehaviorTree")}
    factory = behaviortreepy.BehaviorTreeFactory()
    ticked: list[str] = []

    def succeed(kind: str) -> Callable[[object], object]:
        def tick(node: object) -> object:
            ticked.append(kind)
            return behaviortreepy.NodeStatus.SUCCESS

        return tick

    builtin = {one.tag for one in BY_KEY.values()}
    register = {
        "Action": factory.register_simple_action,
        "Condition": factory.register_simple_condition,
    }
    for model in root.iterfind("TreeNodesModel/*"):
        kind = model.get("ID", "")
        if kind not in builtin and model.tag in register:
            register[model.tag](kind, succeed(kind))
    loadable = ET.tostring(for_its_factory(root), encoding="unicode")
    factory.register_behavior_tree_from_text(loadable)
    assert set(factory.registered_behavior_trees()) == ours
    loaded = factory.create_tree(name)
    status = behaviortreepy.to_string(loaded.tick_while_running())
    assert status == "SUCCESS"
    assert (ticked[0], ticked[-1]) == ("open_gripper", "verify_grasp")
    assert {"move_to", "capture", "estimate"} <= set(ticked)


def shape(client: Client) -> dict[str, list[object]]:
    """What the answers look like, for a tree of two leaves in a sequence that has run."""
    start, stop = client.ask("r", b"start"), client.ask("r", b"stop")
    tree = ET.fromstring(client.ask("T")[1])  # noqa: S314 - not from outside
    first = tree.find("BehaviorTree")
    assert first is not None
    return {
        "tree": [tree.tag, dict(tree.attrib), sorted(first.attrib), first.get("_fullpath")],
        "nodes": [(e.tag, sorted(e.attrib), e.get("_uid")) for e in first.iter() if e is not first],
        "status": [len(client.ask("S")[1]), client.ask("S")[1][:2]],
        "blackboard": [type(board) for board in msgpack.unpackb(client.ask("B", b"m")[1])],
        "recording": [len(start), len(start[1]), len(stop)],
        "hooks": [client.ask("D")[1], len(client.ask("X")), len(client.ask("A"))],
        "unknown": [client.ask("?")[0]],
    }


def test_answers_look_like_those_of_behaviortree_cpp(
    server: GrootServer, client: Client, free_port: int
) -> None:
    """Its own publisher, in the package behaviortreepy, is asked the same questions."""
    behaviortreepy = pytest.importorskip("behaviortreepy")
    factory = behaviortreepy.BehaviorTreeFactory()
    for name in ("open_gripper", "close_gripper"):
        factory.register_simple_action(name, lambda node: behaviortreepy.NodeStatus.SUCCESS)
    theirs = factory.create_tree_from_text(
        '<root BTCPP_format="4" main_tree_to_execute="m"><BehaviorTree ID="m"><Sequence>'
        "<open_gripper/><close_gripper/></Sequence></BehaviorTree></root>"
    )
    publisher = behaviortreepy.Groot2Publisher(theirs, free_port)
    theirs.tick_while_running()
    other = Client(free_port)
    try:
        expected = shape(other)
    finally:
        other.close()
        del publisher
    encoder = Encoder()
    tree = parse_tree("tree: m\nroot: [open_gripper, close_gripper]\n")
    observer = [lambda event: show(server, encoder.encode(event))]
    Runner(tree, IdealCell(Pose()), observers=observer).run()
    assert shape(client) == expected

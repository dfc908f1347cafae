from __future__ import annotations

import threading
import time

import pytest

from pregrasp.frames import Pose
from pregrasp.runlog.broadcast import Broadcast
from pregrasp.runlog.codec import Encoder
from pregrasp.runlog.message import Message
from pregrasp.runlog.poses import PoseSampler
from pregrasp.skills.ideal_cell import IdealArm, IdealCell
from pregrasp.trees import Event, LogWritten, PoseSampled, Runner, parse_tree

REPEAT = "tree: t\nroot: [{repeat: {times: 300, do: {check: 2 > 1}}}]\n"


class Collector:
    """Keeps what it gets."""

    name = "collector"

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.closed = 0

    def receive(self, message: Message) -> None:
        self.messages.append(message)

    def idle(self) -> None:
        pass

    def close(self) -> None:
        self.closed += 1


class Raising(Collector):
    """Is out of order."""

    name = "broken screen"

    def receive(self, message: Message) -> None:
        raise OSError("no space left")


class Stuck(Collector):
    """Takes its time."""

    name = "slow page"

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def receive(self, message: Message) -> None:
        self.go_on.wait(20.0)
        super().receive(message)


def run(broadcast: Broadcast, yaml: str = REPEAT) -> None:
    cell = IdealCell(Pose(0.374, 0.0, 0.1))
    result = Runner(parse_tree(yaml), cell, observers=[broadcast]).run()
    assert result.succeeded
    assert not result.observer_errors


def test_every_reader_gets_everything_in_order() -> None:
    readers = [Collector(), Collector()]
    with Broadcast(readers) as broadcast:
        run(broadcast)
    for reader in readers:
        assert reader.messages[0].type == "tree"
        assert reader.messages[-1].type == "end"
        numbers = [message.body["seq"] for message in reader.messages]
        assert numbers == sorted(numbers)
        assert reader.closed == 1


def test_the_same_message_is_encoded_once() -> None:
    readers = [Collector(), Collector()]
    with Broadcast(readers) as broadcast:
        run(broadcast)
    assert readers[0].messages[3] is readers[1].messages[3]


def test_nobody_waits_for_a_slow_reader() -> None:
    slow, quick = Stuck(), Collector()
    broadcast = Broadcast([slow, quick])
    try:
        run(broadcast)
        deadline = time.monotonic() + 10.0
        while not (quick.messages and quick.messages[-1].type == "end"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert slow.messages == []
    finally:
        slow.go_on.set()
        broadcast.close()
    assert slow.messages[-1].type == "end"


def test_what_a_stuck_reader_misses_is_bounded_counted_and_not_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pregrasp.runlog.broadcast.WAITING_TEXT", 20_000)
    slow, quick = Stuck(), Collector()
    broadcast = Broadcast([slow, quick])
    try:
        run(broadcast)
        assert not broadcast.flush(0.1), "the slow one has not got everything"
    finally:
        slow.go_on.set()
        broadcast.close()
    assert sum(len(message.text) for message in slow.messages) < 2 * 22_000 + 1000
    kinds = [message.type for message in slow.messages]
    assert (kinds[0], "end" in kinds, kinds[-1]) == ("tree", True, "lost")
    told = sum(message.body["messages"] for message in slow.messages if message.type == "lost")
    assert told == len(quick.messages) - (len(kinds) - kinds.count("lost"))
    assert told > 50


def test_events_that_come_faster_than_they_are_encoded_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pregrasp.runlog.broadcast.WAITING_EVENTS", 50)
    reader, going_on = Collector(), threading.Event()

    class Slow(Encoder):
        def encode(self, event: Event) -> list[Message]:
            going_on.wait(20.0)
            return super().encode(event)

    with Broadcast([reader], Slow()) as broadcast:
        run(broadcast)
        going_on.set()
    kinds = [message.type for message in reader.messages]
    assert kinds[0] == "tree"
    assert "end" in kinds
    assert any(m.type == "lost" and m.body["messages"] > 100 for m in reader.messages)


def test_a_reader_that_raises_is_let_go_and_the_others_are_told() -> None:
    other = Collector()
    with Broadcast([Raising(), other]) as broadcast:
        run(broadcast)
        assert broadcast.flush()
        run(broadcast)
        assert [name for name, _ in broadcast.errors] == ["broken screen"]
    lines = [m.body["text"] for m in other.messages if m.type == "log"]
    assert lines == ["broken screen has stopped: no space left"]


def test_after_a_flush_everything_has_arrived() -> None:
    reader = Collector()
    with Broadcast([reader]) as broadcast:
        run(broadcast)
        assert broadcast.flush()
        assert reader.messages[-1].type == "end"


def test_somebody_may_join_later() -> None:
    late = Collector()
    with Broadcast() as broadcast:
        run(broadcast)
        broadcast.flush()
        broadcast.add(late)
        run(broadcast)
    assert [m.type for m in late.messages].count("tree") == 1


def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()
    with Broadcast([Collector()]) as broadcast:
        sampler = PoseSampler(broadcast)
        run(broadcast)
        sampler.close()
    assert threading.active_count() == before


class BrokenArm(IdealArm):
    """Does not know where it is."""

    def pose(self) -> Pose:
        raise OSError("no answer")


@pytest.mark.parametrize("broken", [False, True])
def test_poses_are_sampled_while_a_tree_runs(broken: bool) -> None:
    told: list[Event] = []
    got = threading.Event()

    def tell(event: Event) -> None:
        told.append(event)
        got.set()

    cell = IdealCell(Pose(0.374, 0.0, 0.1))
    if broken:
        cell.arm = BrokenArm()
    sampler = PoseSampler(tell, period=0.001)

    def wait(event: Event) -> None:
        got.wait(5.0)

    Runner(parse_tree(REPEAT), cell, observers=[sampler, wait]).run()
    sampler.close()
    first = told[0]
    if broken:
        assert isinstance(first, LogWritten)
        assert first.text == "the pose of ideal arm is not sampled any more: no answer"
    else:
        assert isinstance(first, PoseSampled)
    assert len(told) == 1, "an arm that stands still is told once, and trouble too"

from __future__ import annotations

import errno
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import jsonschema
import numpy as np
import pytest
from mcap.reader import make_reader

from pregrasp.frames import Pose
from pregrasp.runlog import segment
from pregrasp.runlog.broadcast import Broadcast
from pregrasp.runlog.errors import LogFileError
from pregrasp.runlog.index import RunIndex
from pregrasp.runlog.message import Message
from pregrasp.runlog.reader import RecordedRun, run_files
from pregrasp.runlog.run_log import RunLog
from pregrasp.runlog.schemas import TOPICS
from pregrasp.runlog.state import RunState
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.trees import Runner, parse_tree

Grasp = Callable[..., list[Message]]

WRITER = """
import sys, time
from pathlib import Path
from pregrasp.frames import Pose
from pregrasp.runlog.broadcast import Broadcast
from pregrasp.runlog.run_log import RunLog
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.trees import Runner, TickEnded, parse_tree

def tell(event):
    if isinstance(event, TickEnded):
        print(event.number, flush=True)
        time.sleep(0.002)

tree = parse_tree("tree: t\\nroot: [{repeat: {times: 100000, do: {check: 2 > 1}}}]\\n")
with Broadcast([RunLog(Path(sys.argv[1]))]) as broadcast:
    Runner(tree, IdealCell(Pose()), observers=[broadcast, tell]).run()
"""


def write(folder: Path, messages: list[Message], **how: Any) -> RunLog:
    log = RunLog(folder, **how)
    for message in messages:
        log.receive(message)
    log.close()
    return log


def test_what_is_read_is_what_was_told(tmp_path: Path, grasp_messages: Grasp) -> None:
    messages = grasp_messages()
    log = write(tmp_path, messages)
    recorded = RecordedRun(run_files(tmp_path / f"{log.run}.mcap"))
    again = list(recorded.messages(pixels=True))
    assert recorded.complete
    assert [message.body for message in again] == [message.body for message in messages]
    for before, after in zip(messages, again, strict=True):
        if before.picture is not None:
            assert after.picture is not None
            assert after.picture.jpeg == before.picture.jpeg
            assert before.picture.pixels is not None
            assert after.picture.pixels is not None
            np.testing.assert_array_equal(after.picture.pixels, before.picture.pixels)


def test_pixels_are_left_out_on_request(tmp_path: Path, grasp_messages: Grasp) -> None:
    log = write(tmp_path, grasp_messages(), keep_pixels=False)
    recorded = RecordedRun(run_files(tmp_path / f"{log.run}.mcap"))
    pictures = [m.picture for m in recorded.messages(pixels=True) if m.picture is not None]
    assert pictures
    assert all(picture.pixels is None for picture in pictures)


def test_other_tools_can_read_every_channel(logged: Path) -> None:
    """Through the index of the file, as Foxglove does, and against the schemas in it."""
    seen = set()
    path = min(logged.glob("*.mcap"))
    with path.open("rb") as file:
        reader = make_reader(file)
        for schema, channel, message in reader.iter_messages():
            assert schema is not None
            assert (schema.encoding, channel.message_encoding) == ("jsonschema", "json")
            assert schema.name == TOPICS[channel.topic]
            jsonschema.validate(json.loads(message.data), json.loads(schema.data))
            seen.add(channel.topic)
        summary = reader.get_summary()
        assert summary is not None
        assert summary.chunk_indexes
        assert dict(next(iter(reader.iter_metadata())).metadata)["task"] == "circuit_board"
    assert seen >= {"/tree/events", "/camera/image", "/camera/pixels"}


def test_a_log_line_carries_its_node_and_its_place_in_the_file(logged: Path) -> None:
    refused = sorted(logged.glob("*.mcap"))[1]
    with refused.open("rb") as file:
        lines = [
            json.loads(message.data)
            for _, _, message in make_reader(file).iter_messages(topics=["/log"])
        ]
    assert lines[-1]["message"] == "refused: no part in view"
    assert lines[-1]["name"].endswith("/estimate")
    assert lines[-1]["file"].endswith("servo_to_pregrasp.yaml")
    assert lines[-1]["level"] == 3


def test_every_run_has_a_line_in_the_index(logged: Path) -> None:
    with RunIndex(logged, create=False) as index:
        records = index.find()
    assert [record.result for record in records] == ["success", "refused", "success"]
    assert records[1].reason == "no part in view"
    assert records[1].node.endswith("/estimate")
    assert records[0].moves == 5
    assert records[0].last_translation_mm is not None
    assert records[0].last_translation_mm < 0.1
    assert records[0].model == "0123456789ab"
    assert [path.exists() for path in records[0].files] == [True]


def test_a_large_run_goes_on_in_files_that_can_be_read_alone(
    tmp_path: Path, grasp_messages: Grasp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pregrasp.runlog.run_log.FLUSH_PERIOD", 0.0)
    messages = grasp_messages()
    log = write(tmp_path, messages, largest_file=6_000)
    files = run_files(tmp_path / f"{log.run}.mcap")
    assert len(files) > 2
    whole = RecordedRun(files)
    assert [message.body for message in whole.messages()] == [m.body for m in messages]
    state, alone = RunState(), RunState()
    for message in messages:
        state.apply(message)
    for message in RecordedRun(files[-1:]).messages():
        alone.apply(message)
    assert [node.status for node in alone.nodes] == [node.status for node in state.nodes]
    assert alone.values == state.values
    with RunIndex(tmp_path) as index:
        assert index.get("last").files == files


def test_the_oldest_files_make_room_and_their_lines_stay(
    tmp_path: Path, grasp_messages: Grasp
) -> None:
    for _ in range(4):
        write(tmp_path, grasp_messages(), largest_folder=20_000)
    assert 1 <= len(list(tmp_path.glob("*.mcap"))) < 4
    with RunIndex(tmp_path) as index:
        records = index.find()
    assert len(records) == 4
    assert records[0].files
    assert not records[-1].files


class FullDisk:
    """A file on a disk with little room."""

    def __init__(self, path: Path, room: int) -> None:
        self._file = path.open("xb", buffering=0)
        self._room = room

    def write(self, data: bytes) -> int:
        self._room -= len(data)
        if self._room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def test_a_full_disk_is_told_once_and_the_next_run_is_tried_again(
    tmp_path: Path, grasp_messages: Grasp, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = [4_000, 10_000_000]

    def open_segment(path: Path) -> IO[bytes]:
        return FullDisk(path, room.pop(0))  # type: ignore[return-value]

    monkeypatch.setattr(segment, "open_segment", open_segment)
    monkeypatch.setattr("pregrasp.runlog.run_log.FLUSH_PERIOD", 0.0)
    problems: list[LogFileError] = []
    log = RunLog(tmp_path, on_problem=problems.append)
    for message in [*grasp_messages(), *grasp_messages()]:
        log.receive(message)
    log.close()
    assert len(problems) == 1
    assert "No space left on device" in str(problems[0])
    assert "The run goes on without it" in str(problems[0])
    with RunIndex(tmp_path) as index:
        results = [record.result for record in index.find()]
    assert results == ["success", "success"], "how a run ended is known without its log"
    first = RecordedRun(run_files(problems[0].path))
    assert next(first.messages()).type == "tree"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_the_tree_runs_to_its_end_on_a_really_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_segment(path: Path) -> IO[bytes]:
        return Path("/dev/full").open("wb")

    monkeypatch.setattr(segment, "open_segment", open_segment)
    monkeypatch.setattr("pregrasp.runlog.run_log.FLUSH_PERIOD", 0.0)
    problems: list[LogFileError] = []
    tree = parse_tree("tree: t\nroot: [{repeat: {times: 200, do: {check: 2 > 1}}}]\n")
    with Broadcast([RunLog(tmp_path, on_problem=problems.append)]) as broadcast:
        result = Runner(tree, IdealCell(Pose()), observers=[broadcast]).run()
    assert result.succeeded
    assert not result.observer_errors
    assert len(problems) == 1


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, grasp_messages: Grasp) -> None:
    (tmp_path / "file").write_text("in the way")
    problems: list[LogFileError] = []
    write(tmp_path / "file" / "log", grasp_messages(), on_problem=problems.append)
    assert "cannot be written" in str(problems[0])


@pytest.mark.slow
def test_after_a_kill_all_but_the_last_moment_is_readable(tmp_path: Path) -> None:
    rng = random.Random(7)  # noqa: S311 - moments, not secrets
    for number in range(2):
        folder = tmp_path / str(number)
        program = [sys.executable, "-c", WRITER, str(folder)]
        with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            child.stdout.readline()
            kill_at = time.monotonic() + rng.uniform(3.0, 4.0)
            ticks = [(time.monotonic(), 1)]
            for line in child.stdout:
                if line.strip().isdigit():
                    ticks.append((time.monotonic(), int(line)))
                if time.monotonic() > kill_at:
                    break
            child.send_signal(signal.SIGKILL)
            child.wait()
        (path,) = folder.glob("*.mcap")
        recorded = RecordedRun(run_files(path))
        state = RunState()
        for message in recorded.messages():
            state.apply(message)
        assert not recorded.complete
        # Five times the period, because this machine may be busy.
        told_before = max(
            tick for moment, tick in ticks if moment < ticks[-1][0] - 2.5 or tick == 1
        )
        assert state.ticks >= told_before
        with RunIndex(folder) as index:
            assert index.get("last").result == "unfinished"

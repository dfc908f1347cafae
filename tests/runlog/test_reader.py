from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pregrasp.runlog.errors import LogFileError
from pregrasp.runlog.message import Message
from pregrasp.runlog.reader import RecordedRun, run_files

Grasp = Callable[..., list[Message]]


def bodies(path: Path) -> tuple[list[dict[str, object]], bool]:
    recorded = RecordedRun([path])
    told = [message.body for message in recorded.messages(pixels=True)]
    return told, recorded.complete


def test_a_file_cut_off_anywhere_gives_what_is_whole(logged: Path, tmp_path: Path) -> None:
    path = min(logged.glob("*.mcap"))
    whole, complete = bodies(path)
    assert complete
    data = path.read_bytes()
    cut = tmp_path / "cut.mcap"
    lengths = []
    for size in range(2_000, len(data), 997):
        cut.write_bytes(data[:size])
        try:
            told, complete = bodies(cut)
        except LogFileError:
            told, complete = [], False
        assert not complete
        assert told == whole[: len(told)]
        lengths.append(len(told))
    assert lengths == sorted(lengths)
    assert lengths[-1] == len(whole), "the index at the end is not needed for reading"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(place=st.floats(0.0, 1.0, exclude_max=True), bits=st.integers(1, 255))
def test_a_damaged_file_is_never_worse_than_an_error(
    logged: Path, tmp_path: Path, place: float, bits: int
) -> None:
    data = bytearray(min(logged.glob("*.mcap")).read_bytes())
    data[int(place * len(data))] ^= bits
    damaged = tmp_path / "damaged.mcap"
    damaged.write_bytes(data)
    try:
        told, _ = bodies(damaged)
    except LogFileError:
        return
    assert all(body["v"] == 1 for body in told)


def test_a_length_that_no_memory_holds_ends_the_reading(logged: Path, tmp_path: Path) -> None:
    from mcap.records import Chunk
    from mcap.stream_reader import StreamReader

    whole = min(logged.glob("*.mcap"))
    told, _ = bodies(whole)
    with whole.open("rb") as file:
        chunk = next(
            record
            for record in StreamReader(file, emit_chunks=True).records
            if isinstance(record, Chunk)
        )
    data = bytearray(whole.read_bytes())
    length = data.index(chunk.data) - 8
    data[length : length + 8] = (1 << 48).to_bytes(8, "little")
    damaged = tmp_path / "damaged.mcap"
    damaged.write_bytes(data)
    try:
        left, complete = bodies(damaged)
    except LogFileError:
        return
    assert not complete
    assert left == told[: len(left)]


@pytest.mark.parametrize("content", [b"", b"not a log at all", b"\x89MCAP0\r\n"])
def test_what_is_no_log_is_an_error_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "some.mcap"
    path.write_bytes(content)
    with pytest.raises(LogFileError, match=r"some\.mcap: this is no run log"):
        list(RecordedRun([path]).messages())


def test_a_missing_file_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(LogFileError, match="there is no such file"):
        run_files(tmp_path / "gone.mcap")


def test_files_of_a_run_are_found_in_their_order(tmp_path: Path) -> None:
    names = ["a.mcap", "a.1.mcap", "a.2.mcap", "a.10.mcap"]
    for name in [*names, "ab.mcap", "a.txt"]:
        (tmp_path / name).touch()
    for name in names:
        assert [path.name for path in run_files(tmp_path / name)] == names

"""A model folder is the old one or the new one, whenever the process is killed."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pregrasp.perception import folder_swap
from pregrasp.perception.folder_swap import fresh_place, replace_folder
from pregrasp.perception.model_folder import read_part, write_folder

WRITER = """
import itertools, sys
from pathlib import Path
from pregrasp.perception import folder_swap
from pregrasp.perception.model_folder import write_folder
if sys.argv[2] == "no exchange":
    folder_swap._exchange = lambda one, other: False
for number in itertools.count():
    text = str(number).encode()
    write_folder(Path(sys.argv[1]), {"model.json": text, "a.npz": text * 5000, "b.npz": text})
    print(number, flush=True)
"""


def parts(folder: Path) -> tuple[int, int, int]:
    first = int(read_part(folder, "model.json"))
    long = read_part(folder, "a.npz")
    assert len(long) % 5000 == 0
    return first, int(long[: len(long) // 5000]), int(read_part(folder, "b.npz"))


@pytest.mark.slow
@pytest.mark.parametrize("how", ["exchange", "no exchange"])
def test_a_killed_writer_leaves_a_whole_model_and_its_notes(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "README.md").write_text("notes")
    rng = random.Random(3)  # noqa: S311  # no secret
    for _ in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), how], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        # The moment is random on purpose: nothing tells when a process is killed.
        time.sleep(rng.uniform(0.0, 0.08))
        process.kill()
        process.wait()
        process.stdout.close()
        assert len(set(parts(folder))) == 1
        assert (folder / "README.md").read_text() == "notes"


def test_where_names_cannot_be_exchanged_the_folder_is_replaced_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_swap, "_exchange", lambda one, other: False)
    folder = tmp_path / "model"
    for text in (b"1", b"2"):
        write_folder(folder, {"model.json": text, "a.npz": text})
    assert read_part(folder, "a.npz") == b"2"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_what_was_put_aside_is_brought_back_by_the_next_reader(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    write_folder(folder, {"model.json": b"1", "a.npz": b"1"})
    folder.rename(tmp_path / ".model.old")
    folder.mkdir()
    assert read_part(folder, "model.json") == b"1"


def test_a_new_folder_is_moved_into_place(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    fresh_place(folder).mkdir()
    (fresh_place(folder) / "model.json").write_text("1")
    replace_folder(folder, "model.json")
    assert (folder / "model.json").read_text() == "1"

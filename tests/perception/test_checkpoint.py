"""PyTorch's files are read without PyTorch, and nothing in them is run."""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from pregrasp.perception.errors import TrainingError
from pregrasp.perception.training.checkpoint import read_checkpoint

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("layout", ["zip", "legacy"])
def test_what_torch_saved_is_read_back(layout: str) -> None:
    tensors = read_checkpoint(GOLDEN / f"checkpoint_{layout}.pth")
    assert list(tensors) == ["a.weight", "a.bias", "n"]
    np.testing.assert_array_equal(
        tensors["a.weight"], np.arange(6, dtype=np.float32).reshape(2, 3) / 4
    )
    np.testing.assert_array_equal(tensors["a.bias"], [1.5, -2.0])
    assert tensors["n"].shape == ()
    assert tensors["n"] == 3


class Attack:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch run_by_a_pickle",)


def test_a_file_that_wants_to_run_code_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with zipfile.ZipFile("evil.pth", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"w": Attack()}))
    with pytest.raises(TrainingError, match=r"evil\.pth.*posix\.system"):
        read_checkpoint(Path("evil.pth"))
    assert not Path("run_by_a_pickle").exists()


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"no such file.*without `pretrained`"):
        read_checkpoint(tmp_path / "googlenet.pth")


@pytest.mark.parametrize("layout", ["zip", "legacy"])
@pytest.mark.parametrize("keep", [0, 5, 60, 400, 640])
def test_a_file_that_is_cut_off_is_refused(layout: str, keep: int, tmp_path: Path) -> None:
    file = tmp_path / "cut.pth"
    file.write_bytes((GOLDEN / f"checkpoint_{layout}.pth").read_bytes()[:keep])
    with pytest.raises(TrainingError, match=r"cut\.pth: not a PyTorch checkpoint"):
        read_checkpoint(file)


def test_something_else_than_tensors_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "list.pth", "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"lr": 0.1}))
    with pytest.raises(TrainingError, match="'lr' is a float, expected a tensor"):
        read_checkpoint(tmp_path / "list.pth")

"""Typed configuration: units in the keys, all faults at once, nothing guessed."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from pathlib import Path

import pytest

from pregrasp.configuration import load, quantity
from pregrasp.documents import ConfigurationError
from pregrasp.frames import Pose
from pregrasp.task import find_task, library


class Mode(enum.Enum):
    FAST = "fast"
    CAREFUL = "careful"


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    reach: float = quantity("mm")
    turn: float = quantity("deg", default=0.0)
    count: int = 3
    mode: Mode = Mode.CAREFUL
    pose: Pose | None = None

    def __post_init__(self) -> None:
        if self.reach <= 0:
            raise ValueError("reach must be positive")


def read(tmp_path: Path, text: str) -> Example:
    path = tmp_path / "example.yaml"
    path.write_text(text)
    return load(path, Example)


def faults(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, text)
    return [f"{f.rule}: {f.message} {f.remedy}".strip() for f in caught.value.findings]


def test_values_arrive_in_si_units(tmp_path: Path) -> None:
    pose = "{x_mm: 1, y_mm: 2, z_mm: 3, theta_deg: 0}"
    text = f"reach_mm: 250\nturn_deg: 90\nmode: fast\npose: {pose}\n"
    example = read(tmp_path, text)
    assert example.reach == pytest.approx(0.25)
    assert example.turn == pytest.approx(math.pi / 2)
    assert example.mode is Mode.FAST
    assert example.pose == Pose(0.001, 0.002, 0.003, 0.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("reach_cm: 25", "The unit belongs to the key: write 'reach_mm', in mm."),
        ("reach: 25", "The unit belongs to the key: write 'reach_mm', in mm."),
        ("reach_mm: far", "type: found 'far', expected a number"),
        ("reach_mm: .nan", "type: found nan, expected a number"),
        ("reach_mm: -1", "value: reach must be positive"),
        ("reach_mm: 1\ncount: 1.5", "type: found 1.5, expected a whole number"),
        ("reach_mm: 1\ncount: true", "type: found True, expected a whole number"),
        ("reach_mm: 1\nmode: fats", "Did you mean 'fast'?"),
        ("reach_mm: 1\nmoed: fast", "Did you mean 'mode'?"),
        ("{}", "missing: 'reach_mm' is missing"),
        ("[]", "expected a mapping"),
        ("reach_mm: 1\npose: {x: 1}", "write 'x_mm', in mm."),
    ],
)
def test_a_fault_says_what_was_expected(tmp_path: Path, text: str, expected: str) -> None:
    assert any(expected in fault for fault in faults(tmp_path, text))


def test_all_faults_are_reported_together(tmp_path: Path) -> None:
    found = faults(tmp_path, "reach_mm: far\ncount: many\nmode: slow\n")
    assert len(found) == 3


@pytest.mark.parametrize("name", sorted(library()))
def test_every_task_of_the_library_loads(name: str) -> None:
    task = find_task(name)
    assert task.task == name
    assert task.description.endswith(".")
    assert task.simulation is not None


def test_an_unknown_task_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(ConfigurationError, match="Did you mean 'circuit_board'"):
        find_task("circiut_board")


WRITTEN = """\
task: my_part
taught:
  pregrasp: {x_mm: 374, y_mm: 55, z_mm: 200, theta_deg: 0}
  approach: {x_mm: 0, y_mm: -55, z_mm: -199, theta_deg: 0}
workspace: {x_mm: 40, y_mm: 40, theta_deg: 30}
simulation:
  table_seed: 1
  part:
    length_mm: 70
    width_mm: 50
    thickness_mm: 4
    texture: {generator: circuit_board, seed: 12}
"""


@pytest.mark.parametrize(
    ("old", "new", "place", "expected"),
    [
        ("my_part", "../elsewhere", "1:7", "expected a name"),
        ("my_part", "''", "1:7", "expected a name"),
        ("my_part", "..", "1:7", "expected a name"),
        ("my_part", "x" * 300, "1:7", "expected a name"),
        ("x_mm: 374, ", "", "3:13", "'x_mm' is missing"),
        ("z_mm: -199", "z_mm: 199", "4:13", "lies below the pregrasp pose"),
        ("theta_deg: 30", "theta_deg: 400", "5:12", "expected at most 180"),
        ("length_mm: 70", "length_mm: -70", "9:16", "found -70, expected 20 to 140"),
        ("seed: 12", "seed: -1", "12:47", "found -1, expected 0 or more"),
        ("table_seed: 1", "table_seed: -1", "7:15", "found -1, expected 0 or more"),
        ("x_mm: 374", "x_mm: 3e2", "3:20", "Write 300, without quotes."),
        ("x_mm: 374", "x_mm: 374 mm", "3:20", "belongs to the key, so write 374."),
        ("x_mm: 374", "x_mm: 374,5", "3:24", "with a point, not with a comma."),
        ("x_mm: 374", 'x_mm: "374,5"', "3:20", "with a point, not with a comma."),
    ],
)
def test_a_task_that_cannot_be_meant_is_refused_at_its_place(
    tmp_path: Path, old: str, new: str, place: str, expected: str
) -> None:
    (tmp_path / "task.yaml").write_text(WRITTEN.replace(old, new, 1))
    with pytest.raises(ConfigurationError) as caught:
        find_task(str(tmp_path))
    (finding,) = caught.value.findings
    assert str(finding.position) == f"{tmp_path / 'task.yaml'}:{place}"
    assert expected in f"{finding.message} {finding.remedy}"


def test_a_folder_without_a_task_says_what_is_missing_in_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"the folder has no task\.yaml"):
        find_task(str(tmp_path))

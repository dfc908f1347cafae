"""The benchmarks' arithmetic, and that every command explains itself."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.perception.dataset import CaptureRecord
from pregrasp.perception.features.matching import SHRINK
from pregrasp.perception.features.model import FeatureModel
from pregrasp.perception.image_map import ImageMap
from pregrasp.perception.last_inch import Pyramid
from pregrasp.perception.model import Trust
from pregrasp.perception.sampling import CaptureKind

ROOT = Path(__file__).parents[2]

COMMANDS = (
    "fleet", "kill_anywhere", "soak",
    "rivals", "rivals.learn", "rivals.looks", "paper.figure6", "paper.figure7", "paper.table1",
    "paper.table2", "paper.table3", "learning_curve", "collection_order",
)  # fmt: skip


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a module of the benchmarks, which are not part of the package."""
    monkeypatch.syspath_prepend(str(ROOT))
    return lambda name: importlib.import_module(f"benchmarks.{name}")


def test_a_part_of_a_data_set_has_as_many_captures_as_were_asked_for(module: Any) -> None:
    pose = Pose(0.4, 0.0, 0.2, 0.0)
    kinds = [CaptureKind.ANCHOR] * 4 + [CaptureKind.EMPTY] + [CaptureKind.COARSE] * 100
    placements = [(place, kind) for place in range(6) for kind in kinds]
    placements += [(0, CaptureKind.COARSE)] * 100
    records = tuple(
        CaptureRecord(i, kind, place, place, pose, pose, float(i))
        for i, (place, kind) in enumerate(placements)
    )
    for size in (25, 400, 700):
        chosen = module("learning_curve.subsets").choose(records, size)
        taken = [r.placement for r in chosen if r.kind is CaptureKind.COARSE]
        assert len(taken) == size
        assert len(chosen) - size == 5 * len(set(taken))
        # The taught placement has twice as many as any other.
        assert abs(taken.count(0) - 2 * taken.count(1)) <= 2


def test_ten_of_ten_says_little_about_the_true_share(module: Any) -> None:
    low, high = module("intervals").wilson(10, 10)
    assert low == pytest.approx(0.7225, abs=1e-3)
    assert high == 1.0
    assert module("intervals").wilson(0, 0) == (0.0, 1.0)


def test_a_bootstrap_interval_holds_the_quantile_and_shrinks_with_the_sample(module: Any) -> None:
    rng = np.random.default_rng(0)
    few, many = rng.normal(5, 1, 30), rng.normal(5, 1, 3000)
    for sample in (few, many):
        middle, low, high = module("intervals").bootstrap(sample, 0.5)
        assert low < middle < high
    widths = [np.ptp(module("intervals").bootstrap(s, 0.5)[1:]) for s in (few, many)]
    assert widths[1] < 0.3 * widths[0]
    assert np.isnan(module("intervals").bootstrap([], 0.5)).all()


def test_answers_are_added_up_by_rival_and_condition(module: Any) -> None:
    table = module("rivals.table")
    rows = [
        table.Row("own", "t", "glare", "far", k, k < 3, (0.1, 0.2, 0.9, 9.0)[k], 0.1, 5.0)
        for k in range(4)
    ]
    (entry,) = table.summarise(rows)
    assert (entry.pictures, entry.answered, entry.right, entry.wrong) == (4, 3, 2, 1)
    assert entry.translation_mm_p50 == pytest.approx(0.2)
    assert "0.200 / 0.830 (2/4; 1)" in table.markdown([entry])


def test_rings_count_the_errors_by_distance(module: Any) -> None:
    rows = [(1.0, 0.1, 0.0), (2.0, 0.7, 0.0), (20.0, 2.0, 0.0), (50.0, 9.0, 0.0)]
    rings = module("paper.figure6").ring_by_ring(rows)
    assert [ring["pictures"] for ring in rings] == [2, 0, 1, 1, 4]
    assert rings[0]["below_0.5_mm"][0] == 1
    assert rings[-1]["below_1_mm"][0] == 2
    assert rings[-1]["below_5_mm"][0] == 3


def test_states_of_a_servo_are_told_apart(module: Any) -> None:
    def look(mm: float) -> dict[str, Any]:
        error = {"x_mm": mm, "y_mm": 0.0, "theta_deg": 0.0}
        return {"error": error, "translation_mm": mm, "rotation_deg": 0.0}

    record = {
        "index": 0,
        "accepted": True,
        "false_accept": False,
        "moves": 1,
        "translation_mm": 0.1,
        "rotation_deg": 0.0,
        "looks": [look(9.0), look(0.1)],
    }
    experiment = module("paper.experiment")
    states = experiment.by_state([record, record])
    assert [state["translation_mm"]["p50"] for state in states] == [9.0, 0.1]
    refused = record | {"accepted": False, "translation_mm": None}
    summary = experiment.closed_loop([record, refused])
    assert (summary["accepted"], summary["within_0.8mm_0.6deg"]) == (1, 1)
    assert summary["abs_x_mm"]["max"] == 0.1


@pytest.mark.parametrize("rival", ["ecc_alone", "orb"])
def test_a_classical_rival_finds_the_part(
    module: Any, rival: str, camera: Any, image_map: ImageMap
) -> None:
    taught = Pyramid(camera.take(MotionCommand())).at(SHRINK)
    mask = np.zeros(taught.shape, np.uint8)
    mask[50:130, 60:180] = 255
    nothing = np.empty((0, 128), np.uint8)
    model = FeatureModel(
        "tile", image_map, np.empty((0, 2)), nothing, np.empty(0), taught, mask,
        zero=MotionCommand(), polish=False, trust=Trust(), made={},
    )  # fmt: skip
    classical = module("rivals.classical")
    motion = MotionCommand(1.2 * MM, -0.8 * MM, 1.0 * DEG)
    answer = getattr(classical, rival)(classical.Reference(model))(camera.take(motion, seed=4))
    off = answer.motion.inverse() @ motion
    assert answer.answered
    assert off.translation < 0.1 * MM
    assert off.rotation < 0.1 * DEG


@pytest.mark.slow
def test_every_command_explains_itself() -> None:
    program = "import runpy, sys\n"
    for name in COMMANDS:
        path = "rivals.__main__" if name == "rivals" else name
        program += (
            f"sys.argv = ['{name}', '--help']\n"
            f"try: runpy.run_module('benchmarks.{path}', run_name='__main__')\n"
            "except SystemExit as end: assert not end.code\n"
        )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout.count("usage:") == len(COMMANDS)
    assert ended.stdout.count("python -m benchmarks.") >= len(COMMANDS)

"""An assembly station: parts arrive, each is grasped and put into its place.

Run it with ``python examples/assembly_station.py``. On a real machine only the first line of
`main` changes: `pregrasp.open_cell("cell.yaml")`.
"""

import numpy as np

import pregrasp
from pregrasp.frames import MM, MotionCommand
from pregrasp.hardware.simulation.cell import SimulatedCell
from pregrasp.jobs.simulated import open_cell

TASK = pregrasp.find_task("circuit_board")


def let_a_part_arrive(devices: SimulatedCell, dice: np.random.Generator) -> None:
    """The conveyor of this station: parts lie anywhere within 20 mm, and turned."""
    x, y = dice.uniform(-20, 20) * MM, dice.uniform(-20, 20) * MM
    taught = MotionCommand(TASK.taught.grasp.x, TASK.taught.grasp.y, 0.0)
    devices.reset(
        placement=taught @ MotionCommand(x, y, dice.uniform(-0.4, 0.4)), start=TASK.taught.pregrasp
    )


def put_into_place(cell: pregrasp.OpenCell) -> pregrasp.RunResult:
    """The tree ``put_down`` of the library; a station writes its own trees in YAML."""
    taught = {"pregrasp": TASK.taught.pregrasp, "approach": TASK.taught.approach}
    return cell.start_tree("put_down", taught).result(timeout=60)


def grasp(cell: pregrasp.OpenCell, board: pregrasp.LoadedTask, job: str) -> pregrasp.JobResult:
    result = cell.start(board, job_id=job).result(timeout=120)
    print(f"{result.job_id}: {result.outcome.value} {result.reason}")
    return result


def assemble(cell: pregrasp.OpenCell, board: pregrasp.LoadedTask, part: int) -> bool:
    result = grasp(cell, board, f"part-{part}.1")
    if result.outcome is pregrasp.Outcome.REFUSED:  # the part lies where it lay: look again
        result = grasp(cell, board, f"part-{part}.2")
    if result.grasped and result.error is not None:
        print(f"    {result.error.translation / MM:.3f} mm off, {result.moves} moves")
    return result.grasped and put_into_place(cell).succeeded


def main(parts: int = 3) -> int:
    devices = open_cell(TASK)
    with pregrasp.open_cell(devices) as cell:
        board, dice = cell.load(TASK), np.random.default_rng(7)
        done = 0
        for part in range(parts):
            let_a_part_arrive(devices, dice)
            done += assemble(cell, board, part)
    print(f"{done} of {parts} parts assembled")
    return done


if __name__ == "__main__":
    main()

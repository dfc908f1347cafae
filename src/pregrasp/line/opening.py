"""From a cell's name to open devices."""

from __future__ import annotations

from pathlib import Path

from pregrasp.hardware.capabilities import Cell
from pregrasp.hardware.cell_file import find_cell
from pregrasp.jobs.cells import open_cell
from pregrasp.line.errors import LineError
from pregrasp.task import Task, find_task


def open_devices(cell: str | Path | Cell, task: str | Path | Task | None) -> Cell:
    """Open a cell's devices.

    Args:
        cell: Name of a cell that ships, the path of a cell's file, or devices that are open
            already.
        task: Whose part lies in a simulated cell.

    Raises:
        ConfigurationError: The cell's file, or the task, has faults.
        HardwareError: A device cannot be reached.
        LineError: A simulated cell was asked for without a task.
    """
    if not isinstance(cell, (str, Path)):
        return cell
    found = None if task is None else task if isinstance(task, Task) else find_task(str(task))
    file = find_cell(cell)
    if file.is_simulated and found is None:
        raise LineError(
            "a simulated cell needs to know whose part lies in it. "
            f"Name the task: open_cell({str(cell)!r}, task='circuit_board')."
        )
    return open_cell(file, found)

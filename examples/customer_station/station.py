"""A customer's own station: takes parts from a tray and tells good from bad.

It knows nothing of simulation: whoever makes it hands it an open cell, so that the same code
runs beside the conveyor and in the test next to it.
"""

from dataclasses import dataclass, field

import pregrasp


@dataclass
class Tray:
    """What became of the parts, by their order numbers."""

    taken: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    """Order number and why the robot declined."""


class StationHaltedError(Exception):
    """A person has to look before the station may go on."""


class Station:
    """Takes parts off a tray; a refusal leaves the part, a failure halts the station."""

    def __init__(self, cell: pregrasp.OpenCell, part: pregrasp.LoadedTask) -> None:
        self._cell = cell
        self._part = part
        self.tray = Tray()

    def take(self, order: str, timeout_s: float = 60.0) -> bool:
        job = self._cell.start(self._part, job_id=order)
        try:
            result = job.result(timeout=timeout_s)
        except pregrasp.JobTimeoutError:
            job.cancel()
            result = job.result()
        match result.outcome:
            case pregrasp.Outcome.GRASPED:
                self.tray.taken.append(order)
                return True
            case pregrasp.Outcome.REFUSED:
                self.tray.left[order] = result.reason
                return False
            case _:
                raise StationHaltedError(f"{order}: {result.reason}")

"""Cell files: which devices a cell has, and what it allows them.

A cell file is YAML; the ones that ship are in ``hardware/cells``. Every mistake is reported
with its line before anything is opened. Passwords are never in the file: they come from the
environment or from a keyring.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import cast

from pregrasp.configuration import bind, hidden
from pregrasp.documents import (
    ConfigurationError,
    Document,
    Finding,
    Located,
    Position,
    did_you_mean,
)
from pregrasp.frames import Pose
from pregrasp.hardware.abb.configuration import AbbConfiguration
from pregrasp.hardware.cameras.configuration import (
    AravisConfiguration,
    FolderConfiguration,
    PySpinConfiguration,
)
from pregrasp.hardware.limits import Limits

SIMULATED = "simulated"
"""Name of the cell that is used when none is named."""

SECRETS = re.compile(r"^(password|passwd|secret|token|api_?key|credentials?)$", re.IGNORECASE)
"""Keys that must not be in a file that people copy and commit."""


REMEDY = (
    "Take it out, and change it. Set the environment variable that `password_variable` names, or "
    "store it once with `keyring set pregrasp NAME_OF_THE_VARIABLE`."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedRobot:
    """The simulated IRB 120 with its gripper and its camera."""

    identity: int = 0
    """Which one: each has its own accuracy, camera mounting and lens."""
    pace: float | None = None
    """Simulated seconds per real second, for people who watch; None: as fast as possible."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedView:
    """The camera of the simulated robot."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RobotChoice:
    """One arm with its gripper; exactly one kind."""

    simulated: SimulatedRobot | None = None
    """In this computer."""
    abb: AbbConfiguration | None = None
    """An ABB IRB 120 with an IRC5 controller, or a virtual one."""

    def __post_init__(self) -> None:
        """Check that one is chosen."""
        _exactly_one("robot", simulated=self.simulated, abb=self.abb)


@dataclass(frozen=True, kw_only=True, slots=True)
class CameraChoice:
    """One camera; exactly one kind."""

    simulated: SimulatedView | None = None
    """That of the simulated robot."""
    aravis: AravisConfiguration | None = None
    """Any GigE Vision camera."""
    pyspin: PySpinConfiguration | None = None
    """A FLIR camera through FLIR's own SDK."""
    folder: FolderConfiguration | None = None
    """Pictures out of a folder, for replays."""

    def __post_init__(self) -> None:
        """Check that one is chosen."""
        _exactly_one(
            "camera",
            simulated=self.simulated,
            aravis=self.aravis,
            pyspin=self.pyspin,
            folder=self.folder,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class CellFile:
    """Everything that a cell file says."""

    cell: str
    """Name of the cell."""
    description: str = ""
    """One sentence for people."""
    robot: RobotChoice
    """The arm and its gripper."""
    camera: CameraChoice
    """The camera on the arm."""
    limits: Limits
    """Where the arm may go, and how fast."""
    home: Pose
    """``T_base_tool`` where the arm waits, out of everybody's way."""
    file: Path = hidden(default=Path())
    """Where this was read from."""

    def __post_init__(self) -> None:
        """Check what one device alone cannot know."""
        if self.camera.simulated is not None and self.robot.simulated is None:
            raise ValueError("a simulated camera needs a simulated robot, which carries it")
        excess, where = self.limits.workspace.excess(self.home)
        if excess > 0:
            raise ValueError(f"home: outside the limits, {where}")

    @property
    def is_simulated(self) -> bool:
        """Whether nothing real can move."""
        return self.robot.simulated is not None


def shipped_cells() -> dict[str, Path]:
    """The cell files that ship with pregrasp: name and file."""
    root = Path(str(resources.files("pregrasp").joinpath("hardware", "cells")))
    return {path.stem: path for path in sorted(root.glob("*.yaml"))}


def find_cell(name: str | Path) -> CellFile:
    """Load a cell file by its path, or by the name of one that ships.

    Raises:
        ConfigurationError: There is no such cell, or its file has faults.
    """
    path = Path(name)
    if not path.is_file():
        known = shipped_cells()
        if str(name) not in known:
            remedy = did_you_mean(str(name), known) + " The path of a cell file works too."
            finding = Finding(Position(str(name), 1, 1), "there is no such cell", "cell", remedy)
            raise ConfigurationError([finding])
        path = known[str(name)]
    return load_cell(path)


def load_cell(path: Path) -> CellFile:
    """Load a cell file.

    Raises:
        ConfigurationError: Everything that is wrong with the file.
    """
    document = Document.read(path)
    for position in _secrets(document.root):
        # Not by `report`, which would show the line.
        finding = Finding(position, "a secret stands in a file", "secret", REMEDY)
        document.findings.append(finding)
    document.raise_if_faulty()
    loaded = bind(document, document.root, CellFile, file=path.resolve())
    document.raise_if_faulty()
    return cast("CellFile", loaded)


def _secrets(located: Located) -> Iterator[Position]:
    """Where keys stand that look like secrets."""
    if isinstance(located.value, dict):
        for key, item in located.value.items():
            if SECRETS.match(key):
                yield located.keys[key]
            yield from _secrets(item)
    elif isinstance(located.value, list):
        for item in located.value:
            yield from _secrets(item)


def _exactly_one(what: str, **kinds: object) -> None:
    chosen = [name for name, value in kinds.items() if value is not None]
    if len(chosen) != 1:
        found = " and ".join(chosen) or "none"
        raise ValueError(f"{what} needs exactly one of {', '.join(kinds)}; found {found}")

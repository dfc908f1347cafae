"""Motion programs as files: little-endian 32-bit floats, format 10011.

The format is that of the public package ``abb_motion_program_exec`` 0.7. The interpreter of
a real controller is a RAPID module; this is its reading half.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pregrasp.frames import DEG, MM
from pregrasp.hardware.kinematics import Joints, Matrix

VERSION = 10011
"""Of the format that is understood."""

Confdata = tuple[int, int, int, int]
"""cf1, cf4, cf6 and cfx."""


class ProgramFileError(ValueError):
    """A file that is no motion program of the known version."""


@dataclass(frozen=True, slots=True)
class Speed:
    """``speeddata``, of the tool."""

    translation: float
    """[m/s]"""
    rotation: float
    """[rad/s]"""


@dataclass(frozen=True, slots=True)
class Target:
    """``robtarget``: a pose, and which configuration of the arm is meant."""

    T_work_tool: Matrix
    """Of the tool in the work object, float64 (4, 4) [m]."""
    configuration: Confdata
    """Quarter turns of axes 1, 4 and 6, and the signs."""


@dataclass(frozen=True, slots=True)
class MoveAbsJ:
    """To joint angles, every joint at its own pace."""

    joints: Joints
    """[rad]"""
    speed: Speed


@dataclass(frozen=True, slots=True)
class MoveJ:
    """To a pose, every joint at its own pace."""

    target: Target
    speed: Speed


@dataclass(frozen=True, slots=True)
class MoveL:
    """To a pose, on a straight line."""

    target: Target
    speed: Speed


@dataclass(frozen=True, slots=True)
class MoveC:
    """To a pose, on a circle through another."""

    via: Target
    target: Target
    speed: Speed


@dataclass(frozen=True, slots=True)
class Wait:
    """Stand still."""

    time: float
    """[s]"""


@dataclass(frozen=True, slots=True)
class Nothing:
    """A command without effect here: CirPathMode, SyncMoveOn, SyncMoveOff."""

    name: str


@dataclass(frozen=True, slots=True)
class EgmJoint:
    """Follow joint targets that come by UDP, until they have not changed for a while."""

    converged_for: float
    """How long targets must be reached before it ends [s]."""


Command = MoveAbsJ | MoveJ | MoveL | MoveC | Wait | Nothing | EgmJoint


@dataclass(frozen=True, slots=True)
class ProgramFile:
    """A motion program."""

    T_flange_tool: Matrix
    """Tool centre point in the flange's frame, float64 (4, 4) [m]."""
    T_base_work: Matrix
    """Work object in the base frame, float64 (4, 4) [m]."""
    timestamp: str
    """Names the joint log."""
    egm_deviation: float | None
    """Furthest an EGM target may be from the joint [rad]; None without EGM."""
    commands: tuple[tuple[int, Command], ...]
    """Numbered by who wrote them."""


class _Reader:
    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    @property
    def left(self) -> bool:
        return self._at < len(self._content)

    def numbers(self, count: int) -> tuple[float, ...]:
        try:
            found = struct.unpack_from(f"<{count}f", self._content, self._at)
        except struct.error as error:
            raise ProgramFileError("the file ends in the middle of a command") from error
        self._at += 4 * count
        return found

    def number(self) -> float:
        return self.numbers(1)[0]

    def text(self) -> str:
        length = int(self.number())
        if not 0 <= length <= 32:
            raise ProgramFileError(f"a text of {length} characters, expected 0 to 32")
        raw = self._content[self._at : self._at + 32]
        self._at += 32
        return raw[:length].decode("ascii", "replace")

    def pose(self) -> Matrix:
        return _matrix(self.numbers(7))

    def speed(self) -> Speed:
        translation, rotation, _, _ = self.numbers(4)
        if translation <= 0.0 or rotation <= 0.0:
            raise ProgramFileError(f"a speed of {translation:g} mm/s and {rotation:g} deg/s")
        return Speed(translation * MM, rotation * DEG)

    def target(self) -> Target:
        pose = self.pose()
        cf1, cf4, cf6, cfx = (round(number) for number in self.numbers(4))
        self.numbers(6)
        return Target(pose, (cf1, cf4, cf6, cfx))

    def joints(self) -> Joints:
        a, b, c, d, e, f = (angle * DEG for angle in self.numbers(6))
        self.numbers(6)
        return a, b, c, d, e, f


_ZONE = 7
"""How many numbers a zone has; every way point is a stop point here."""


def read_program(content: bytes) -> ProgramFile:
    """Read a motion program.

    Args:
        content: Of the file.

    Raises:
        ProgramFileError: It is damaged, of another version, or has an unknown command.
    """
    reader = _Reader(content)
    if not content or reader.number() != VERSION:
        raise ProgramFileError(f"not a motion program of version {VERSION}")
    reader.number()  # the robot holds the tool
    T_flange_tool = reader.pose()
    reader.numbers(11)  # load of the tool
    reader.numbers(2)
    reader.text()
    T_base_work = reader.pose() @ reader.pose()
    reader.numbers(11)  # load in the gripper
    timestamp = reader.text()
    reader.number()  # sequence number
    deviation = _egm(reader)
    commands = []
    while reader.left:
        number = int(reader.number())
        commands.append((number, _command(int(reader.number()), reader)))
    return ProgramFile(T_flange_tool, T_base_work, timestamp, deviation, tuple(commands))


def _egm(reader: _Reader) -> float | None:
    kind = int(reader.number())
    if kind == 0:
        return None
    if kind == 1:
        return reader.numbers(14)[12] * DEG
    raise ProgramFileError(f"EGM of kind {kind}; only joint targets (1) are simulated")


def _command(opcode: int, reader: _Reader) -> Command:
    match opcode:
        case 1:
            move: Command = MoveAbsJ(reader.joints(), reader.speed())
        case 2:
            move = MoveJ(reader.target(), reader.speed())
        case 3:
            move = MoveL(reader.target(), reader.speed())
        case 4:
            move = MoveC(reader.target(), reader.target(), reader.speed())
        case 5:
            return Wait(max(0.0, reader.number()))
        case 6:
            reader.number()
            return Nothing("CirPathMode")
        case 7 | 8:
            return Nothing("SyncMove")
        case 50001:
            return EgmJoint(reader.numbers(3)[0])
        case _:
            raise ProgramFileError(f"unknown command {opcode}")
    reader.numbers(_ZONE)
    return move


def _matrix(numbers: tuple[float, ...]) -> Matrix:
    """A position [mm] and a quaternion, w first, as a transform."""
    quaternion: npt.NDArray[np.float64] = np.array(numbers[3:])
    length = float(np.linalg.norm(quaternion))
    if not 0.99 < length < 1.01:
        raise ProgramFileError(f"a rotation whose quaternion has length {length:.3f}, not 1")
    w, x, y, z = (quaternion / length).tolist()
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y), numbers[0] * MM],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x), numbers[1] * MM],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y), numbers[2] * MM],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )

"""ABB's IRB 120 with an IRC5 controller, over Robot Web Services 1.0 (RobotWare 6).

Needs the extra ``abb``; `connect` says so when it is not installed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pregrasp.hardware.abb.configuration import (
    AbbConfiguration,
    AbbEgm,
    AbbGripperSignals,
    AbbNetwork,
    AbbSpeed,
    AbbTool,
)
from pregrasp.hardware.capabilities import Clock
from pregrasp.hardware.errors import DeviceUnavailableError

if TYPE_CHECKING:
    from pregrasp.hardware.abb.controller import AbbController

__all__ = [
    "AbbConfiguration",
    "AbbEgm",
    "AbbGripperSignals",
    "AbbNetwork",
    "AbbSpeed",
    "AbbTool",
    "connect",
]

_PACKAGES = ("abb_robot_client", "abb_motion_program_exec", "requests", "websocket")


def connect(
    configuration: AbbConfiguration,
    *,
    clock: Clock | None = None,
    password: Callable[[], str] | None = None,
    name: str = "arm",
) -> AbbController:
    """Begin a session with a controller.

    Args:
        configuration: Where it is and what is mounted on the arm.
        clock: The cell's time; by default the wall's.
        password: Gives the password; by default it comes from the environment variable
            that the configuration names.
        name: Of the robot, as in the cell's description.

    Raises:
        DeviceUnavailableError: The packages are missing, nobody answers, the log-in was
            refused, or the controller is of another kind.
    """
    try:
        from pregrasp.hardware.abb.controller import AbbController
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in _PACKAGES:
            raise
        raise DeviceUnavailableError(
            name,
            f"the package {error.name!r}, which talks to ABB controllers, is not installed.",
            "Install it: pip install 'pregrasp[abb]'",
        ) from error
    return AbbController(configuration, clock=clock, password=password, name=name)

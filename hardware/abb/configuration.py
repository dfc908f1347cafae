"""What a cell file says about an ABB robot; lengths and angles carry their units in the keys.

Example::

    url: http://192.168.125.1
    tool: {z_mm: 165, mass_g: 1400, centre_of_gravity_mm: [0, 0, 60]}
    speed: {free_mm_s: 500, straight_mm_s: 250}
    gripper:
      open: doOpenGripper
      close: doCloseGripper
      opened: diGripperOpened
      closed: diGripperClosed
      holding: diPartInGripper
      width_open_mm: 84

The password is never in the file: it comes from the environment, or from a function that
the program gives to the driver.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from urllib.parse import urlsplit

from pregrasp.configuration import quantity
from pregrasp.frames import MM


@dataclass(frozen=True, kw_only=True, slots=True)
class AbbTool:
    """What is mounted on the flange, as ``tooldata`` describes it.

    The tool frame of pregrasp has its z axis up, against the flange's: with ``turn`` zero
    it is the flange turned by half a turn about y.
    """

    x: float = quantity("mm", default=0.0)
    """Tool centre point along the flange's x axis [m]."""
    y: float = quantity("mm", default=0.0)
    """Tool centre point along the flange's y axis [m]."""
    z: float = quantity("mm")
    """Tool centre point in front of the flange [m]."""
    turn: float = quantity("deg", default=0.0)
    """Of the gripper about the flange's z axis [rad]."""
    mass: float = quantity("g")
    """Of everything on the flange [kg]."""
    centre_of_gravity: tuple[float, float, float] = quantity("mm", default=(0.0, 0.0, 0.05))
    """In the flange's frame [m]."""

    def __post_init__(self) -> None:
        """Check what the controller would refuse, and what cannot be meant."""
        if not 0.0 < self.mass <= 3.0:
            raise ValueError(f"mass_g is {self.mass * 1e3:g}, expected up to 3000, an IRB 120's")
        if not 0.0 <= self.z <= 0.5:
            raise ValueError(f"z_mm is {self.z / MM:g}, expected 0 to 500")


@dataclass(frozen=True, kw_only=True, slots=True)
class AbbSpeed:
    """How fast at full speed; skills ask for a share of it."""

    free: float = quantity("mm_s", default=0.5)
    """Of the tool in joint moves [m/s]."""
    straight: float = quantity("mm_s", default=0.25)
    """Of the tool on straight lines [m/s]."""
    turning: float = quantity("deg_s", default=math.pi / 2)
    """Of the tool's turn, in either [rad/s]."""
    zone: float = quantity("mm", default=0.0)
    """How far from a way point the corner may be cut [m]; 0 stops at every one."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        if min(self.free, self.straight, self.turning) <= 0.0:
            raise ValueError("speeds must be positive")
        if not 0.0 <= self.zone <= 0.2:
            raise ValueError(f"zone_mm is {self.zone / MM:g}, expected 0 to 200")


@dataclass(frozen=True, kw_only=True, slots=True)
class AbbGripperSignals:
    """The gripper's digital signals, by the names they have in the controller.

    Outputs need access level "All". A gripper with one valve has no ``open`` output: it
    opens when ``close`` goes off. Inputs that do not exist are left out; then the driver
    waits ``settle_s`` and believes.
    """

    close: str
    """Output: close."""
    open: str | None = None
    """Output: open."""
    opened: str | None = None
    """Input: the fingers are fully open."""
    closed: str | None = None
    """Input: the fingers have met, with nothing between them."""
    holding: str | None = None
    """Input: something is between the fingers."""
    width_open: float = quantity("mm")
    """Between the pads when fully open [m]."""
    width_closed: float = quantity("mm", default=0.0)
    """Between the pads when they have met [m]."""
    width_holding: float | None = quantity("mm", default=None)
    """Between the pads when they hold a part [m]; None: half-way, for want of better."""
    timeout: float = quantity("s", default=1.5)
    """Longest time for opening or closing [s]."""
    settle: float = quantity("s", default=0.3)
    """Wait where there is no input to wait for [s]."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        if not self.width_closed < self.width_open:
            raise ValueError("width_open_mm must be more than width_closed_mm")
        if self.timeout <= 0.0 or self.settle < 0.0:
            raise ValueError("timeout_s must be positive and settle_s not negative")


@dataclass(frozen=True, kw_only=True, slots=True)
class AbbNetwork:
    """How patient the driver is, and how much it asks of the controller."""

    connect_timeout: float = quantity("s", default=2.0)
    """For a connection to be made [s]."""
    answer_timeout: float = quantity("s", default=2.0)
    """For an answer to begin [s]."""
    requests_per_second: int = 16
    """Most requests in any second. A real controller copes with fewer than 20, and what is
    left is for stopping, which does not wait; only a virtual one without a limit bears more."""
    poll: float = quantity("ms", default=0.1)
    """Time between two looks at a program that runs [s]."""
    stop_timeout: float = quantity("s", default=2.0)
    """For the arm to stand still after a stop [s]."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        if min(self.connect_timeout, self.answer_timeout, self.stop_timeout) <= 0.0:
            raise ValueError("timeouts must be positive")
        if not 4 <= self.requests_per_second <= 1000:
            raise ValueError(
                f"requests_per_second is {self.requests_per_second}, expected 4 to 1000"
            )
        if not 0.005 <= self.poll <= 1.0:
            raise ValueError(f"poll_ms is {self.poll * 1e3:g}, expected 5 to 1000")


@dataclass(frozen=True, kw_only=True, slots=True)
class AbbEgm:
    """Externally guided motion: joint targets at 250 Hz over UDP (option 689-1)."""

    port: int = 6510
    """UDP port of this computer, as in the controller's UdpUc device."""
    watchdog: float = quantity("ms", default=0.05)
    """Without a packet for so long the stream stops [s]."""
    speed: float = quantity("deg_s", default=0.5)
    """Fastest joint [rad/s]."""
    deviation: float = quantity("deg", default=0.1)
    """Furthest a target may be from where the joint is [rad]."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        if min(self.watchdog, self.speed, self.deviation) <= 0.0:
            raise ValueError("watchdog_ms, speed_deg_s and deviation_deg must be positive")


@dataclass(frozen=True, kw_only=True, slots=True)
class AbbConfiguration:
    """An IRB 120 with an IRC5 controller and RobotWare 6."""

    url: str
    """Of Robot Web Services, such as ``http://192.168.125.1``."""
    username: str = "Default User"
    """Who logs in."""
    password_variable: str = "PREGRASP_ABB_PASSWORD"  # noqa: S105 - the name, not the word
    """Environment variable with the password; without it ABB's well-known default is tried."""
    task: str = "T_ROB1"
    """RAPID task that runs the motion programs."""
    mechanical_unit: str = "ROB_1"
    """The arm."""
    tool: AbbTool
    """What is mounted on the flange."""
    speed: AbbSpeed = AbbSpeed()
    """How fast."""
    gripper: AbbGripperSignals | None = None
    """The gripper's signals; None: the controller has no gripper."""
    network: AbbNetwork = AbbNetwork()
    """Time limits and pace."""
    egm: AbbEgm | None = None
    """Streaming; None: not used."""

    def __post_init__(self) -> None:
        """Check the address."""
        if not self.url.startswith("http://") or not urlsplit(self.url).hostname:
            raise ValueError(
                f"url is {self.url!r}, expected http://ADDRESS: RobotWare 6 speaks plain HTTP, "
                "and RobotWare 7, which speaks HTTPS, is not supported"
            )

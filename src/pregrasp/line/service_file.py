"""The file of a service: which tasks it serves, where it keeps what, how open it is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from pregrasp.configuration import hidden, load
from pregrasp.line.production import Policy


def _check_port(port: int) -> None:
    if not 0 <= port <= 65535:
        raise ValueError("a port must be 0 to 65535")


@dataclass(frozen=True, kw_only=True, slots=True)
class OpcUaSettings:
    """Where the OPC UA server listens and how open it is."""

    host: str = "0.0.0.0"  # noqa: S104  # a PLC is another machine; log-in and encryption are on
    """Address to listen on."""
    port: int = 4840
    """Port to listen on; 0 takes a free one."""
    unit: str = "GraspUnit"
    """Name of the unit's object."""
    open_reading: bool = False
    """Whether anybody may look, without a log-in and unencrypted. Nobody commands that way."""
    connections: int = 50
    """More are turned away."""

    def __post_init__(self) -> None:
        """Check the numbers."""
        _check_port(self.port)
        if self.connections < 1:
            raise ValueError("connections must be at least 1")


@dataclass(frozen=True, kw_only=True, slots=True)
class WebSettings:
    """Where health and metrics are."""

    host: str = "127.0.0.1"
    """Address to listen on; there is no log-in, so think before opening it."""
    port: int = 8378
    """Port to listen on; 0 takes a free one."""

    def __post_init__(self) -> None:
        """Check the number."""
        _check_port(self.port)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceFile:
    """Everything that a service needs besides its cell."""

    tasks: tuple[str, ...] = ()
    """Names or paths of the tasks that the line may ask for; the first says where home is."""
    state: str = "state"
    """Folder of the journal and the run log, relative to this file."""
    security: str = "security"
    """Folder of keys, certificates and users, relative to this file."""
    opcua: OpcUaSettings | None = OpcUaSettings()
    """The OPC UA server; null for none."""
    web: WebSettings = WebSettings()
    """Health and metrics."""
    viewer_port: int = 8377
    """Port of the page, on this machine only."""
    viewer: bool = True
    """Whether there is a page."""
    log: bool = True
    """Whether every run is logged."""
    keep_pixels: bool = False
    """Whether logs keep pictures pixel by pixel; about 1.5 MB each."""
    policy: Policy = Policy()
    """What the unit does by itself."""
    folder: Path = hidden(default=Path())
    """Where this file is."""

    def __post_init__(self) -> None:
        """Check the number."""
        _check_port(self.viewer_port)

    @property
    def state_folder(self) -> Path:
        """Where the journal and the run log are."""
        return self.folder / self.state

    @property
    def security_folder(self) -> Path:
        """Where keys, certificates and users are."""
        return self.folder / self.security


def load_service(path: Path) -> ServiceFile:
    """Read a service's file.

    Raises:
        ConfigurationError: Everything that is wrong with the file.
    """
    return dataclasses.replace(load(path, ServiceFile), folder=path.resolve().parent)

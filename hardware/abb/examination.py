"""What a controller is, and whether it has what motion programs need."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from abb_robot_client.rws import RWS

from pregrasp.hardware.abb.configuration import AbbConfiguration
from pregrasp.hardware.abb.diagnosis import ControllerState
from pregrasp.hardware.errors import ConnectionLostError, UnsupportedError

REQUIRED_OPTIONS = {"616-1": "PC Interface", "623-1": "Multitasking"}
"""RobotWare options that motion programs need."""
EGM_OPTION = {"689-1": "Externally Guided Motion"}
"""RobotWare option that streaming needs."""
REQUIRED_MODULES = ("motion_program_exec",)
"""RAPID modules of the motion task."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What a controller is, and what it lacks."""

    system: str
    """Name of the system."""
    robotware: str
    """Its version, such as 6.14.01."""
    state: ControllerState
    """What it is ready for."""
    options: tuple[str, ...]
    """RobotWare options."""
    modules: tuple[str, ...]
    """RAPID modules of the motion task."""
    tasks: tuple[str, ...]
    """RAPID tasks."""
    missing: tuple[str, ...]
    """What motion programs need and the controller does not have, each with its remedy."""


def recognise(name: str, configuration: AbbConfiguration) -> None:
    """Make sure that a controller speaks the language of RobotWare 6.

    RobotWare 6 asks for a digest log-in over plain HTTP. RobotWare 7 sends everybody to
    HTTPS, or asks for a basic log-in.

    Args:
        name: Of the robot, for messages.
        configuration: Where it is.

    Raises:
        ConnectionLostError: Nobody answers.
        UnsupportedError: It is another kind of controller, or no robot at all.
    """
    url = configuration.url.rstrip("/")
    network = configuration.network
    try:
        answer = requests.get(
            f"{url}/rw/system?json=1",
            timeout=(network.connect_timeout, network.answer_timeout),
            allow_redirects=False,
            proxies={"http": "", "https": ""},
        )
    except requests.RequestException as error:
        if _listens(urlsplit(url).hostname or "", 443, network.connect_timeout):
            raise _robotware_7(name, url, "only answers by HTTPS") from error
        raise ConnectionLostError(
            name,
            f"nobody answers at {url}.",
            "Is the controller switched on, the address right, and the cable in its service "
            "or WAN port?",
        ) from error
    challenge = answer.headers.get("WWW-Authenticate", "")
    location = answer.headers.get("Location", "")
    answer.close()
    if challenge.lower().startswith("basic") or location.startswith("https:"):
        raise _robotware_7(name, url, "asks for HTTPS or a basic log-in")
    if answer.status_code not in (401, 503) or (
        answer.status_code == 401 and not challenge.lower().startswith("digest")
    ):
        raise UnsupportedError(
            name,
            f"what answers at {url} is no Robot Web Services (status {answer.status_code}).",
            "Check the address.",
        )


def examine(rws: RWS, configuration: AbbConfiguration, state: ControllerState) -> Examination:
    """Look at everything that a motion program needs.

    Args:
        rws: A session with the controller.
        configuration: What is wanted of it.
        state: What it is ready for.
    """
    # The package has no calls for these; they are resources like all others.
    system = rws._do_get("rw/system")  # noqa: SLF001
    listed = rws._do_get(f"rw/rapid/modules?task={configuration.task}")  # noqa: SLF001
    options = tuple(_values(system, "option"))
    modules = tuple(_values(listed, "name"))
    tasks = tuple(rws.get_tasks())
    wanted = REQUIRED_OPTIONS | (EGM_OPTION if configuration.egm else {})
    missing = [
        f"RobotWare option {number} {title}: order it from ABB"
        for number, title in wanted.items()
        if not any(number in option or title.lower() in option.lower() for option in options)
    ]
    if configuration.task not in tasks:
        missing.append(f"RAPID task {configuration.task}: the tasks are {', '.join(tasks)}")
    missing += [
        f"RAPID module {module}: load the files of abb_motion_program_exec (robot/HOME)"
        for module in REQUIRED_MODULES
        if module not in modules
    ]
    return Examination(
        system=next(_values(system, "name"), ""),
        robotware=next(_values(system, "rwversionname"), next(_values(system, "rwversion"), "")),
        state=state,
        options=options,
        modules=modules,
        tasks=tasks,
        missing=tuple(missing),
    )


def _values(answer: Any, key: str) -> Iterator[str]:
    """Every text under a key, wherever RobotWare's versions put it."""
    if isinstance(answer, dict):
        if isinstance(answer.get(key), str):
            yield answer[key]
        for value in answer.values():
            yield from _values(value, key)
    elif isinstance(answer, list):
        for value in answer:
            yield from _values(value, key)


def _listens(host: str, port: int, timeout: float) -> bool:
    try:
        with socket.create_connection((host, port), timeout):
            return True
    except OSError:
        return False


def _robotware_7(name: str, url: str, evidence: str) -> UnsupportedError:
    return UnsupportedError(
        name,
        f"the controller at {url} {evidence}, as RobotWare 7 (OmniCore) does.",
        "This driver speaks Robot Web Services 1.0, of RobotWare 6 on an IRC5; use such a "
        "controller.",
    )

"""The resources of Robot Web Services 1.0: what can be read, and what can be asked for.

A resource is a method named after what it gives; `ROUTES` says which path it has. Methods
give states to be rendered, or None for an empty answer (204).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pregrasp.frames import DEG, MM
from pregrasp.hardware.abb.geometry import confdata
from pregrasp.hardware.kinematics import forward
from pregrasp.hardware.virtual_controller.answers import RefusalError, State
from pregrasp.hardware.virtual_controller.controller import (
    OPTIONS,
    MastershipHeldError,
    NotAllowedError,
    VirtualController,
)
from pregrasp.hardware.virtual_controller.event_log import Event
from pregrasp.hardware.virtual_controller.interpreter import RAMDISK
from pregrasp.hardware.virtual_controller.signals import NoSuchSignalError, ReadOnlySignalError

WRONG_STATE = -1073442809
MASTERSHIP_HELD = -1073445862
ACCESS_DENIED = -1073445881
NO_SUCH_SIGNAL = -1073445866
NO_SUCH_SYMBOL = -1073414146
QUEUE_EXISTS = -1073445879


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks."""

    method: str
    parts: Mapping[str, str]
    """Variable parts of the path."""
    query: Mapping[str, str]
    form: Mapping[str, str]
    session: str
    """Cookie of the session."""


States = list[State] | None
Handler = Callable[["Resources", Request], States]


@dataclass
class Resources:
    """Answers requests about one controller."""

    controller: VirtualController
    rmmp: dict[str, int] = field(default_factory=dict)
    """Sessions that asked for remote control in manual mode, and how often they polled."""
    grants_rmmp: bool = True
    """Whether the person at the pendant says yes."""

    # --- panel -------------------------------------------------------------------------
    def controller_state(self, request: Request) -> States:
        """State of the controller, or switching its motors."""
        if request.query.get("action") == "setctrlstate":
            self._allowed(lambda: self.controller.set_state(request.form.get("ctrl-state", "")))
            return None
        state = self.controller.state
        return [{"_type": "pnl-ctrlstate", "_title": "ctrlstate", "ctrlstate": state}]

    def operation_mode(self, request: Request) -> States:
        """Automatic or manual."""
        mode = self.controller.mode
        return [{"_type": "pnl-opmode", "_title": "opmode", "opmode": mode}]

    def speed_ratio(self, request: Request) -> States:
        """Share of the programmed speed, in percent."""
        if request.query.get("action") == "setspeedratio":
            try:
                ratio = float(request.form.get("speed-ratio", ""))
            except ValueError:
                raise RefusalError(400, WRONG_STATE, "speed-ratio is no number") from None
            if not 0.0 <= ratio <= 100.0 or self.controller.mode != "AUTO":
                raise RefusalError(400, WRONG_STATE, "speed ratio not allowed")
            self.controller.speed_ratio = ratio / 100.0
            return None
        ratio = round(100.0 * self.controller.speed_ratio)
        return [{"_type": "pnl-speedratio", "_title": "speedratio", "speedratio": str(ratio)}]

    # --- RAPID -------------------------------------------------------------------------
    def execution(self, request: Request) -> States:
        """Whether a program runs; starting, stopping, and the program pointer."""
        match request.query.get("action"):
            case "start":
                self._allowed(self.controller.start)
            case "stop":
                self.controller.stop()
            case "resetpp":
                self._allowed(self.controller.reset_pointer)
            case _:
                return [
                    {
                        "_type": "rap-execution",
                        "_title": "execution",
                        "ctrlexecstate": self.controller.execution,
                        "cycle": "once",
                    }
                ]
        return None

    def tasks(self, request: Request) -> States:
        """The RAPID tasks."""
        running = "started" if self.controller.execution == "running" else "ready"
        names = {self.controller.TASK: True, "logger": False, "error_reporter": False}
        return [
            {
                "_type": "rap-task-li",
                "_title": name,
                "name": name,
                "type": "norm" if motion else "semistat",
                "taskstate": "linked",
                "excstate": running if motion else "started",
                "active": "On",
                "motiontask": "TRUE" if motion else "FALSE",
            }
            for name, motion in names.items()
        ]

    def task(self, request: Request) -> States:
        """Activating a task."""
        if request.query.get("action") in ("activate", "deactivate"):
            self._allowed(self.controller.require_mastership)
            return None
        found = [state for state in self.tasks(request) or [] if self._is(state, request)]
        if not found:
            raise RefusalError(400, NO_SUCH_SYMBOL, "no such task")
        return found

    def modules(self, request: Request) -> States:
        """The RAPID modules of a task."""
        return [
            {"_type": "rap-module-info-li", "_title": name, "name": name, "type": "ProgMod"}
            for name in self.controller.modules
        ]

    def variable(self, request: Request) -> States:
        """A persistent variable, as RAPID writes it."""
        name = f"{request.parts['task']}/{request.parts['name']}"
        if request.query.get("action") == "set":
            self._allowed(self.controller.require_mastership)
            self._writable(request)
            self.controller.variables[name] = request.form.get("value", "")
            self.controller.tell(f"RAPID/{name}", request.form.get("value", ""))
            return None
        if name not in self.controller.variables:
            raise RefusalError(400, NO_SUCH_SYMBOL, "RAPID symbol not found")
        value = self.controller.variables[name]
        return [{"_type": "rap-data", "_title": name, "value": value}]

    def symbols(self, request: Request) -> States:
        """The persistent variables."""
        return [
            {"_type": "rap-sympropper-li", "_title": f"RAPID/{name}", "name": name.split("/")[-1]}
            for name in sorted(self.controller.variables)
        ]

    # --- motion ------------------------------------------------------------------------
    def joint_target(self, request: Request) -> States:
        """Joint angles [deg]."""
        degrees = [f"{angle / DEG:.7g}" for angle in self.controller.joints()]
        state = {"_type": "ms-jointtarget", "_title": "ROB_1"}
        state |= {f"rax_{number}": text for number, text in enumerate(degrees, start=1)}
        state |= {f"eax_{letter}": "9E+09" for letter in "abcdef"}
        return [state]

    def robot_target(self, request: Request) -> States:
        """Pose of tool0 in the base frame [mm], with its configuration."""
        joints = self.controller.joints()
        T_base_flange = forward(joints)
        x, y, z = (T_base_flange[:3, 3] / MM).tolist()
        q = _quaternion(T_base_flange.tolist())
        cf1, cf4, cf6, cfx = confdata(joints)
        state = {"_type": "ms-robtargets", "_title": "ROB_1"}
        state |= {"x": f"{x:.7g}", "y": f"{y:.7g}", "z": f"{z:.7g}"}
        state |= {f"q{number}": f"{part:.7g}" for number, part in enumerate(q, start=1)}
        state |= {"cf1": str(cf1), "cf4": str(cf4), "cf6": str(cf6), "cfx": str(cfx)}
        state |= {f"eax{letter}": "9E+09" for letter in "abcdef"}
        return [state]

    # --- signals -----------------------------------------------------------------------
    def signals(self, request: Request) -> States:
        """All signals."""
        return [self._signal(name) for name in self.controller.signals.names()]

    def signal(self, request: Request) -> States:
        """One signal, or setting it."""
        name = request.parts["name"]
        try:
            if request.query.get("action") != "set":
                return [self._signal(name)]
            self._writable(request)
            value = float(request.form.get("lvalue", ""))
            self.controller.signals.set(name, value, from_outside=True)
        except NoSuchSignalError:
            raise RefusalError(404, NO_SUCH_SIGNAL, f"signal {name} not found") from None
        except ReadOnlySignalError:
            raise RefusalError(403, ACCESS_DENIED, "Rejected") from None
        except ValueError:
            raise RefusalError(400, WRONG_STATE, "lvalue is no number") from None
        return None

    # --- the rest ----------------------------------------------------------------------
    def event_log(self, request: Request) -> States:
        """The event log, newest first."""
        return [_entry(event) for event in self.controller.log.newest_first()]

    def system(self, request: Request) -> States:
        """Name, version and options."""
        major, minor, build, revision = self.controller.ROBOTWARE.split(".")
        return [
            {
                "_type": "sys-system-li",
                "_title": "system",
                "name": self.controller.SYSTEM,
                "major": major,
                "minor": minor,
                "build": build,
                "revision": revision,
                "rwversion": f"{major}.{minor}.{build}{revision}",
                "rwversionname": self.controller.ROBOTWARE,
                "sysid": "{00000000-0000-0000-0000-000000000120}",
            },
            {
                "_type": "sys-options-li",
                "_title": "options",
                "options": [
                    {"_type": "sys-option-li", "_title": str(number), "option": option}
                    for number, option in enumerate(OPTIONS)
                ],
            },
        ]

    def environment(self, request: Request) -> States:
        """The value of a path variable such as $RAMDISK."""
        name = request.parts["name"]
        if name not in (RAMDISK, "$HOME", "$TEMP"):
            raise RefusalError(404, NO_SUCH_SYMBOL, f"no variable {name}")
        return [{"_type": "ctrl-env", "_title": name, "_value": name}]

    def mastership(self, request: Request) -> States:
        """Asking for mastership, and giving it back."""
        if request.query.get("action") in ("request", "release"):
            self._allowed(self.controller.require_mastership)
            return None
        held = "nomaster" if self.controller.master is None else "remote"
        return [{"_type": "msh-resource", "_title": "rapid", "mastership": held}]

    def remote_control(self, request: Request) -> States:
        """Asking the person at the pendant for write access in manual mode."""
        self.rmmp[request.session] = 0
        return [{"_type": "user-rmmp", "_title": "rmmp"}]

    def remote_control_poll(self, request: Request) -> States:
        """What the person at the pendant says: at the second look."""
        polls = self.rmmp.get(request.session)
        if polls is None:
            raise RefusalError(403, ACCESS_DENIED, "no request for remote control")
        self.rmmp[request.session] = polls + 1
        status = "PENDING" if polls == 0 else "GRANTED" if self.grants_rmmp else "REJECTED"
        return [{"_type": "user-rmmp-poll", "_title": "poll", "status": status}]

    def _writable(self, request: Request) -> None:
        """In manual mode, writing needs the consent of whoever stands at the pendant."""
        granted = self.grants_rmmp and self.rmmp.get(request.session, 0) > 0
        if self.controller.mode != "AUTO" and not granted:
            raise RefusalError(403, ACCESS_DENIED, "Rejected")

    def _allowed(self, act: Callable[[], None]) -> None:
        try:
            act()
        except MastershipHeldError as error:
            raise RefusalError(
                403, MASTERSHIP_HELD, f"Operation rejected: mastership held by {error}"
            ) from None
        except NotAllowedError:
            raise RefusalError(
                400, WRONG_STATE, "Operation not allowed in the current controller state"
            ) from None

    def _signal(self, name: str) -> State:
        signal = self.controller.signals.get(name)
        return {
            "_type": "ios-signal",
            "_title": name,
            "name": name,
            "type": signal.kind,
            "category": "",
            "lvalue": f"{signal.value:g}",
            "lstate": "not simulated",
        }

    def _is(self, state: State, request: Request) -> bool:
        return bool(state["name"] == request.parts["task"])


ROUTES: dict[str, Handler] = {
    "/rw/panel/ctrlstate": Resources.controller_state,
    "/rw/panel/opmode": Resources.operation_mode,
    "/rw/panel/speedratio": Resources.speed_ratio,
    "/rw/rapid/execution": Resources.execution,
    "/rw/rapid/tasks": Resources.tasks,
    "/rw/rapid/tasks/{task}": Resources.task,
    "/rw/rapid/modules": Resources.modules,
    "/rw/rapid/symbols": Resources.symbols,
    "/rw/rapid/symbol/data/RAPID/{task}/{name}": Resources.variable,
    "/rw/motionsystem/mechunits/ROB_1/jointtarget": Resources.joint_target,
    "/rw/motionsystem/mechunits/ROB_1/robtarget": Resources.robot_target,
    "/rw/iosystem/signals": Resources.signals,
    "/rw/iosystem/signals/{network}/{unit}/{name}": Resources.signal,
    "/rw/elog/0": Resources.event_log,
    "/rw/elog/0/": Resources.event_log,
    "/rw/system": Resources.system,
    "/rw/mastership/rapid": Resources.mastership,
    "/ctrl/{name}": Resources.environment,
    "/users/rmmp": Resources.remote_control,
    "/users/rmmp/poll": Resources.remote_control_poll,
}
"""Which resource has which path."""


def _entry(event: Event) -> State:
    return {
        "_type": "elog-message-li",
        "_title": f"/rw/elog/0/{event.number}",
        "msgtype": str(event.severity),
        "code": str(event.code),
        "src-name": "MC0",
        "tstamp": event.time.strftime("%Y-%m-%d T  %H:%M:%S"),
        "title": event.title,
        "desc": event.description,
        "conseqs": "",
        "causes": event.causes,
        "actions": event.actions,
        "argc": str(len(event.arguments)),
        "argv": [
            {"_type": "elog-arg", "_title": str(number), "type": "STRING", "value": argument}
            for number, argument in enumerate(event.arguments, start=1)
        ],
    }


def _quaternion(m: list[list[float]]) -> tuple[float, float, float, float]:
    """Of a rotation matrix, w first and not negative."""
    w = 0.5 * math.sqrt(max(0.0, 1.0 + m[0][0] + m[1][1] + m[2][2]))
    x = 0.5 * math.sqrt(max(0.0, 1.0 + m[0][0] - m[1][1] - m[2][2]))
    y = 0.5 * math.sqrt(max(0.0, 1.0 - m[0][0] + m[1][1] - m[2][2]))
    z = 0.5 * math.sqrt(max(0.0, 1.0 - m[0][0] - m[1][1] + m[2][2]))
    if w > 1e-9:
        return (
            w,
            math.copysign(x, m[2][1] - m[1][2]),
            math.copysign(y, m[0][2] - m[2][0]),
            math.copysign(z, m[1][0] - m[0][1]),
        )
    # Half a turn: the largest part leads, the others take their sign from the products.
    if y >= max(x, z):
        return 0.0, math.copysign(x, m[0][1] + m[1][0]), y, math.copysign(z, m[1][2] + m[2][1])
    if x >= z:
        return 0.0, x, math.copysign(y, m[0][1] + m[1][0]), math.copysign(z, m[0][2] + m[2][0])
    return 0.0, math.copysign(x, m[0][2] + m[2][0]), math.copysign(y, m[1][2] + m[2][1]), z

"""Questions to a controller; whatever goes wrong becomes an error that says what to do."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

import requests
from abb_robot_client.rws import RWS, ABBException

from pregrasp.hardware.abb import questions
from pregrasp.hardware.abb.configuration import AbbConfiguration
from pregrasp.hardware.abb.diagnosis import refusal
from pregrasp.hardware.abb.session import OverloadedError, Sessions
from pregrasp.hardware.capabilities import Clock
from pregrasp.hardware.errors import BusyError, ConnectionLostError, DeviceUnavailableError

T = TypeVar("T")

WELL_KNOWN_PASSWORD = "robotics"  # noqa: S105 - in every manual of ABB's


class Conversation:
    """Asks one controller, one question at a time.

    Args:
        name: Of the robot, for messages.
        configuration: Where the controller is.
        password: Gives the password; by default it comes from the environment variable
            that the configuration names.
        clock: The cell's time.
    """

    def __init__(
        self,
        name: str,
        configuration: AbbConfiguration,
        password: Callable[[], str] | None,
        clock: Clock,
    ) -> None:
        self._name = name
        self._configuration = configuration
        secret = (
            password()
            if password is not None
            else os.environ.get(configuration.password_variable, WELL_KNOWN_PASSWORD)
        )
        self.sessions = Sessions(configuration, secret, clock)
        self._closed = False

    @property
    def urgent(self) -> RWS:
        """A way to the controller that waits for no question; for stopping."""
        return self.sessions.urgent

    def close(self) -> None:
        """Log out; calling it again changes nothing."""
        if not self._closed:
            self._closed = True
            self.sessions.close()

    def ask(self, doing: str, ask: Callable[[RWS], T]) -> T:
        """The answer to a question.

        Args:
            doing: What it is for: "could not ... ".
            ask: Asks.

        Raises:
            RefusedError: The controller says no.
            BusyError: It is overloaded.
            ConnectionLostError: There is no answer.
            DeviceUnavailableError: The log-in was refused, or the connection was closed.
        """
        if self._closed:
            raise DeviceUnavailableError(self._name, "the connection has been closed.")
        url = self._configuration.url
        try:
            with self.sessions.lock:
                return ask(self.sessions.orderly)
        except ABBException as error:
            raise refusal(self._name, doing, error.code, str(error)) from error
        except OverloadedError as error:
            raise BusyError(
                self._name,
                f"the controller at {url} is overloaded (503) and could not {doing}.",
                "Close other programs that talk to it (70 sessions, 20 requests a second); "
                "sessions of crashed programs are freed after 5 minutes.",
            ) from error
        except requests.RequestException as error:
            raise ConnectionLostError(
                self._name,
                f"no answer from the controller at {url} when asked to {doing} "
                f"({questions.brief(error)}).",
                "Is it switched on, has it restarted, and is the cable in its service or WAN port?",
            ) from error
        except Exception as error:  # the package raises bare exceptions
            raise self._said_no(doing, str(error)) from error

    def _said_no(self, doing: str, text: str) -> DeviceUnavailableError:
        if "401" in text:
            return DeviceUnavailableError(
                self._name,
                f"the controller refuses the log-in of {self._configuration.username!r}.",
                f"Set the environment variable {self._configuration.password_variable}.",
            )
        return DeviceUnavailableError(
            self._name, f"could not {doing}: {text}.", "Look at the pendant's event log."
        )

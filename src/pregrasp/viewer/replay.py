"""A run log in the page: what was told then is told again, all at once.

The page keeps it as it keeps the past of a live run, so looking back, the chart and the log
work the same, and nothing but this machine is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pregrasp.runlog.message import Message
from pregrasp.viewer.history import History
from pregrasp.viewer.opening import PORT, page_package

if TYPE_CHECKING:
    from pregrasp.viewer.server import ViewerServer

REPLAYED_TEXT = 200_000_000
"""Of the messages of a run that is replayed [characters]; the oldest go first."""

REPLAYED_PICTURES = 1_000_000_000
"""Of its pictures [bytes]."""


def open_replay(messages: Iterable[Message], *, port: int = PORT) -> ViewerServer:
    """A page that shows a run that is over.

    Args:
        messages: Of the run, in order; all are read before the page is there.
        port: To listen on; 0 takes any that is free.

    Raises:
        RunLogError: As reading the messages raises it.
        MissingPackageError: The package ``aiohttp`` is missing.
        PortTakenError: Something else listens there.
    """
    with page_package():
        from pregrasp.viewer.server import ViewerServer

    return ViewerServer(port=port, history=read_replay(messages), replay=True)


def read_replay(messages: Iterable[Message]) -> History:
    """A run that is over, as pages are told of it.

    Args:
        messages: Of the run, in order.

    Raises:
        RunLogError: As reading the messages raises it.
    """
    history = History(text=REPLAYED_TEXT, pictures=REPLAYED_PICTURES)
    for message in messages:
        history.add(message)
    return history

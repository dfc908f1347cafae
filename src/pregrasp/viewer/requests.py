"""A request of a page: one JSON object, ``{"id": 7, "do": "break", "path": "..."}``.

What comes from a page is checked field by field, when it is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pregrasp.viewer.errors import CommandError

LONGEST_TEXT = 2000
"""Of one text in a request [characters]."""

MOST_TIMES = 10_000
"""Most ticks, results or faults that one request asks for."""


class Fields:
    """The fields of a request.

    Args:
        request: As it came.
    """

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._request = request

    def text(self, name: str, default: str | None = None) -> str:
        """A text.

        Raises:
            CommandError: It is missing, too long, or no text.
        """
        value = self._request.get(name, default)
        if not isinstance(value, str) or len(value) > LONGEST_TEXT:
            raise CommandError(f"{name!r} is missing, too long, or no text")
        return value

    def count(self, name: str) -> int:
        """A number of times; 1 if it is missing.

        Raises:
            CommandError: It is no whole number, or out of range.
        """
        value = self._request.get(name, 1)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_TIMES:
            raise CommandError(f"{name!r} is no number from 1 to {MOST_TIMES}")
        return value

    def truth(self, name: str) -> bool:
        """Yes or no; no if it is missing.

        Raises:
            CommandError: It is neither.
        """
        value = self._request.get(name, False)
        if not isinstance(value, bool):
            raise CommandError(f"{name!r} is neither true nor false")
        return value


def read_request(text: str) -> dict[str, Any]:
    """A request as it came over the wire.

    Raises:
        CommandError: It is no JSON object.
    """
    try:
        request = json.loads(text)
    except (ValueError, RecursionError):
        raise CommandError("found no JSON, expected a request") from None
    if not isinstance(request, dict):
        raise CommandError("found JSON that is no object, expected a request")
    return request

"""The page with the list of logged runs; a click opens the replay of one.

A replay is the page of a run (``index.html?run=NAME``), told what was told then. The name is
looked up in the index of runs and in nothing else: no path comes from a page.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pregrasp.errors import PregraspError
from pregrasp.runlog.index import FILE, RunIndex
from pregrasp.runlog.reader import RecordedRun
from pregrasp.runlog.run_record import RunRecord
from pregrasp.viewer.errors import CommandError
from pregrasp.viewer.history import History
from pregrasp.viewer.opening import PORT
from pregrasp.viewer.powers import Powers
from pregrasp.viewer.replay import read_replay
from pregrasp.viewer.served_page import ServedPage

LISTED = 2000
"""At most so many runs, the latest."""

LOOK_EVERY = 2.0
"""How often the index is read while a page is open, in real time [s]."""

REPLAYS = 2
"""How many replays are kept in memory; the page of an older one has no pictures any more."""


class RunsSite:
    """What pages are told about logged runs.

    Args:
        folder: Where the logs are; there may be none yet.
    """

    front = "runs.html"
    picture_path = r"/image/{run}/{number:\d{1,9}}"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._replays: OrderedDict[str, History] = OrderedDict()

    def picture(self, place: Mapping[str, str]) -> bytes | None:
        """What the camera saw in a replay, by run and number."""
        history = self._replays.get(place["run"])
        if history is None:
            return None
        return history.picture(place["run"], int(place["number"]))

    async def greeting(self, query: Mapping[str, str]) -> list[str]:
        """The list; or, for the page of a run, its replay."""
        if "run" in query:
            return await self._replay(query["run"])
        return [await asyncio.to_thread(self._list)]

    def present(self) -> list[str]:
        """The list."""
        return [self._list()]

    async def carry_out(self, request: Mapping[str, Any], *, trusted: bool) -> None:
        """Nothing can be asked for here.

        Raises:
            CommandError: Always.
        """
        raise CommandError("this page may only look: what it shows is over")

    async def live(self, watched: Callable[[], bool], tell: Callable[[list[str]], None]) -> None:
        """Tell pages of runs that came."""
        told = ""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if watched():
                now = await asyncio.to_thread(self._list)
                if now != told:
                    told = now
                    tell([now])

    def _list(self) -> str:
        told: dict[str, Any] = {"type": "runs", "folder": str(self._folder), "runs": []}
        try:
            told["runs"] = [_line(record) for record in self._find()]
        except (PregraspError, sqlite3.Error) as error:
            told["trouble"] = str(error)
        return json.dumps(told)

    def _find(self) -> list[RunRecord]:
        if not (self._folder / FILE).is_file():
            return []
        with RunIndex(self._folder, create=False) as index:
            return index.find(limit=LISTED)

    async def _replay(self, name: str) -> list[str]:
        hello = {
            "type": "hello",
            "replay": True,
            "list": True,
            "control": False,
            "motion": False,
            "why_not": "this run is over",
            "again": False,
        }
        try:
            history = self._replays.get(name)
            if history is None:
                history = await asyncio.to_thread(self._read, name)
        except (PregraspError, sqlite3.Error) as error:
            return [json.dumps({**hello, "trouble": str(error)})]
        self._replays[name] = history
        self._replays.move_to_end(name)
        while len(self._replays) > REPLAYS:
            self._replays.popitem(last=False)
        return [json.dumps(hello), *history.everything()]

    def _read(self, name: str) -> History:
        with RunIndex(self._folder, create=False) as index:
            record = index.get(name)
        if not record.files:
            raise CommandError(f"the log of {record.id} was removed; only its line is left")
        return read_replay(RecordedRun(record.files).messages())


class RunsPage(ServedPage):
    """The page of logged runs, with its server; a context manager that ends it.

    Args:
        folder: Where the logs are.
        port: To listen on; 0 takes any that is free.

    Raises:
        MissingPackageError: The package ``aiohttp`` is missing.
        PortTakenError: Something else listens there.
    """

    def __init__(self, folder: Path, *, port: int = PORT) -> None:
        powers = Powers.granted(control=False, motion=False)
        super().__init__(RunsSite(folder), port=port, powers=powers)


def _line(record: RunRecord) -> dict[str, Any]:
    told = record.to_json()
    # A page needs to know whether there is a log, not where it lies.
    return {**told, "files": len(record.files)}

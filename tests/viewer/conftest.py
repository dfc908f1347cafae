"""A viewer, trees that run without a robot, and a real browser to look at them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pregrasp.frames import Pose
from pregrasp.jobs.teach import draft_task
from pregrasp.jobs.teaching import Teaching
from pregrasp.jobs.teaching_page import TeachingPage, open_teaching_page
from pregrasp.runlog.broadcast import Broadcast
from pregrasp.runlog.codec import Encoder
from pregrasp.skills import SKILLS
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.skills.skill import Skill
from pregrasp.task import find_task
from pregrasp.trees import RunControl, Runner, RunningTree, load_tree, parse_tree
from pregrasp.viewer.powers import Powers
from pregrasp.viewer.server import ViewerServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SOON = 30.0
"""Real time after which a test has failed [s]."""

ALL_POWERS = Powers(True, True, "")


@dataclass
class Shown:
    """A viewer with something to show."""

    control: RunControl
    server: ViewerServer
    broadcast: Broadcast
    running: list[RunningTree] = field(default_factory=list)

    def start(self, text: str, skills: dict[str, type[Skill]] | None = None) -> RunningTree:
        """Run a tree given as text."""
        known = {**SKILLS, **(skills or {})}
        tree = parse_tree(text, skills=known)
        runner = Runner(
            tree, IdealCell(Pose(0.3)), skills=known, observers=[self.broadcast], tick_period=0.01
        )
        self.running.append(runner.start(self.control))
        return self.running[-1]

    def start_grasp(self) -> RunningTree:
        """Run the library's grasp, in which the servo takes several moves."""
        task = find_task("circuit_board")
        cell = IdealCell(task.taught.pregrasp @ task.taught.approach)
        estimator = IdealEstimator(cell, task.taught.approach, gain=0.7)
        inputs = {"task": task, "estimator": estimator}
        runner = Runner(load_tree("two_stage_grasp"), cell, inputs, observers=[self.broadcast])
        self.running.append(runner.start(self.control))
        return self.running[-1]


@pytest.fixture
def show() -> Iterator[Callable[..., Shown]]:
    """Makes viewers whose runs are held before their first tick, and ends them."""
    made: list[Shown] = []

    def make(powers: Powers = ALL_POWERS, *, paused: bool = True, **settings: Any) -> Shown:
        control = RunControl()
        if paused:
            control.pause()
        server = ViewerServer(control, port=0, powers=powers, **settings)
        made.append(Shown(control, server, Broadcast([server], Encoder())))
        return made[-1]

    yield make
    for shown in made:
        for run in shown.running:
            if not run.done:
                run.interrupt(SOON)
        shown.broadcast.close()
        shown.server.close()


class Lesson:
    """A dialogue with its page."""

    def __init__(self, bench: Any, file: Path, **flags: bool) -> None:
        self.bench = bench
        self.file = file
        self.teaching = Teaching(bench.guarded, draft_task(file), file)
        self.page: TeachingPage = open_teaching_page(self.teaching, port=0, **flags)

    def close(self) -> None:
        """End it as the command does."""
        self.teaching.leave()
        self.page.close()
        self.teaching.__exit__()


@pytest.fixture
def lesson(bench: Any, tmp_path: Path) -> Iterator[Callable[..., Lesson]]:
    """Makes dialogues on a cell that costs nothing."""
    made: list[Lesson] = []

    def make(name: str = "mine", **flags: bool) -> Lesson:
        made.append(Lesson(bench, tmp_path / name / "task.yaml", **flags))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, as Debian has it; its driver runs an event loop, so it goes with its module."""
    if CHROMIUM is None:
        pytest.skip("there is no chromium; scripts/setup installs it where it may")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=1000 * SOON)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(SWITCHES))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page in a browser that knows nothing; what goes wrong in it fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(SOON * 1000)
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on(
        "console",
        lambda message: wrong.append(message.text) if message.type == "error" else None,
    )
    yield opened
    context.close()
    assert not wrong


@pytest.fixture
def pictures() -> Path:
    """Where the pages that are worth showing are kept."""
    return Path(__file__).parents[2] / "docs" / "images"

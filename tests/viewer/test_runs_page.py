"""The list of logged runs, in a real browser."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pregrasp.runlog.broadcast import Broadcast
from pregrasp.runlog.codec import Encoder
from pregrasp.runlog.index import RunIndex
from pregrasp.runlog.run_log import RunLog
from pregrasp.viewer.runs_site import RunsPage

pytestmark = pytest.mark.slow

Show = Callable[..., Any]
"""The fixture ``show``."""

SOON = 30.0
"""Real time after which a test has failed [s]."""

MARKUP = "<img src=x onerror=alert(1)>"

FAILS = "tree: t\nroot: [open_gripper, verify_grasp]\n"
WORKS = "tree: t\nroot: [open_gripper]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("runs/log")


@pytest.fixture
def page_of(folder: Path) -> Iterator[RunsPage]:
    with RunsPage(folder, port=0) as shown:
        yield shown


def log_run(show: Show, folder: Path, text: str, **labels: str) -> None:
    """Run a tree and log it."""
    shown = show(paused=False)
    shown.broadcast.close()
    shown.broadcast = Broadcast([RunLog(folder)], Encoder(labels))
    shown.start(text).wait(SOON)
    shown.broadcast.close()


def test_a_run_is_found_by_task_and_result_and_its_replay_opened(
    show: Show, folder: Path, page_of: RunsPage, page: Page, pictures: Path
) -> None:
    log_run(show, folder, WORKS, task="plate", command="grasp")
    log_run(show, folder, FAILS, task="plate", command="grasp")
    log_run(show, folder, FAILS, task="board", command="collect")
    with RunIndex(folder) as index:
        index.note("last", "part was oily")
    page.goto(page_of.address)
    rows = page.locator("#rows tr")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("board")
    expect(rows.first).to_contain_text("part was oily")
    page.locator("#task").select_option("plate")
    expect(rows).to_have_count(2)
    expect(page.locator("#count")).to_have_text("2 of 3")
    page.locator("#result").select_option("success")
    expect(rows).to_have_count(1)
    expect(rows.locator(".result")).to_have_attribute("data-status", "S")
    rows.click()
    expect(page.locator("#outcome")).to_have_text("success")
    expect(page.locator("body")).to_have_class(re.compile("replay"))
    page.locator("#runs").click()
    expect(page.locator("#count")).to_have_text("1 of 3")  # what was chosen is still chosen
    page.keyboard.press("Escape")
    expect(rows).to_have_count(3)
    if os.environ.get("PREGRASP_UPDATE_PICTURES"):
        page.set_viewport_size({"width": 1440, "height": 300})
        page.screenshot(path=pictures / "runs.png")


def test_the_list_is_used_by_keyboard(
    show: Show, folder: Path, page_of: RunsPage, page: Page
) -> None:
    log_run(show, folder, WORKS, task="plate")
    log_run(show, folder, FAILS, task="board")
    page.goto(page_of.address)
    expect(page.locator("#rows tr")).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.type("plate")
    expect(page.locator("#rows tr")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#rows tr.selected")).to_contain_text("plate")
    page.keyboard.press("Escape")
    expect(page.locator("#rows tr")).to_have_count(2)
    page.keyboard.press("ArrowUp")
    expect(page.locator("#rows tr.selected")).to_contain_text("board")
    page.keyboard.press("Enter")
    expect(page.locator("#outcome")).to_have_text("failure")
    page.go_back()
    page.keyboard.press("?")
    expect(page.locator("#help")).to_contain_text("open its replay")


def test_without_runs_the_page_says_how_to_make_one_and_shows_it_when_it_comes(
    show: Show, folder: Path, page_of: RunsPage, page: Page
) -> None:
    page.goto(page_of.address)
    expect(page.locator("#empty")).to_contain_text("pregrasp grasp circuit_board")
    expect(page.locator("#empty")).to_contain_text(str(folder))
    log_run(show, folder, WORKS, task="plate")
    expect(page.locator("#rows tr")).to_have_count(1)
    page.keyboard.press("/")
    page.keyboard.type("nothing like it")
    expect(page.locator("#empty")).to_contain_text("No run matches")
    page.get_by_role("button", name="show all runs").click()
    expect(page.locator("#rows tr")).to_have_count(1)


def test_a_log_that_was_removed_or_never_was_is_told(
    show: Show, folder: Path, page_of: RunsPage, page: Page
) -> None:
    log_run(show, folder, WORKS, task="plate")
    [file] = folder.glob("*.mcap")
    file.unlink()
    page.goto(page_of.address)
    expect(page.locator("#rows tr.removed")).to_have_count(1)
    page.locator("#rows tr").click()
    expect(page.locator("#count")).to_have_text("1 of 1")
    for name, words in ((file.stem, "was removed"), ("../../../etc/passwd", "there is no run")):
        page.goto(f"{page_of.address}page/index.html?run={name}")
        expect(page.locator("#trouble")).to_contain_text(words)


def test_nothing_of_a_run_becomes_markup(
    show: Show, folder: Path, page_of: RunsPage, page: Page
) -> None:
    log_run(show, folder, FAILS, task=MARKUP, command=MARKUP)
    with RunIndex(folder) as index:
        index.note("last", MARKUP)
    page.goto(page_of.address)
    expect(page.locator("#rows .note")).to_have_text(MARKUP)
    expect(page.locator("#rows .task")).to_have_text(MARKUP)
    expect(page.locator("#task option")).to_have_count(2)
    assert page.locator("img").count() == 0
    page.goto(f"{page_of.address}page/index.html?run={MARKUP}&from={MARKUP}")
    expect(page.locator("#trouble")).to_contain_text("<img src=x")
    assert page.locator("img:not(.picture)").count() == 0

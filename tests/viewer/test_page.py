"""What people do with the page, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from py_trees.common import Status

from pregrasp.runlog.reader import RecordedRun, run_files
from pregrasp.runlog.run_log import RunLog
from pregrasp.skills import Condition
from pregrasp.skills.ports import Input
from pregrasp.skills.skill import Skill
from pregrasp.viewer.powers import Powers
from pregrasp.viewer.replay import open_replay

pytestmark = pytest.mark.slow

SOON = 10.0
"""Real time after which a test has failed [s]."""

Show = Callable[..., Any]
"""The fixture ``show``."""

SERVO = "two_stage_grasp/sequence/servo_to_pregrasp/sequence/repeat_until"
MOVE = f"{SERVO}/sequence/timeout_of_move_by/move_by"
COUNTING = """
tree: counting
inputs: {gap: {type: float, unit: mm, default: 3}}
root:
  sequence:
    - set: {key: "{n}", to: 0}
    - repeat:
        times: 6
        do:
          - set: {key: "{n}", to: "{n} + 1"}
          - note: {number: "{n}", gap_mm: "{gap}"}
"""


class Note(Condition):
    """Keeps what it was given."""

    number = Input(int, "Noted.")
    gap = Input(float, "Noted.", unit="mm")
    noted: list[tuple[int, float]] = []  # noqa: RUF012 - shared with the tests on purpose

    def check(self) -> bool:
        self.noted.append((self.number, round(self.gap * 1e3, 6)))
        self.feedback_message = f"number {self.number}"
        return True


SKILLS: dict[str, type[Skill]] = {"note": Note}


@pytest.fixture(autouse=True)
def nothing_noted() -> None:
    Note.noted.clear()


def row(page: Page, path: str) -> Any:
    return page.locator(f'.row[data-path="{path}"]')


def test_a_run_is_watched_to_its_end(show: Show, page: Page) -> None:
    shown = show()
    page.goto(shown.server.address)
    run = shown.start_grasp()
    shown.control.resume()
    assert run.wait(SOON).succeeded
    expect(page.locator("#outcome")).to_have_text("success")
    expect(page.locator("#title")).to_have_text("two_stage_grasp")
    for path in ("two_stage_grasp/sequence", "two_stage_grasp/sequence/verify_grasp"):
        expect(row(page, path)).to_have_attribute("data-status", "S")
    expect(row(page, "two_stage_grasp/sequence/verify_grasp")).to_contain_text("holding")
    expect(page.locator("#board tr.fresh")).not_to_have_count(0)
    expect(page.locator("#camera .facts")).to_contain_text("trusted")
    expect(page.locator("#error-note")).to_contain_text("mm")
    expect(page.locator(".picture")).to_have_js_property("naturalWidth", 40)


def test_a_page_that_comes_late_sees_the_whole_run(show: Show, page: Page) -> None:
    shown = show(paused=False)
    assert shown.start_grasp().wait(SOON).succeeded
    assert shown.broadcast.flush()
    page.goto(shown.server.address)
    expect(page.locator("#outcome")).to_have_text("success")
    expect(page.locator("#log li")).not_to_have_count(0)


def test_a_breakpoint_set_on_the_page_stops_the_run(show: Show, page: Page) -> None:
    shown = show()
    shown.start_grasp()
    page.goto(shown.server.address)
    row(page, MOVE).locator(".dot").click()
    expect(row(page, MOVE)).to_have_class(re.compile("broken"))
    page.keyboard.press("Space")
    expect(page.locator("#outcome")).to_have_text("held")
    expect(page.locator("#why")).to_have_text(f"breakpoint at {MOVE}")
    expect(row(page, MOVE)).to_have_attribute("data-status", "H")
    assert shown.control.state.path == MOVE
    assert not shown.running[0].done
    row(page, MOVE).locator(".dot").click()
    expect(row(page, MOVE)).not_to_have_class(re.compile("broken"))
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= page.evaluate("innerWidth"), "long paths push nothing out of the page"
    expect(row(page, MOVE)).to_be_in_viewport()  # also now that the panel below it has grown
    page.get_by_role("button", name="resume").click()
    assert shown.running[0].wait(SOON).succeeded


def test_a_breakpoint_may_have_a_condition(show: Show, page: Page) -> None:
    shown = show()
    shown.start(COUNTING, SKILLS)
    page.goto(shown.server.address)
    path = "counting/sequence/repeat/sequence/note"
    row(page, path).click()
    page.locator(".when").fill("{n} >= 4 and {oops}")
    page.locator(".when").press("Enter")
    expect(page.locator(".toast")).to_contain_text("nothing writes {oops}")
    page.locator(".when").fill("{n} >= 4")
    page.locator(".when").press("Enter")
    expect(row(page, path)).to_have_class(re.compile("conditional"))
    page.get_by_role("button", name="resume").click()
    expect(page.locator("#why")).to_have_text(f"breakpoint at {path}")
    assert [number for number, _ in Note.noted] == [1, 2, 3]


def test_a_value_is_edited_and_the_tree_uses_it(show: Show, page: Page) -> None:
    shown = show()
    run = shown.start(COUNTING, SKILLS)
    page.goto(shown.server.address)
    entry = page.locator('#board tr[data-key="counting/gap"]')
    unwritten = page.locator('#board tr[data-key="counting/n"]')
    expect(unwritten).to_contain_text("not written yet")
    expect(entry).to_contain_text("3 mm")
    entry.hover()
    entry.get_by_role("button", name="edit").click()
    field = entry.locator("input")
    expect(field).to_have_value("3")
    field.fill("a lot")
    field.press("Enter")
    expect(entry.locator(".problem")).to_contain_text("expected a number")
    field.fill("12.5")
    field.press("Enter")
    expect(entry).to_contain_text("12.5 mm")
    page.get_by_role("button", name="resume").click()
    assert run.wait(SOON).succeeded
    assert [gap for _, gap in Note.noted] == 6 * [12.5]


def test_the_past_is_looked_at_while_the_run_goes_on(show: Show, page: Page) -> None:
    shown = show()
    run = shown.start(COUNTING, SKILLS)
    page.goto(shown.server.address)
    assert shown.control.step(4, timeout=SOON)
    entry = page.locator('#board tr[data-key="counting/n"] .text')
    expect(entry).to_have_text("4")
    page.keyboard.press(",")
    page.keyboard.press(",")
    expect(page.locator("#outcome")).to_have_text("looking back")
    expect(entry).to_have_text("2")
    shown.control.resume()
    assert run.wait(SOON).succeeded
    assert shown.broadcast.flush()
    page.wait_for_timeout(200)
    expect(entry).to_have_text("2")
    page.keyboard.press(".")
    expect(entry).to_have_text("3")
    page.keyboard.press("l")
    expect(entry).to_have_text("6")
    expect(page.locator("#outcome")).to_have_text("success")


def test_a_replay_is_scrubbed(show: Show, page: Page, tmp_path: Path) -> None:
    shown = show(paused=False)
    log = RunLog(tmp_path)
    shown.broadcast.add(log)
    run = shown.start(
        "tree: slow\nroot:\n  sequence:\n"
        + "".join(f"    - delay: {{name: wait_{i}, duration_s: 1}}\n" for i in range(8))
    )
    assert run.wait(SOON).succeeded
    shown.broadcast.close()
    [file] = tmp_path.glob("*.mcap")
    recorded = RecordedRun(run_files(file))
    with open_replay(recorded.messages(), port=0) as replay:
        page.goto(replay.address)
        expect(page.locator("#link")).to_have_text("connected")
        expect(page.locator("body")).to_have_class(re.compile("replay"))
        expect(page.locator("#outcome")).to_have_text("success")
        expect(page.locator("#buttons")).to_be_hidden()
        line = page.locator("#timeline")
        box = line.bounding_box()
        assert box is not None
        line.click(position={"x": box["width"] * 0.56, "y": 40})
        expect(page.locator("#outcome")).to_have_text("looking back")
        expect(row(page, "slow/sequence/wait_3")).to_have_attribute("data-status", "S")
        expect(row(page, "slow/sequence/wait_4")).to_have_attribute("data-status", "R")
        expect(row(page, "slow/sequence/wait_5")).to_have_attribute("data-status", "I")
        line.click(position={"x": box["width"] * 0.31, "y": 40})
        expect(row(page, "slow/sequence/wait_2")).to_have_attribute("data-status", "R")
        page.get_by_role("button", name="live").click()
        expect(row(page, "slow/sequence/wait_7")).to_have_attribute("data-status", "S")


def test_a_result_is_forced_and_a_fault_injected(show: Show, page: Page) -> None:
    shown = show()
    run = shown.start("tree: t\nroot: [open_gripper, verify_grasp, {capture: {capture: '{c}'}}]\n")
    page.goto(shown.server.address)
    row(page, "t/sequence/verify_grasp").click()
    page.get_by_role("button", name="force success").click()
    page.locator(".faults").select_option("camera")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="resume").click()
    result = run.wait(SOON)
    assert result.status is Status.FAILURE
    assert "injected fault" in str(result.failure)
    expect(row(page, "t/sequence/verify_grasp")).to_contain_text("forced to end in success")
    expect(page.locator("#log")).to_contain_text("injected fault")


def test_the_keyboard_does_what_the_help_says(show: Show, page: Page) -> None:
    shown = show()
    shown.start(COUNTING, SKILLS)
    page.goto(shown.server.address)
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    expect(page.locator("#help")).to_contain_text("to the next change of a status")
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    for key in ("ArrowDown", "ArrowDown", "b"):
        page.keyboard.press(key)
    expect(page.locator(".row.selected.broken")).to_have_count(1)
    page.keyboard.press("s")
    expect(page.locator("#clock")).to_contain_text("tick 1")
    assert shown.control.ticks == 1
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".row")).not_to_have_count(6)
    page.keyboard.press("d")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.keyboard.press("d")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark


def test_search_shows_what_matches_and_the_way_there(show: Show, page: Page) -> None:
    shown = show()
    shown.start_grasp()
    page.goto(shown.server.address)
    expect(row(page, SERVO)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("move_by")
    expect(page.locator(".row.match")).to_have_count(2)
    expect(page.locator("#search-count")).to_have_text("2 found")
    expect(row(page, "two_stage_grasp/sequence/verify_grasp")).to_have_count(0)
    expect(row(page, SERVO)).to_have_count(1)


def test_a_page_without_the_token_may_only_look(show: Show, page: Page) -> None:
    shown = show()
    shown.start(COUNTING, SKILLS)
    page.goto(shown.server.address.partition("#")[0])
    expect(row(page, "counting/sequence")).to_be_visible()
    expect(page.locator("#buttons")).to_be_hidden()
    page.keyboard.press("Space")
    expect(page.locator(".toast")).to_contain_text("may only look")
    assert shown.control.paused


def test_a_real_robot_is_not_set_in_motion_from_the_page(show: Show, page: Page) -> None:
    shown = show(Powers(True, False, "the robot is real"))
    shown.start(COUNTING, SKILLS)
    page.goto(shown.server.address)
    expect(page.get_by_role("button", name="resume")).to_be_disabled()
    expect(page.get_by_role("button", name="stop")).to_be_enabled()
    page.keyboard.press("Space")
    expect(page.locator(".toast")).to_contain_text("the robot is real")
    assert shown.control.ticks == 0


def test_long_names_and_narrow_windows_push_nothing_out(show: Show, page: Page) -> None:
    shown = show()
    name = "a_name_that_somebody_found_clear_enough_to_do_without_any_comment" * 2
    page.goto(shown.server.address)
    expect(page.locator("#tree-empty")).to_be_visible()
    run = shown.start(f"tree: {name}\nroot: [{{verify_grasp: {{name: {name}}}}}]\n")
    shown.control.resume()
    assert not run.wait(SOON).succeeded
    page.locator(".row[data-status=F]").last.click()
    for width in (1440, 1000, 420):
        page.set_viewport_size({"width": width, "height": 800})
        expect(page.locator("#help-open")).to_be_in_viewport(ratio=1)
        expect(page.get_by_role("button", name="stop")).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


MARKUP = "<img src=x onerror=\"document.title='broken into'\"><script>alert(1)</script>"


class Says(Condition):
    """Says something that is markup."""

    text = Input(str, "What is said.")

    def check(self) -> bool | Status:
        return self.fail(self.text)


def test_nothing_of_a_tree_becomes_markup(show: Show, page: Page) -> None:
    shown = show()
    text = MARKUP.replace("'", "''")
    run = shown.start(
        f"tree: t\ndescription: '{text}'\nroot:\n"
        f"  sequence:\n    - set: {{key: '{{said}}', to: '{text}'}}\n"
        f"    - says: {{name: '{text.replace('/', '')}', text: '{{said}}'}}\n",
        {"says": Says},
    )
    page.goto(shown.server.address)
    shown.control.resume()
    assert not run.wait(SOON).succeeded
    expect(page.locator("#outcome")).to_have_text("failure")
    failed = page.locator(".row", has_text="onerror").first
    expect(failed).to_contain_text("<img src=x onerror=")
    failed.click()
    page.locator('#board tr[data-key="t/said"]').click()
    expect(page.locator("#details")).to_contain_text("<script>")
    expect(page.locator("#board .part-list")).to_contain_text("<script>")
    expect(page.locator("#log")).to_contain_text("<script>")
    assert page.locator("img:not(.picture)").count() == 0
    assert page.locator("body script").count() == 0
    assert page.title() == "t · pregrasp"


def test_the_page_says_when_the_viewer_is_gone_and_keeps_what_it_shows(
    show: Show, page: Page
) -> None:
    shown = show()
    run = shown.start(COUNTING, SKILLS)
    page.goto(shown.server.address)
    expect(page.locator("#link")).to_have_text("connected")
    # The browser would complain about every try to connect again.
    page.evaluate("() => { window.WebSocket = class { addEventListener() {} } }")
    shown.server.close()
    expect(page.locator("#link")).to_have_text("not connected")
    expect(row(page, "counting/sequence")).to_be_visible()
    shown.control.resume()
    assert run.wait(SOON).succeeded, "a viewer that is gone never stops the tree"

"""A person teaches on the page, in a real browser; nobody else does."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pregrasp.frames import MM, Pose
from pregrasp.hardware.cell_file import find_cell
from pregrasp.hardware.modes import Mode
from pregrasp.jobs.cells import open_cell
from pregrasp.jobs.teach import draft_task, save_taught
from pregrasp.jobs.teaching import Teaching
from pregrasp.jobs.teaching_page import open_teaching_page
from pregrasp.jobs.teaching_state import Stage
from pregrasp.task import load_task

pytestmark = pytest.mark.slow

SOON = 20.0
"""Real time after which a test has failed [s]."""

Make = Callable[..., Any]
"""The fixture ``lesson``."""

MARKUP = "<img src=x onerror=alert(1)>"


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def jog(page: Page, direction: str, times: int = 1) -> None:
    for _ in range(times):
        before = page.locator("#pose").text_content()
        page.locator(f'[data-direction="{direction}"]').click()
        expect(page.locator("#pose")).not_to_have_text(before or "")
        expect(page.locator(f'[data-direction="{direction}"]')).to_be_enabled()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_an_object_of_the_simulated_cell_is_taught_on_the_page(
    page: Page, tmp_path: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = Path("my_part/task.yaml")
    task = draft_task(file)
    shots = bool(os.environ.get("PREGRASP_UPDATE_PICTURES"))
    with (
        open_cell(find_cell("simulated"), task) as cell,
        cell.modes.working(Mode.TEACHING),
        Teaching(cell, task, file) as teaching,
        open_teaching_page(teaching, port=0, allow_motion=True) as shown,
    ):
        page.goto(shown.address)
        expect(page.locator("#picture")).to_have_js_property("naturalWidth", 960)
        for check in ("vertical", "reach", "exposure", "sharpness", "part in view"):
            expect(page.locator(f'[data-check="{check}"].good')).to_have_count(1)
        press(page, "50 mm")
        jog(page, "x+")
        jog(page, "y+")
        jog(page, "z-", 3)
        press(page, "10 mm")
        jog(page, "x+", 2)
        press(page, "use this pose")
        expect(page.locator("#message")).to_contain_text("pregrasp pose: (372.000 mm, 50.000 mm")
        expect(page.locator('[data-check="height"].bad')).to_have_count(1)
        press(page, "50 mm")
        jog(page, "z-", 3)
        expect(page.locator('[data-check="height"].good')).to_have_count(1)
        press(page, "use this pose")
        expect(page.locator("#poses")).to_contain_text("z -150.0 mm")
        expect(page.locator("#planned")).to_contain_text("approach: {x_mm: 0, y_mm: 0, z_mm: -150")
        if shots:
            page.wait_for_timeout(1500)
            page.screenshot(path=pictures / "teach.png")
        press(page, "rehearse slowly")
        expect(page.locator("#confirm")).to_contain_text("goes up 150 mm, down and up again")
        assert not file.exists()
        page.locator("#confirm-yes").click()
        expect(page.locator("#message")).to_have_text("rehearsed", timeout=60_000)
        expect(page.locator("#pose")).to_contain_text("z 258.0")
        press(page, "save")
        expect(page.locator("#message")).to_have_text("saved")
        expect(page.locator("#planned-title")).to_contain_text("Written to")
        assert teaching.wait(SOON)
    taught = load_task(file).taught
    assert taught.pregrasp.x == pytest.approx(372 * MM, abs=1e-4)
    assert taught.approach.z == pytest.approx(-150 * MM, abs=1e-4)
    expect(page.locator("#link")).to_have_text("ended")


def test_teaching_again_shows_what_changes_and_keeps_the_old_file(
    lesson: Make, page: Page, tmp_path: Path
) -> None:
    save_taught(tmp_path / "mine" / "task.yaml", Pose(0.3, 0.1, 0.2), Pose(0.3, 0.1, 0.05))
    before = (tmp_path / "mine" / "task.yaml").read_text()
    one = lesson(allow_motion=True)
    page.goto(one.page.address)
    press(page, "use this pose")
    press(page, "50 mm")
    jog(page, "z-", 3)
    press(page, "use this pose")
    expect(page.locator("#planned-note")).to_contain_text("kept as task.yaml.before-1")
    expect(page.locator("#planned")).not_to_contain_text("workspace")
    press(page, "save")
    expect(page.locator("#planned-note")).to_contain_text("is kept as task.yaml.before-1")
    assert one.file.with_name("task.yaml.before-1").read_text() == before


def test_leaving_in_the_middle_of_a_move_changes_nothing(lesson: Make, page: Page) -> None:
    one = lesson(allow_motion=True)
    page.goto(one.page.address)
    press(page, "use this pose")
    expect(page.locator("#stages li.done")).to_have_count(1)
    one.bench.arm.blocked = True
    page.locator('[data-direction="z-"]').click()
    expect(page.locator("#at-work")).to_have_text("moving")
    expect(page.locator('[data-direction="z-"]')).to_be_disabled()
    press(page, "stop")
    expect(page.locator("#message")).to_have_text("stopped")
    page.locator('[data-direction="z-"]').click()
    expect(page.locator("#at-work")).to_have_text("moving")
    press(page, "leave")
    expect(page.locator("#confirm")).to_contain_text("Nothing is written")
    page.locator("#confirm-yes").click()
    expect(page.locator("#instruction")).to_have_text("left; nothing was written")
    expect(page.locator("#actions button")).to_have_count(0)
    until(lambda: not one.teaching.state.at_work)
    one.bench.arm.blocked = False
    assert one.teaching.state.stage is Stage.LEFT
    assert one.bench.arm.pose() == Pose(0.35, 0.0, 0.2)
    assert not one.file.parent.exists()


def test_a_pose_that_is_not_good_says_why_and_is_not_taken(lesson: Make, page: Page) -> None:
    one = lesson(allow_control=True)
    one.bench.camera.covered = True
    page.goto(one.page.address)
    bad = page.locator('[data-check="exposure"].bad')
    expect(bad).to_contain_text("Change the light")
    page.keyboard.press("Enter")
    expect(page.locator("#message.bad")).to_contain_text("not taken as the pregrasp pose: exposure")
    one.bench.camera.broken = True
    expect(page.locator("#no-picture")).to_contain_text("Plug it in")
    expect(page.locator("#camera-note")).to_have_text("not live")
    one.bench.camera.broken = one.bench.camera.covered = False
    expect(page.locator('[data-check="exposure"].good')).to_have_count(1)


def test_the_keys_of_the_terminal_work_on_the_page(lesson: Make, page: Page) -> None:
    one = lesson(allow_motion=True)
    page.goto(one.page.address)
    expect(page.locator("#checks li")).not_to_have_count(0)
    page.keyboard.press("+")
    expect(page.get_by_role("button", name="50 mm")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("PageUp")
    expect(page.locator("#pose")).to_contain_text("z 250.0")
    page.keyboard.press("Enter")
    expect(page.locator("#instruction")).to_contain_text("open the gripper")
    page.keyboard.press("s")
    expect(page.locator("#message.bad")).to_contain_text("not saved: show the grasp pose first")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("PageUp")
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    expect(page.locator("#confirm")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#confirm")).to_be_visible()
    page.keyboard.press("Enter")  # on "no"
    expect(page.locator("#confirm")).to_be_hidden()
    assert not one.teaching.over
    assert one.bench.arm.pose().z == pytest.approx(0.25), "a dialog keeps the keys to itself"


def test_a_page_without_the_token_or_without_leave_only_looks(lesson: Make, page: Page) -> None:
    one = lesson(allow_motion=True)
    page.goto(one.page.address.partition("#")[0])
    expect(page.locator("#checks li")).not_to_have_count(0)
    expect(page.locator("#actions button")).to_have_count(0)
    expect(page.locator("#jog")).to_be_hidden()
    page.keyboard.press("PageUp")
    expect(page.locator(".toast")).to_contain_text("may only look")
    page.keyboard.press("Enter")
    page.keyboard.press("s")
    two = lesson("other", allow_control=True)
    page.goto(two.page.address)
    expect(page.get_by_role("button", name="use this pose")).to_be_enabled()
    expect(page.locator("#jog")).to_be_hidden()
    expect(page.locator("#jog-note")).to_contain_text("without --allow-motion")
    page.keyboard.press("PageUp")
    expect(page.locator(".toast")).to_contain_text("--allow-motion")
    assert one.bench.arm.pose() == Pose(0.35, 0.0, 0.2)
    assert one.teaching.state.pregrasp is None


def test_nothing_of_a_name_or_a_device_becomes_markup(lesson: Make, page: Page) -> None:
    one = lesson(MARKUP.replace("/", ""), allow_motion=True)
    one.bench.camera.name = MARKUP
    one.bench.camera.broken = True
    page.goto(one.page.address)
    expect(page.locator("#title")).to_contain_text("<img src=x")
    expect(page.locator("#subtitle")).to_contain_text("<img src=x")
    expect(page.locator("#no-picture")).to_contain_text("<img src=x")
    one.bench.camera.broken = False
    press(page, "use this pose")
    press(page, "50 mm")
    jog(page, "z-", 3)
    press(page, "use this pose")
    expect(page.locator("#planned")).to_contain_text("<img src=x")
    assert page.locator("img:not(#picture)").count() == 0
    assert page.locator("body script").count() == 0
    assert re.match(r"teach <img", page.title())

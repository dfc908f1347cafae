from __future__ import annotations

import io
from collections.abc import Callable

from rich.console import Console

from pregrasp.runlog.message import Message
from pregrasp.runlog.state import RunState
from pregrasp.viewer.terminal import TerminalView, draw_run

Grasp = Callable[..., list[Message]]


def drawn(messages: list[Message], height: int = 60, width: int = 120) -> list[str]:
    state = RunState()
    for message in messages:
        state.apply(message)
    console = Console(file=io.StringIO(), width=width, height=height, record=True)
    for part in draw_run(state, height, width):
        console.print(part)
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_the_drawing_shows_nodes_estimates_and_the_end(grasp_messages: Grasp) -> None:
    lines = drawn(grasp_messages())
    assert lines[0].startswith("two_stage_grasp  circuit_board  on ideal")
    assert any("✓ verify_grasp" in line and "holding" in line for line in lines)
    last = next(line for line in reversed(lines) if line.startswith("estimate"))
    assert "0.025 mm" in last
    assert "stop: 0.06 mm, 0.05 deg" in last
    assert lines[-1] == "✓ success"


def test_a_refusal_is_shown_with_its_reason(grasp_messages: Grasp) -> None:
    lines = drawn(grasp_messages(covered=True))
    assert lines[-1] == "✗ refused: no part in view"
    assert any("not trusted: no part in view" in line for line in lines)


def test_a_small_window_keeps_what_runs_in_view(grasp_messages: Grasp) -> None:
    messages = grasp_messages()
    middle = len(messages) * 2 // 3
    for height in (12, 20, 45):
        lines = drawn(messages[:middle], height)
        assert len(lines) <= height
        assert any("▶" in line for line in lines)
        assert any(line.endswith("...") for line in lines) == (height < 45)


def test_no_line_is_longer_than_the_window(grasp_messages: Grasp) -> None:
    for width in (40, 80):
        assert max(map(len, drawn(grasp_messages(), 60, width))) <= width


def test_words_of_people_are_no_markup(grasp_messages: Grasp) -> None:
    messages = grasp_messages(covered=True)
    messages[-1].body["reason"] = "[red]no[/red] [bold"
    assert drawn(messages)[-1] == "✗ refused: [red]no[/red] [bold"


def test_without_a_terminal_each_run_is_drawn_once_at_its_end(grasp_messages: Grasp) -> None:
    text = io.StringIO()
    view = TerminalView(Console(file=text, width=100))
    for message in [*grasp_messages(), *grasp_messages()]:
        view.receive(message)
    view.close()
    assert text.getvalue().count("✓ success") == 2


def test_on_a_terminal_the_drawing_is_live_and_stays(grasp_messages: Grasp) -> None:
    text = io.StringIO()
    view = TerminalView(Console(file=text, width=100, height=50, force_terminal=True))
    for message in grasp_messages():
        view.receive(message)
    view.close()
    assert text.getvalue().rstrip().endswith("\x1b[?25h"), "the cursor is back"
    assert "verify_grasp" in text.getvalue()

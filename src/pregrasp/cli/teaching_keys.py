"""The dialogue of teaching in a terminal: single keys ask, lines tell."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from pregrasp.cancellation import CancelToken
from pregrasp.cli.console import err, stoppable
from pregrasp.cli.keyboard import key_within, raw_keys
from pregrasp.cli.tables import check_table
from pregrasp.frames import MM
from pregrasp.jobs.errors import TeachingError
from pregrasp.jobs.jog import next_step
from pregrasp.jobs.teaching import Teaching
from pregrasp.jobs.teaching_state import INSTRUCTIONS, Stage, TeachingState

HELP = (
    "arrows: x, y   PgUp/PgDn: z   q/e: turn   +/-: step size   "
    "Enter: this is the pose (p, g: as the pregrasp, the grasp pose)   r: rehearse   s: save   "
    "Esc: leave"
)

DIRECTIONS = {
    "left": "x-",
    "right": "x+",
    "up": "y+",
    "down": "y-",
    "page_up": "z+",
    "page_down": "z-",
    "q": "theta+",
    "e": "theta-",
}
"""Where a key jogs to."""

ENTER = frozenset({"\n", "\r"})
"""What terminals send for the key Enter."""

PROMPTS = {
    Stage.PREGRASP: ("1 of 3", "press Enter"),
    Stage.GRASP: ("2 of 3", "press Enter"),
    Stage.FINISH: ("3 of 3", "r rehearses, s saves"),
}
"""Before and behind the instruction of a stage."""

LOOK = 0.1
"""How often it is looked whether the page has done something [s]."""


def teach_by_keys(teaching: Teaching) -> None:
    """Talk with a person at the terminal until the teaching is over.

    Ctrl-C stops what is under way; if nothing is, it is for whoever called this. The page may
    do something in between; it is told here.
    """
    err.print(HELP, style="dim", markup=False)
    shown: object = None
    with raw_keys():
        while not teaching.over:
            state = teaching.state
            if _noteworthy(state) != shown and not state.at_work:
                _prompt(state)
                shown = _noteworthy(state)
            try:
                key = key_within(LOOK)
            except EOFError:
                teaching.leave()
                return
            if key is not None:
                press(teaching, key)
                shown = None


def press(teaching: Teaching, key: str) -> None:
    """Do what a key stands for, and say what came of it; unknown keys do nothing."""
    asked = _meaning(teaching, key)
    if asked is None:
        return
    try:
        with on_interrupt(teaching.stop):
            asked()
    except TeachingError as error:
        err.print(str(error), style="yellow", markup=False)
        return
    state = teaching.state
    if asked in (teaching.take_pregrasp, teaching.take_grasp) and state.checks:
        err.print(check_table(state.checks))
    if state.message:
        err.print(state.message, style="green" if state.good else "yellow", markup=False)


def _meaning(teaching: Teaching, key: str) -> Callable[[], None] | None:
    direction = DIRECTIONS.get(key)
    if direction is not None:
        return lambda: teaching.jog(direction)
    if key in {"+", "-"}:
        return lambda: teaching.set_step(next_step(teaching.state.step, larger=key == "+"))
    if key == "p" or (key in ENTER and teaching.state.pregrasp is None):
        return teaching.take_pregrasp
    if key == "r":
        err.print("rehearsing slowly; Ctrl-C stops the arm", style="yellow")
    known: dict[str, Callable[[], None]] = {
        **dict.fromkeys(("g", *ENTER), teaching.take_grasp),
        "r": teaching.rehearse,
        "s": teaching.save,
        "escape": teaching.leave,
    }
    return known.get(key)


def _noteworthy(state: TeachingState) -> object:
    """What a person at the terminal wants to be told of when the page has changed it."""
    return state.stage, state.step, state.message


def _prompt(state: TeachingState) -> None:
    if state.stage in PROMPTS:
        before, behind = PROMPTS[state.stage]
        err.print(f"{before}: {INSTRUCTIONS[state.stage]}; {behind}", style="bold", markup=False)
        err.print(f"tool {state.pose}  step {state.step / MM:g} mm", markup=False)


@contextlib.contextmanager
def on_interrupt(do: Callable[[], None]) -> Iterator[CancelToken]:
    """Have Ctrl-C do something; on a thread of its own, for it may need locks.

    Args:
        do: Called once.

    Returns:
        A token that is cancelled then.
    """
    with stoppable() as token:
        forget = token.on_cancel(lambda: threading.Thread(target=do, daemon=True).start())
        try:
            yield token
        finally:
            forget()

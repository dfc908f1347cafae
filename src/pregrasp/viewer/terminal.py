"""A running tree in the terminal, for people who are connected by ssh.

The tree is drawn as it stands, a few times a second. What is done and what has not begun
folds up when the window is too small for all of it, so that what is running stays in view.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from pregrasp.runlog.message import Message
from pregrasp.runlog.state import RunState

DRAWINGS_PER_SECOND = 8
"""Of real time; more makes ssh slow and helps nobody."""

MARKS = {"I": ("·", "dim"), "R": ("▶", "bold yellow"), "S": ("✓", "green"), "F": ("✗", "red")}
"""Of each status: a sign, for people who see few colours, and a style."""

ESTIMATES = 4
"""How many of the latest estimates are shown."""

LINES = 4
"""How many of the latest lines of the log are shown."""

NARROW = 60
"""Windows with fewer columns get no feedback beside the nodes."""

Json = dict[str, Any]


class TerminalView:
    """A reader that draws what it reads; see `pregrasp.runlog.broadcast.Reader`.

    Args:
        console: Where to draw.
        live: Whether to draw while the run goes on; a console that is no terminal gets one
            drawing at the end of each run.
    """

    name = "terminal view"

    def __init__(self, console: Console, *, live: bool = True) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._state = RunState()
        self._wants_live = live and console.is_terminal
        self._live: Live | None = None

    def receive(self, message: Message) -> None:
        """Take a message in; drawing has a pace of its own."""
        with self._lock:
            self._state.apply(message)
        if message.type == "tree" and self._wants_live and self._live is None:
            # Not before: what devices and libraries say while they start would be in the way.
            self._live = Live(
                console=self._console,
                get_renderable=self._picture,
                refresh_per_second=DRAWINGS_PER_SECOND,
                vertical_overflow="crop",
            )
            self._live.start()
        elif message.type == "end" and self._live is None:
            self._console.print(self._picture())

    def idle(self) -> None:
        """Nothing to be done."""

    def close(self) -> None:
        """Draw for the last time and leave the drawing where it is."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _picture(self) -> RenderableType:
        return _Picture(self._state, self._lock)


class _Picture:
    """A run, drawn to fit the console it is drawn on."""

    def __init__(self, state: RunState, lock: threading.Lock) -> None:
        self._state = state
        self._lock = lock

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        # Rendered to the end while nothing changes: a drawing shows one moment.
        with self._lock:
            parts = list(draw_run(self._state, console.size.height, options.max_width))
            segments: list[Segment] = list(console.render(Group(*parts), options))
        yield from segments


def draw_run(state: RunState, height: int, width: int) -> Iterator[RenderableType]:
    """The parts of the drawing, from top to bottom.

    Args:
        state: The run.
        height: Of the window [lines].
        width: Of the window [columns].
    """
    tree = state.tree
    if tree is None:
        yield Text("waiting for a tree ...", style="dim")
        return
    yield _headline(state, tree)
    below = [*_estimates(state), *_lines(state, tree)]
    yield _nodes(state, tree, max(3, height - 4 - len(below)), width)
    yield from below
    yield _footline(state)


def _headline(state: RunState, tree: Json) -> Text:
    task = tree["labels"].get("task", "")
    text = Text(no_wrap=True, overflow="ellipsis")
    text.append(str(tree["tree"]), style="bold")
    text.append(f"  {task}  on {tree['cell']}", style="dim")
    text.append(f"  {state.time - float(tree['t']):.1f} s", style="cyan")
    return text


def _footline(state: RunState) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    if state.end is not None:
        good = state.end["result"] == "success"
        mark = MARKS["S" if good else "F"]
        text.append(f"{mark[0]} {state.end['result']}", style=mark[1])
        if state.end["reason"]:
            text.append(f": {state.end['reason']}")
        return text
    text.append(f"tick {state.ticks}, {state.tick_ms:.1f} ms", style="dim")
    if state.pose is not None:
        text.append(f"   tool {_pose_text(state.pose)}", style="dim")
    if state.lost:
        text.append(f"   {state.lost} messages lost", style="yellow")
    return text


def _pose_text(pose: Json) -> str:
    return (
        f"x {pose['x_mm']:.1f}  y {pose['y_mm']:.1f}  z {pose['z_mm']:.1f} mm  "
        f"{pose['theta_deg']:.1f} deg"
    )


def _nodes(state: RunState, tree: Json, room: int, width: int) -> Table:
    shown = _unfolded(state, tree, room)
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, overflow="ellipsis")
    if width >= NARROW:
        table.add_column(no_wrap=True, overflow="ellipsis", style="dim")
    depths: dict[int, int] = {}
    for node in tree["nodes"]:
        number, parent = node["id"], node["parent"]
        depths[number] = 0 if parent is None else depths[parent] + 1
        if number not in shown:
            continue
        current = state.nodes[number]
        sign, style = MARKS[current.status]
        folded = bool(node["children"]) and node["children"][0] not in shown
        label = Text("  " * depths[number], no_wrap=True, overflow="ellipsis")
        label.append(f"{sign} ", style=style)
        if node["children"]:
            label.append(f"{node['sign']} ", style="dim")
        arm = f"{node['arm']}: " if node["arm"] else ""
        label.append(arm, style="dim")
        label.append(node["title"], style="bold" if current.status == "R" else style)
        if folded:
            label.append(" ...", style="dim")
        cells = [label, Text(current.feedback, no_wrap=True, overflow="ellipsis")]
        table.add_row(*cells[: len(table.columns)])
    return table


def _unfolded(state: RunState, tree: Json, room: int) -> set[int]:
    """The nodes to be shown: all, or those that matter most in the room there is.

    The children of a node are shown all together or not at all. What is running is opened
    before what has failed, and that before what is done or idle; what is near the root
    before what is deep.
    """
    nodes: list[Json] = tree["nodes"]
    if len(nodes) <= room:
        return set(range(len(nodes)))
    depths: list[int] = []
    for node in nodes:
        depths.append(0 if node["parent"] is None else depths[node["parent"]] + 1)
    rank = {"R": 0, "F": 1, "S": 2, "I": 3}
    waiting = [node["id"] for node in nodes if node["children"]]
    waiting.sort(key=lambda number: (rank[state.nodes[number].status], depths[number]))
    shown = {0}
    for number in waiting:
        children = nodes[number]["children"]
        if number in shown and len(shown) + len(children) <= room:
            shown.update(children)
    return shown


def _estimates(state: RunState) -> list[Text]:
    """The latest estimates: how far there is to go, against where the servo stops."""
    texts = []
    first = max(0, len(state.estimates) - ESTIMATES)
    for number, estimate in enumerate(state.estimates[first:], start=first + 1):
        motion, within = estimate["motion"], estimate.get("within")
        text = Text(f"estimate {number}", no_wrap=True, overflow="ellipsis", style="dim")
        if not estimate["trusted"]:
            text.append(f"  not trusted: {estimate['reason']}", style="yellow")
            texts.append(text)
            continue
        inside = within is not None and (
            motion["translation_mm"] <= within["translation_mm"]
            and motion["rotation_deg"] <= within["rotation_deg"]
        )
        size = f"  {motion['translation_mm']:8.3f} mm  {motion['rotation_deg']:7.3f} deg"
        text.append(size, style="green" if inside else "yellow")
        if within is not None:
            text.append(
                f"  (stop: {within['translation_mm']:g} mm, {within['rotation_deg']:g} deg)"
            )
        text.append(f"  confidence {estimate['confidence']:.2f}")
        texts.append(text)
    return texts


def _lines(state: RunState, tree: Json) -> list[Text]:
    """The latest lines of the log that matter."""
    texts = []
    styles = {"warning": "yellow", "error": "red"}
    lines = [line for line in state.lines if line["level"] in styles]
    for line in lines[-LINES:]:
        number = line.get("node")
        where = f"{tree['nodes'][number]['path']}: " if number is not None else ""
        text = Text(f"{line['t'] - float(tree['t']):7.2f} s  ", no_wrap=True, overflow="ellipsis")
        text.append(f"{where}{line['text']}", style=styles[line["level"]])
        texts.append(text)
    return texts

"""What every node did at every tick, as people read it.

::

    two_stage_grasp        1 2 3 4
    sequence               R R R F
      open_gripper         R S
      move_to                R S
      servo_to_pregrasp          F

S success, F failure, R running, ``!`` halted. A node that was not ticked has no letter.
"""

from __future__ import annotations

from collections.abc import Mapping

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.trees.specification import Tree

HALTED = "!"
"""Letter of a node that was running and was stopped."""

MOST_COLUMNS = 40
"""More ticks than this are shown from the end only."""

_LETTERS = {Status.SUCCESS: "S", Status.FAILURE: "F", Status.RUNNING: "R"}


class TickTable:
    """Records a run; give it to `pregrasp.trees.Runner.prepare` as its recorder.

    Args:
        tree: What is run.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._running: set[str] = set()
        self._now: dict[str, str] = {}
        self.ticks: list[dict[str, str]] = []
        """Letters by path, one mapping for each tick; a last one if the end halted nodes."""

    # --- Recording ------------------------------------------------------------------------

    def begin(self) -> None:
        """A tick begins."""
        self._now = {}

    def visit(self, node: Behaviour) -> None:
        """A node has been ticked."""
        path = getattr(node, "path", None)
        if path is not None and node.status in _LETTERS:
            self._now[path] = _LETTERS[node.status]

    def end(self, nodes: Mapping[str, Behaviour]) -> None:
        """The tick is over."""
        for path in self._running:
            if nodes[path].status is not Status.RUNNING and path not in self._now:
                self._now[path] = HALTED
        running = {path for path, node in nodes.items() if node.status is Status.RUNNING}
        for path in set(self._now) - running:
            # Ticked first and halted later, both in this tick.
            if self._now[path] == "R":
                self._now[path] = HALTED
        self._running = running
        if self._now:
            self.ticks.append(self._now)
        self._now = {}

    # --- Questions ------------------------------------------------------------------------

    def letters(self, path: str) -> str:
        """What a node did, a letter for each tick; a space where it was not ticked."""
        return "".join(tick.get(path, " ") for tick in self.ticks)

    def rounds(self, path: str) -> int:
        """How often a node began."""
        count, running = 0, False
        for letter in self.letters(path):
            if letter in "SFR" and not running:
                count += 1
            if letter != " ":
                running = letter == "R"
        return count

    def finished(self) -> list[tuple[str, str]]:
        """Path and letter of everything that ended, in order."""
        return [
            (path, letter) for tick in self.ticks for path, letter in tick.items() if letter != "R"
        ]

    def __str__(self) -> str:
        nodes = [node for node in self._tree.root.walk() if self.letters(node.path).strip()]
        names = ["  " * (node.path.count("/") - 1) + node.name for node in nodes]
        width = max([len(self._tree.name), *map(len, names)])
        first = max(0, len(self.ticks) - MOST_COLUMNS)
        columns = range(first, len(self.ticks))
        cell = len(str(len(self.ticks)))
        lines = [f"{self._tree.name:<{width}}  " + " ".join(f"{k + 1:>{cell}}" for k in columns)]
        for node, name in zip(nodes, names, strict=True):
            letters = " ".join(f"{self.ticks[k].get(node.path, ''):>{cell}}" for k in columns)
            lines.append(f"{name:<{width}}  {letters}".rstrip())
        if first:
            lines.append(f"(the first {first} ticks are not shown)")
        return "\n".join(lines)

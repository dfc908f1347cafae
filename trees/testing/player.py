"""Running a tree tick by tick on an ideal cell, the same way every time.

A skill that works on a thread is given until the next tick to be done, so it takes exactly
two ticks, whatever the machine is busy with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pregrasp.cancellation import CancelToken
from pregrasp.hardware.capabilities import Cell
from pregrasp.skills.action import Action
from pregrasp.skills.skill import Skill
from pregrasp.trees.events import Observer
from pregrasp.trees.result import RunResult
from pregrasp.trees.run_control import RunControl
from pregrasp.trees.runner import Runner
from pregrasp.trees.specification import Tree
from pregrasp.trees.testing.substitution import StandIns
from pregrasp.trees.testing.tick_table import TickTable

MOST_TICKS = 10_000
"""A tree that is not done after as many ticks is given up."""

SETTLE_TIMEOUT = 0.2
"""How long a worker may take before the next tick comes all the same, in real time [s]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """A run, and what happened at every tick."""

    result: RunResult
    """How it ended; a tree that was given up was cancelled."""
    table: TickTable
    """What every node did."""
    given_up: bool
    """Whether it was not done after the most ticks."""


def play(
    tree: Tree,
    cell: Cell,
    inputs: Mapping[str, Any] | None = None,
    *,
    stand_ins: StandIns | None = None,
    seed: int = 0,
    skills: Mapping[str, type[Skill]] | None = None,
    observers: tuple[Observer, ...] = (),
    most_ticks: int = MOST_TICKS,
    interrupt: Callable[[TickTable], bool] | None = None,
) -> Played:
    """Run a tree to its end.

    Args:
        tree: A loaded tree.
        cell: The devices; `pregrasp.skills.ideal_cell.IdealCell` needs none.
        inputs: The tree's inputs by name, in SI units.
        stand_ins: What replaces some of the nodes.
        seed: Of everything random.
        skills: The skills that the tree was loaded with, if not the registered ones.
        observers: Called with every event.
        most_ticks: When to give up.
        interrupt: Asked after every tick whether somebody cancels the run now.

    Raises:
        ConfigurationError: The stand-ins do not fit the tree.
        TreeError: The inputs do not fit the tree.

    Example:
        >>> from pregrasp.frames import Pose
        >>> from pregrasp.skills.ideal_cell import IdealCell
        >>> from pregrasp.trees import parse_tree
        >>> tree = parse_tree("{tree: hold, root: [close_gripper, verify_grasp]}")
        >>> rules = StandIns.parse("stand_ins: {verify_grasp: succeed after 1 tick}")
        >>> print(play(tree, IdealCell(Pose()), stand_ins=rules).table)
        hold             1 2 3
        sequence         R R S
          close_gripper  R S
          verify_grasp     R S
    """
    if stand_ins is not None:
        substituted = stand_ins.apply(tree, seed=seed, skills=skills)
        tree, skills = substituted.tree, substituted.skills
    table = TickTable(tree)
    token = CancelToken()
    runner = Runner(tree, cell, inputs, observers=observers, seed=seed, skills=skills)
    run = runner.prepare(RunControl(token), table, lockstep=True)
    given_up = False
    ticks = 0
    try:
        run.begin()
        while not run.tick():
            ticks += 1
            busy = [node for node in run.nodes.values() if isinstance(node, Action)]
            for node in busy:
                node.settle(SETTLE_TIMEOUT)
            given_up = ticks >= most_ticks
            if given_up or (interrupt is not None and interrupt(table)):
                token.cancel()
            else:
                run.wait()
    finally:
        result = run.end()
    return Played(result=result, table=table, given_up=given_up)

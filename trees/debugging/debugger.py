"""Carries out what people who debug a run ask for, on the thread that ticks it.

Nobody else touches nodes and blackboard: `pregrasp.trees.run_control.RunControl` takes
requests from any thread and hands them over between two ticks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.documents import ConfigurationError
from pregrasp.errors import PregraspError
from pregrasp.hardware.faults import FaultyCell
from pregrasp.skills.context import Context
from pregrasp.skills.ports import Source
from pregrasp.trees.blackboard import Blackboard
from pregrasp.trees.building import source_of
from pregrasp.trees.debugging.breakpoints import Breakpoint
from pregrasp.trees.debugging.errors import DebugError
from pregrasp.trees.debugging.hook import Forced, Hook
from pregrasp.trees.debugging.places import check_path, formula_at, value_for_key
from pregrasp.trees.errors import TreeError
from pregrasp.trees.specification import Tree


class Debugger:
    """Looks into one run.

    Args:
        tree: The tree that runs.
        nodes: Its nodes by path.
        blackboard: Its values.
        context: What its nodes share; its cell is wrapped once a fault is injected.
        hold: Holds the run up after this tick, and says why and at which node.
    """

    def __init__(
        self,
        tree: Tree,
        nodes: Mapping[str, Behaviour],
        blackboard: Blackboard,
        context: Context,
        hold: Callable[[str, str], None],
    ) -> None:
        self.revision = 0
        """Which version of the breakpoints is installed."""
        self.suspended = False
        """Whether nothing is held up: cleaning up must come to its end."""
        self._tree = tree
        self._nodes = nodes
        self._blackboard = blackboard
        self._context = context
        self._hold = hold
        self._hooks: dict[str, Hook] = {}
        self._breakpoints: dict[str, tuple[Breakpoint, Source | None]] = {}
        self._before: dict[str, Status] | None = None
        self._spent: Callable[[str], None] = lambda path: None

    @property
    def stepping(self) -> bool:
        """Whether the run is to be held up at the next change of a status."""
        return self._before is not None

    # --- Breakpoints ----------------------------------------------------------------------

    def install(
        self, breakpoints: Mapping[str, Breakpoint], revision: int, spent: Callable[[str], None]
    ) -> None:
        """Have these breakpoints and no others; those at nodes of other trees are left out.

        Args:
            breakpoints: By path.
            revision: Their version.
            spent: Called with the path of a breakpoint that was for once.
        """
        self.revision, self._spent = revision, spent
        for path in set(self._breakpoints) - set(breakpoints):
            self._remove(path)
        for path, wanted in breakpoints.items():
            known = self._breakpoints.get(path)
            if path in self._nodes and (known is None or known[0] != wanted):
                self._breakpoints[path] = (wanted, self._condition(wanted))
                self._hook(path).watched = True

    def after_tick(self) -> None:
        """Hold the run up if a node's status is another than when this was asked for."""
        before = self._before or {}
        for path, node in self._nodes.items():
            if node.status is not before.get(path, Status.INVALID):
                self._before = None
                self._hold(f"{path} is now {node.status.name}", path)
                return

    def step_to_change(self) -> None:
        """From now on, wait for a change of a status."""
        self._before = {path: node.status for path, node in self._nodes.items()}

    # --- Taking a hand --------------------------------------------------------------------

    def force(self, path: str, status: Status, reason: str, times: int | None) -> None:
        """Make a node end as wanted, at its next tick.

        Raises:
            DebugError: There is no such node, or the result is none.
        """
        check_path(self._tree, path)
        if status not in (Status.SUCCESS, Status.FAILURE):
            raise DebugError(f"a result is SUCCESS or FAILURE, not {status.name}")
        self._hook(path).forced = Forced(status, reason, times)

    def lift(self, path: str) -> None:
        """No longer force a node."""
        hook = self._hooks.get(path)
        if hook is not None:
            hook.forced = None
            hook.remove_if_unused()

    def set_value(self, key: str, text: str) -> None:
        """Write a value that somebody typed.

        Raises:
            ConfigurationError: It is not of the key's type.
            DebugError: There is no such key.
        """
        self._blackboard.slot(key).write(value_for_key(self._tree, key, text))

    def inject(self, device: str, times: int) -> None:
        """Let a device fail the next times it is used.

        Raises:
            ValueError: There is no such device.
        """
        cell = self._context.cell
        if not isinstance(cell, FaultyCell):
            cell = FaultyCell(cell)
        cell.inject(device, times)
        self._context.cell = cell

    # --- Hooks ----------------------------------------------------------------------------

    def _hook(self, path: str) -> Hook:
        hook = self._hooks.get(path)
        if hook is None:
            hook = self._hooks[path] = Hook(
                self._nodes[path], path, self._stops, lambda: self._hooks.pop(path, None)
            )
        return hook

    def _remove(self, path: str) -> None:
        self._breakpoints.pop(path, None)
        hook = self._hooks.get(path)
        if hook is not None:
            hook.watched = False
            hook.remove_if_unused()

    def _condition(self, wanted: Breakpoint) -> Source | None:
        if not wanted.when:
            return None
        try:
            wire = formula_at(self._tree, wanted.path, wanted.when)
        except ConfigurationError as error:
            return _Faulty(error)
        return source_of(wire, self._blackboard)

    def _stops(self, path: str) -> bool:
        """Whether a node that is about to begin is to be held."""
        found = self._breakpoints.get(path)
        if found is None or self.suspended:
            return False
        wanted, condition = found
        why = f"breakpoint at {path}"
        if condition is not None:
            try:
                if not condition.value:
                    return False
            except TreeError:
                # It asks for something that has not been written yet: not true so far.
                return False
            except Exception as error:  # better to stop and say so than to run past it
                why = f"{why}, whose condition cannot be computed: {error}"
        if wanted.once:
            self._remove(path)
            self._spent(path)
        self._hold(why, path)
        return True


class _Faulty:
    """The condition of a breakpoint that was never checked, and is wrong."""

    def __init__(self, error: PregraspError) -> None:
        self._error = error

    @property
    def value(self) -> bool:
        """Nothing.

        Raises:
            PregraspError: What is wrong with it.
        """
        raise self._error

"""One run of a tree, from its first tick until everything stands still.

`Run.execute` does it all. Tools that look at a tree tick by tick call `Run.begin`, then
`Run.tick` until it says that the tree is done, and `Run.end` in any case.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from py_trees.behaviour import Behaviour
from py_trees.common import Status

from pregrasp.cancellation import CancelledError
from pregrasp.hardware.capabilities import Cell, PatientClock
from pregrasp.skills.action import Action
from pregrasp.skills.context import Context
from pregrasp.skills.skill import Skill, describe
from pregrasp.trees.blackboard import Blackboard
from pregrasp.trees.building import build
from pregrasp.trees.debugging.debugger import Debugger
from pregrasp.trees.errors import StuckSkillError
from pregrasp.trees.events import ChangesTold, Observer, RunEnded, TreeStarted, ValueWritten
from pregrasp.trees.explanation import explain
from pregrasp.trees.observation import Observation
from pregrasp.trees.result import NodeFailure, RunResult
from pregrasp.trees.run_control import RunControl
from pregrasp.trees.specification import Tree


@dataclass(frozen=True, kw_only=True, slots=True)
class RunSettings:
    """What a run needs to know; see `pregrasp.trees.runner.Runner`."""

    tree: Tree
    cell: Cell
    inputs: Mapping[str, Any]
    observers: tuple[Observer, ...]
    skills: Mapping[str, type[Skill]]
    tick_period: float
    """[s] of the cell's clock."""
    stop_timeout: float
    """[s] of real time."""
    cleanup_timeout: float
    """[s] of the cell's clock."""
    seed: int


class TickRecorder(Protocol):
    """Wants to know which nodes each tick visits, also those that do not change."""

    def begin(self) -> None:
        """A tick begins."""

    def visit(self, node: Behaviour) -> None:
        """A node has been ticked."""

    def end(self, nodes: Mapping[str, Behaviour]) -> None:
        """The tick is over, or the run has been halted; nodes by path."""


class Run:
    """A run that can be executed once.

    Args:
        settings: Which tree, on which cell, and how.
        control: Holds the run up; cancelling its token ends it.
        recorder: Is told what every tick does; for tests and tools.
        lockstep: Whether work that takes no time takes two ticks all the same.
    """

    def __init__(
        self,
        settings: RunSettings,
        control: RunControl,
        recorder: TickRecorder | None = None,
        *,
        lockstep: bool = False,
    ) -> None:
        self._settings = settings
        self._recorder = recorder
        self._tree = settings.tree
        self._cell = settings.cell
        self._clock = settings.cell.clock
        self._control = control
        self._began = self._clock.now()
        self._ticks = 0
        self._done = False
        self._failure: NodeFailure | None = None
        self._observation = Observation(settings.observers, self._clock)
        self._context = Context(
            cell=settings.cell,
            rng=np.random.default_rng(settings.seed),
            stop_timeout=settings.stop_timeout,
            lockstep=lockstep,
            note=self._observation.note,
        )
        if isinstance(self._clock, PatientClock):
            self._context.expect = self._clock.expect
        self._blackboard = Blackboard(self._written)
        self._built = build(settings.tree.root, self._context, self._blackboard, settings.skills)
        self._debugger = Debugger(
            settings.tree, self._built.nodes, self._blackboard, self._context, control.hold_at
        )

    @property
    def nodes(self) -> Mapping[str, Behaviour]:
        """Every node by its path, parents first."""
        return self._built.nodes

    def execute(self) -> RunResult:
        """Tick the tree to its end and bring everything to rest."""
        wakeup = self._context.wakeup
        detach = self._control.attach(wakeup.set, self._tree)
        try:
            self.begin()
            while True:
                # Cleared before anything is looked at: what happens later wakes us again.
                wakeup.clear()
                if self._control.serve(self._debugger):
                    self._observation.emit(ChangesTold(time=self._clock.now()))
                if self._control.token.cancelled or self._control.take_tick():
                    if self.tick():
                        break
                    if self._debugger.stepping:
                        self._debugger.after_tick()
                    self._control.count_tick()
                if self._control.holds:
                    # In real time: nobody holds up the time of a cell whose tree is paused.
                    wakeup.wait()
                else:
                    self._clock.wait(wakeup, self._settings.tick_period)
        finally:
            # Also on the way of a KeyboardInterrupt: nothing may be left moving.
            result = self.end()
            self._control.count_tick()
            detach()
        return result

    def begin(self) -> None:
        """Tell the observers and hand the inputs over; call it once, before `tick`."""
        self._observation.watch(self._built.nodes)
        self._observation.emit(
            TreeStarted(time=self._clock.now(), tree=self._tree, cell=self._cell)
        )
        for name, value in self._settings.inputs.items():
            self._blackboard.slot(f"{self._tree.name}/{name}").write(value)
        if self._control.holds:
            # Nobody knows when the first tick will be: the inputs can be looked at before it.
            self._observation.emit(ChangesTold(time=self._clock.now()))

    def tick(self) -> bool:
        """Tick once, and clean up what was halted in that tick.

        Returns:
            Whether the tree is done; then only `end` is left to be called.
        """
        try:
            self._done = self._tick_once()
        except Exception as error:  # a fault of a node's own tick, not of its work
            self._failure = NodeFailure(path=self._tree.name, reason=describe(error), cause=error)
            self._done = True
        return self._done

    def wait(self) -> None:
        """Wait for a skill to finish, at most a tick period of the cell's time."""
        self._clock.wait(self._context.wakeup, self._settings.tick_period)
        self._context.wakeup.clear()

    def end(self) -> RunResult:
        """Bring everything to rest and say how it went; call it however the run ends."""
        halting = self._halt(succeeded=self._done and self._failure is None)
        if self._context.stuck or self._failure is None:
            # A device that may still be moving matters more than what went wrong before.
            return self._result(halting)
        if halting is None:
            return self._result(self._failure)
        reason = f"{self._failure.reason}; then {halting.reason}"
        return self._result(dataclasses.replace(self._failure, reason=reason))

    def _tick_once(self) -> bool:
        root = self._built.root
        if self._control.token.cancelled:
            path, cause = self._running_path(), CancelledError("cancelled")
            self._failure = NodeFailure(path=path, reason="cancelled", cause=cause)
            return True
        self._tick(root)
        if self._context.stuck:
            self._failure = self._stuck()
            return True
        if self._context.cleanups:
            self._clean_up()
        if root.status is Status.FAILURE:
            self._failure = explain(root)
        return root.status is not Status.RUNNING

    def _tick(self, node: Behaviour) -> None:
        self._ticks += 1
        if not self._observation.active and self._recorder is None:
            node.tick_once()
            return
        if self._recorder is not None:
            self._recorder.begin()
        self._observation.begin_tick(self._ticks)
        for visited in node.tick():
            self._observation.visit(visited)
            if self._recorder is not None:
                self._recorder.visit(visited)
        self._observation.look_for_halted()
        self._observation.end_tick()
        if self._recorder is not None:
            self._recorder.end(self._built.nodes)

    def _clean_up(self) -> None:
        """Tick the arms that are owed to their end, a bounded time; nothing else runs."""
        wakeup = self._context.wakeup
        deadline = self._clock.now() + self._settings.cleanup_timeout
        self._debugger.suspended = True
        while self._context.cleanups:
            arm = self._context.cleanups.pop(0)
            while True:
                wakeup.clear()
                self._tick(arm)
                if arm.status is not Status.RUNNING:
                    break
                if self._clock.now() >= deadline:
                    arm.stop(Status.INVALID)
                    break
                self._clock.wait(wakeup, self._settings.tick_period)
        self._debugger.suspended = False

    def _halt(self, succeeded: bool) -> NodeFailure | None:
        """Halt what is running, clean up, and stop the cell unless all went well.

        Returns:
            What went wrong while halting.
        """
        failure = None
        if self._is_running():
            # All are asked before the first is waited for.
            for node in self._built.nodes.values():
                if isinstance(node, Action):
                    node.request_stop()
            self._built.root.stop(Status.INVALID)
            self._observation.look_for_halted()
        if not succeeded:
            failure = self._stop_cell()
        if self._context.cleanups and not self._context.stuck:
            self._clean_up()
            failure = self._stop_cell() or failure
        self._observation.look_for_halted()
        if self._recorder is not None:
            self._recorder.end(self._built.nodes)
        return self._stuck() if self._context.stuck else failure

    def _stop_cell(self) -> NodeFailure | None:
        try:
            self._cell.stop()
        except Exception as error:  # reported; the caller must still get a result
            return NodeFailure(
                path=self._tree.name,
                reason=f"the cell could not be stopped: {describe(error)}",
                cause=error,
            )
        return None

    def _is_running(self) -> bool:
        return any(node.status is Status.RUNNING for node in self._built.nodes.values())

    def _running_path(self) -> str:
        """The deepest node that is running, the last one if there are several."""
        nodes = self._built.nodes.items()
        running = [path for path, node in nodes if node.status is Status.RUNNING]
        return running[-1] if running else self._tree.root.path

    def _stuck(self) -> NodeFailure:
        cause = StuckSkillError(self._context.stuck, self._context.stop_timeout)
        return NodeFailure(path=self._context.stuck[0], reason=str(cause), cause=cause)

    def _written(self, key: str, value: Any) -> None:
        if self._observation.active:
            self._observation.emit(ValueWritten(time=self._clock.now(), key=key, value=value))

    def _result(self, failure: NodeFailure | None) -> RunResult:
        status = Status.SUCCESS if failure is None else Status.FAILURE
        self._observation.tell_notes()
        now = self._clock.now()
        self._observation.emit(RunEnded(time=now, status=status, failure=failure))
        values = self._blackboard.values()
        outputs = {
            name: values[f"{self._tree.name}/{name}"]
            for name in self._tree.outputs
            if f"{self._tree.name}/{name}" in values
        }
        return RunResult(
            status=status,
            failure=failure,
            outputs=outputs,
            duration=now - self._began,
            ticks=self._ticks,
            observer_errors=tuple(self._observation.errors),
        )

"""Holding a run up, letting it go and looking into it, from any thread.

Pausing keeps the tree from being ticked: nothing new begins. A skill that is at work
finishes what it does; a move that has begun is not cut in two. Interrupting ends the run,
also a paused one. Time limits go by the cell's clock and do not stand still.

What people who debug ask for (`RunControl.force`, `set_value`, `inject`) is carried out by
the thread that ticks the tree, between two ticks; a future tells when, or why not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from py_trees.common import Status

from pregrasp.cancellation import CancelToken
from pregrasp.trees.debugging import Breakpoint, DebugError, check_breakpoint
from pregrasp.trees.debugging.debugger import Debugger
from pregrasp.trees.specification import Tree

FORCED = "forced by whoever debugs the run"
"""What a node says whose result was forced, unless another reason was given."""


@dataclass(frozen=True, slots=True)
class ControlState:
    """What a run is held up by, at one moment."""

    paused: bool
    """Whether the tree is held up."""
    why: str
    """Why, in words for people; empty while it goes on."""
    path: str
    """The node that it is about, if it is about one."""
    breakpoints: tuple[Breakpoint, ...]
    """Where the run will stop."""
    ticks: int
    """How often the tree has been ticked."""
    over: bool
    """Whether the run has ended."""


class RunControl:
    """The handle on one run.

    Args:
        token: Cancelled by `interrupt`; without it the control makes its own.

    Example::

        control = RunControl()
        control.pause()
        threading.Thread(target=lambda: runner.run(control=control)).start()
        control.step()
        control.set_breakpoint(Breakpoint("grasp/sequence/approach"))
        control.resume()
    """

    def __init__(self, token: CancelToken | None = None) -> None:
        self.token = token or CancelToken()
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._paused = False
        self._why = self._path = ""
        self._steps = 0
        self._ticks = 0
        self._ended = False
        self._breakpoints: dict[str, Breakpoint] = {}
        self._revision = 0
        self._requests: list[tuple[Callable[[Debugger], None], Future[None]]] = []
        self._watchers: list[Callable[[ControlState], None]] = []
        self._wake: Callable[[], None] = lambda: None
        self.tree: Tree | None = None
        """What runs, or ran last."""

    @property
    def paused(self) -> bool:
        """Whether the tree is held up."""
        return self._paused

    @property
    def ticks(self) -> int:
        """How often the tree has been ticked."""
        return self._ticks

    @property
    def state(self) -> ControlState:
        """Everything about it at this moment."""
        with self._lock:
            return ControlState(
                paused=self._paused,
                why=self._why,
                path=self._path,
                breakpoints=tuple(self._breakpoints.values()),
                ticks=self._ticks,
                over=self._ended,
            )

    def on_change(self, watcher: Callable[[ControlState], None]) -> Callable[[], None]:
        """Have something called whenever the run is held up or let go, or a breakpoint changes.

        It is called on the thread that made the change, and must return at once.

        Returns:
            Call this to be told no more.
        """
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher) if watcher in self._watchers else None

    # --- Holding up and letting go --------------------------------------------------------

    def pause(self) -> None:
        """Let nothing new begin; returns at once, a tick under way is finished."""
        self._hold("paused", "")

    def resume(self) -> None:
        """Go on ticking."""
        with self._lock:
            self._paused, self._steps, self._why, self._path = False, 0, "", ""
        self._changed()

    def step(self, count: int = 1, timeout: float | None = None) -> bool:
        """Tick a number of times and stay paused.

        Args:
            count: How often.
            timeout: How long to wait for that, in real time; None returns at once [s].

        Returns:
            Whether the ticks are done, or the run is over.
        """
        with self._lock:
            self._paused, self._why, self._path = True, "paused", ""
            self._steps += count
            goal = self._ticks + self._steps
        self._changed()
        if timeout is None:
            return False
        with self._idle:
            return self._idle.wait_for(lambda: self._ended or self._ticks >= goal, timeout)

    def step_to_change(self) -> Future[None]:
        """Go on until the status of any node is another one, and stay paused then."""
        future = self._ask(lambda debugger: debugger.step_to_change())
        self.resume()
        return future

    def run_to(self, path: str) -> None:
        """Go on until a node is about to begin; once."""
        self.set_breakpoint(Breakpoint(path, once=True))
        self.resume()

    def interrupt(self) -> None:
        """End the run: everything is halted, cleaned up and stopped."""
        self.token.cancel()

    def renew(self) -> None:
        """Make ready for another run after one that was interrupted; breakpoints stay."""
        with self._lock:
            if self.token.cancelled:
                self.token = CancelToken()

    @property
    def holds(self) -> bool:
        """Whether the run has to wait for a request before it may tick again."""
        with self._lock:
            return self._paused and self._steps == 0

    def wait_until_held(self, timeout: float) -> bool:
        """Wait until the run is held up, or over.

        Args:
            timeout: Longest wait, in real time [s].
        """
        with self._idle:
            return self._idle.wait_for(
                lambda: self._ended or (self._paused and self._steps == 0), timeout
            )

    # --- Looking into it ------------------------------------------------------------------

    def set_breakpoint(self, breakpoint: Breakpoint) -> None:
        """Hold the run up before a node.

        Before the first run nothing is known to check it against: use `check_breakpoint`.

        Raises:
            ConfigurationError: Its condition is faulty.
            DebugError: The tree has no such node.
        """
        if self.tree is not None:
            check_breakpoint(self.tree, breakpoint)
        with self._lock:
            self._breakpoints = {**self._breakpoints, breakpoint.path: breakpoint}
            self._revision += 1
        self._changed()

    def clear_breakpoint(self, path: str) -> None:
        """Run past a node again; one that has no breakpoint is left as it is."""
        with self._lock:
            self._breakpoints = {k: v for k, v in self._breakpoints.items() if k != path}
            self._revision += 1
        self._changed()

    def force(
        self, path: str, status: Status, *, reason: str = FORCED, times: int | None = 1
    ) -> Future[None]:
        """Make a node end with a result at its next tick, whatever it is doing then.

        What a node that is forced to succeed would have written stays unwritten.

        Args:
            path: The node.
            status: SUCCESS or FAILURE.
            reason: What the node will say.
            times: How often; None goes on until `lift`.
        """
        return self._ask(lambda debugger: debugger.force(path, status, reason, times))

    def lift(self, path: str) -> Future[None]:
        """No longer force a node."""
        return self._ask(lambda debugger: debugger.lift(path))

    def set_value(self, key: str, text: str) -> Future[None]:
        """Write a value of the blackboard, given as YAML; it is checked against its type."""
        return self._ask(lambda debugger: debugger.set_value(key, text))

    def inject(self, device: str, times: int = 1) -> Future[None]:
        """Let ``arm``, ``camera`` or ``gripper`` fail the next times it is used."""
        return self._ask(lambda debugger: debugger.inject(device, times))

    # --- For the run ----------------------------------------------------------------------

    def attach(self, wake: Callable[[], None], tree: Tree) -> Callable[[], None]:
        """Have the run of a tree woken up at every request.

        Returns:
            Call this when the run is over.
        """
        self._wake, self._ended, self.tree = wake, False, tree
        # Setting an event takes its lock, which a thread interrupted by a signal may hold;
        # a thread of its own lets signal handlers cancel at any moment.
        forget = self.token.on_cancel(lambda: threading.Thread(target=wake, daemon=True).start())

        def detach() -> None:
            forget()
            with self._idle:
                self._wake = lambda: None
                self._ended = True
                left, self._requests = self._requests, []
                self._idle.notify_all()
            for _, future in left:
                future.set_exception(DebugError("the run was over before this could be done"))
            self._tell()

        return detach

    def serve(self, debugger: Debugger) -> bool:
        """Carry out what was asked for since the last call.

        Returns:
            Whether anything was, that a node or a value may be another one now.
        """
        if debugger.revision != self._revision:
            with self._lock:
                wanted, revision = self._breakpoints, self._revision
            debugger.install(wanted, revision, self._spent)
        if not self._requests:
            return False
        with self._lock:
            requests, self._requests = self._requests, []
        for request, future in requests:
            try:
                request(debugger)
            except Exception as error:  # handed to whoever asked
                future.set_exception(error)
            else:
                future.set_result(None)
        return True

    def take_tick(self) -> bool:
        """Whether the run may tick now; uses up a step."""
        with self._lock:
            if not self._paused:
                return True
            if self._steps == 0:
                return False
            self._steps -= 1
            return True

    def count_tick(self) -> None:
        """A tick is done."""
        with self._idle:
            self._ticks += 1
            self._idle.notify_all()

    def hold_at(self, why: str, path: str) -> None:
        """Hold the run up after this tick.

        Args:
            why: In words for people.
            path: The node that it is about.
        """
        self._hold(why, path)

    def _hold(self, why: str, path: str) -> None:
        with self._idle:
            self._paused, self._steps, self._why, self._path = True, 0, why, path
            self._idle.notify_all()
        self._tell()

    def _spent(self, path: str) -> None:
        self.clear_breakpoint(path)

    def _ask(self, request: Callable[[Debugger], None]) -> Future[None]:
        future: Future[None] = Future()
        with self._lock:
            over = self._ended
            if not over:
                self._requests.append((request, future))
        if over:
            future.set_exception(DebugError("the run is over"))
        self._wake()
        return future

    def _changed(self) -> None:
        self._wake()
        self._tell()

    def _tell(self) -> None:
        for watcher in tuple(self._watchers):
            watcher(self.state)

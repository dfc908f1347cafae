"""``pregrasp tree run``: a task's tree in the simulated cell, with a debugger at the prompt."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from pregrasp.cli import ERROR, REFUSED
from pregrasp.cli.console import err, out, say_error, stoppable
from pregrasp.cli.parameters import Condition, ModelFolder, Seed, TreeName
from pregrasp.errors import PregraspError

if TYPE_CHECKING:
    from pregrasp.trees import RunControl
    from pregrasp.trees.debugging.session import DebugSession
    from pregrasp.trees.events import Event

PROMPT = "(tree) "

LOOK = 0.2
"""How often the prompt looks whether the run is held or over [s]."""


def run(
    tree: TreeName,
    task: Annotated[
        str, typer.Option("--task", metavar="TASK", help="The task it is run for.")
    ] = "circuit_board",
    breaks: Annotated[
        list[str] | None,
        typer.Option(
            "--break",
            metavar="PATH",
            help="Hold before this node and ask what to do; may be given several times.",
            show_default=False,
        ),
    ] = None,
    when: Annotated[
        str,
        typer.Option(
            "--when", metavar="EXPR", help="Hold there only if this is true, as `when:` in YAML."
        ),
    ] = "",
    paused: Annotated[
        bool, typer.Option("--paused", help="Hold before the first tick and ask what to do.")
    ] = False,
    condition: Condition = "nominal",
    seed: Seed = 0,
    model: ModelFolder = None,
) -> None:
    """Run a tree that takes a task and an estimator in the simulated cell.

    Where it is held it asks what to do: `help` lists the words. Commands can be piped in.
    Ends with 0 if the part was lifted, 3 if a node refused, 1 otherwise.

    Example: `pregrasp tree run two_stage_grasp --break two_stage_grasp/sequence/close_gripper`
    """
    import dataclasses

    from pregrasp.jobs.grasp import GraspStation
    from pregrasp.task import find_task
    from pregrasp.trees import RunControl, load_tree
    from pregrasp.trees.debugging import Breakpoint, check_breakpoint

    found = find_task(task)
    found = dataclasses.replace(found, trees=dataclasses.replace(found.trees, grasp=tree))
    loaded = load_tree(tree, search=(found.folder,))
    if when and not breaks:
        raise typer.BadParameter("--when says when to hold; say where with --break PATH")
    with stoppable() as token:
        control = RunControl()
        token.on_cancel(control.interrupt)
        for path in breaks or ():
            point = Breakpoint(path, when=when)
            check_breakpoint(loaded, point)
            control.set_breakpoint(point)
        if paused:
            control.pause()
        debugger = _Debugger(control)
        with GraspStation(found, model_folder=model, observers=(debugger,)) as station:
            verdict = debugger.follow(
                lambda: station.run(0, seed, condition, control=control).verdict.value
            )
    out.print(verdict, markup=False)
    if verdict != "grasped":
        raise typer.Exit(REFUSED if verdict == "refused" else ERROR)


class _Debugger:
    """An observer that asks at the terminal what to do, while the tree runs elsewhere."""

    def __init__(self, control: RunControl) -> None:
        self._control = control
        self._statuses: dict[str, str] = {}
        self._values: dict[str, str] = {}

    def __call__(self, event: Event) -> None:
        """Keep what people may ask for."""
        from pregrasp.runlog.values import encode_value
        from pregrasp.trees.events import NodeChanged, TreeStarted, ValueWritten

        if isinstance(event, TreeStarted):
            self._statuses = {node.path: "INVALID" for node in event.tree.nodes()}
        elif isinstance(event, NodeChanged):
            self._statuses[event.path] = event.status.name
        elif isinstance(event, ValueWritten):
            self._values[event.key] = str(encode_value(event.value)["text"])

    def follow(self, work: Callable[[], str]) -> str:
        """Do the work on a thread of its own, and ask whenever it is held.

        Raises:
            PregraspError: As the work raises it.
        """
        from concurrent.futures import ThreadPoolExecutor, wait

        from pregrasp.trees.debugging.session import DebugSession

        session = DebugSession(self._control, lambda: self._statuses, lambda: self._values)
        with ThreadPoolExecutor(1, thread_name_prefix="tree") as executor:
            done = executor.submit(work)
            said = False
            while not done.done():
                if not self._control.wait_until_held(LOOK):
                    continue
                if session.over:  # all that is left is to say how it went
                    wait([done])
                    continue
                if not said:
                    err.print(session.do("where"), markup=False, soft_wrap=True)
                said = self._ask(session)
            return done.result()

    def _ask(self, session: DebugSession) -> bool:
        """One line; gives whether it has said where the run is."""
        try:
            err.print(PROMPT, end="", markup=False)
            line = sys.stdin.readline()
            if not line:  # the end of what was piped in
                self._control.resume()
                return False
            err.print(session.do(line), markup=False, soft_wrap=True)
        except PregraspError as error:
            say_error(str(error))
        return True


def register(tree: typer.Typer) -> None:
    """Add the command."""
    tree.command("run")(run)

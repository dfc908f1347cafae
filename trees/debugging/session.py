"""A debugger's commands, as a person types them: ``break PATH when EXPR``, ``step``, ``set``.

It knows nothing of terminals: lines go in, text comes out, so the same words can be tried in
a test, piped in from a file, or typed at a prompt.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping

from py_trees.common import Status

from pregrasp.documents import did_you_mean
from pregrasp.trees.debugging.breakpoints import Breakpoint
from pregrasp.trees.debugging.errors import DebugError
from pregrasp.trees.run_control import RunControl

PATIENCE = 10.0
"""How long a command waits for the run, in real time [s]."""

HELP = """\
continue                go on until a breakpoint, or the end
step [N]                tick once, or N times
next                    go on until the status of any node changes
to PATH                 go on until a node is about to begin
break PATH [when EXPR]  hold whenever a node is about to begin (and EXPR is true)
clear PATH              take a breakpoint away
force PATH success|failure [REASON]   end a node so at its next tick
set KEY VALUE           write a value of the blackboard, as YAML
inject arm|camera|gripper [N]         let a device fail the next N times
where                   what runs, and why it is held
print [KEY]             values of the blackboard
quit                    halt everything and end the run
PATH and KEY may be cut short from the left, as long as it is clear what is meant."""

Look = Callable[[], Mapping[str, str]]
"""Gives texts by name, as they are now."""


class DebugSession:
    """Carries out one line after the other.

    Args:
        control: The handle on the run.
        statuses: Gives what every node is doing, by path.
        values: Gives the blackboard in words, by key.
    """

    def __init__(self, control: RunControl, statuses: Look, values: Look) -> None:
        self._control = control
        self._statuses = statuses
        self._values = values
        self._commands: dict[str, Callable[[list[str]], str]] = {
            "continue": self._continue,
            "step": self._step,
            "next": self._next,
            "to": self._to,
            "break": self._break,
            "clear": self._clear,
            "force": self._force,
            "set": self._set,
            "inject": self._inject,
            "where": self._where,
            "print": self._print,
            "quit": self._quit,
            "help": lambda words: HELP,
        }

    @property
    def over(self) -> bool:
        """Whether the run has ended."""
        return self._control.state.over

    def do(self, line: str) -> str:
        """Carry out a line; the beginning of a command is enough.

        Returns:
            What there is to say about it.

        Raises:
            PregraspError: It makes no sense, or cannot be done now.
        """
        try:
            words = shlex.split(line)
        except ValueError as error:
            raise DebugError(f"{line!r} cannot be read: {error}") from None
        if not words:
            return ""
        fitting = [name for name in self._commands if name.startswith(words[0])]
        if not fitting:
            hint = did_you_mean(words[0], self._commands)
            raise DebugError(f"there is no command {words[0]!r}. {hint} 'help' lists them.")
        return self._commands[fitting[0]](words[1:])

    # --- Going on -------------------------------------------------------------------------

    def _continue(self, words: list[str]) -> str:
        self._control.resume()
        return self.wait()

    def _step(self, words: list[str]) -> str:
        self._control.step(_count(words), timeout=PATIENCE)
        return self._where([])

    def _next(self, words: list[str]) -> str:
        self._control.step_to_change()
        return self.wait()

    def _to(self, words: list[str]) -> str:
        self._control.run_to(self._path(words))
        return self.wait()

    def _quit(self, words: list[str]) -> str:
        self._control.interrupt()
        self._control.resume()  # nothing is ticked any more; what is waited for is the end
        return self.wait()

    def wait(self) -> str:
        """Wait until the run is held up, or over, however long that takes."""
        while not self._control.wait_until_held(PATIENCE):
            pass
        return self._where([])

    # --- Taking a hand --------------------------------------------------------------------

    def _break(self, words: list[str]) -> str:
        path = self._path(words)
        if len(words) > 1 and words[1] != "when":
            raise DebugError("a condition follows the word 'when': break PATH when EXPR")
        self._control.set_breakpoint(Breakpoint(path, when=" ".join(words[2:])))
        return f"will hold before {path}"

    def _clear(self, words: list[str]) -> str:
        path = self._path(words)
        self._control.clear_breakpoint(path)
        return f"will not hold before {path}"

    def _force(self, words: list[str]) -> str:
        path = self._path(words)
        result = words[1] if len(words) > 1 else ""
        if result not in ("success", "failure"):
            raise DebugError(f"a result is success or failure, not {result!r}")
        reason = " ".join(words[2:]) or f"forced to end in {result}, from the debugger"
        self._control.force(path, Status[result.upper()], reason=reason).result(PATIENCE)
        return f"{path} will end in {result}"

    def _set(self, words: list[str]) -> str:
        key = _meant(words, self._control_keys(), "key")
        self._control.set_value(key, " ".join(words[1:])).result(PATIENCE)
        return f"{key} is now {self._values().get(key, '')}"

    def _inject(self, words: list[str]) -> str:
        device = words[0] if words else ""
        times = _count(words[1:])
        try:
            self._control.inject(device, times).result(PATIENCE)
        except ValueError as error:
            raise DebugError(str(error)) from None
        return f"{device} will fail {times} times"

    # --- Looking --------------------------------------------------------------------------

    def _where(self, words: list[str]) -> str:
        state = self._control.state
        running = [path for path, status in self._statuses().items() if status == "RUNNING"]
        lines = [f"  running  {path}" for path in running]
        head = "the run is over" if state.over else f"tick {state.ticks}, held: {state.why}"
        return "\n".join([head, *lines])

    def _print(self, words: list[str]) -> str:
        values = self._values()
        if words:
            key = _meant(words, list(values), "value")
            values = {key: values[key]}
        return "\n".join(f"  {key} = {text}" for key, text in sorted(values.items()))

    def _path(self, words: list[str]) -> str:
        return _meant(words, list(self._statuses()), "node")

    def _control_keys(self) -> list[str]:
        tree = self._control.tree
        return (
            [] if tree is None else [f"{at}/{name}" for at in tree.names for name in tree.names[at]]
        )


def _meant(words: list[str], known: list[str], what: str) -> str:
    """The one that a word stands for: whole, or the end of it."""
    word = words[0] if words else ""
    if word in known:
        return word
    fitting = [one for one in known if word and one.endswith(f"/{word}")]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise DebugError(f"{word!r} may be {' or '.join(fitting)}; write more of it")
    raise DebugError(f"there is no {what} {word!r}. {did_you_mean(word, known)}".strip())


def _count(words: list[str]) -> int:
    if not words:
        return 1
    if not words[0].isdigit() or int(words[0]) < 1:
        raise DebugError(f"{words[0]!r} is no number of times")
    return int(words[0])

"""The state model as a Mermaid diagram, made from the table that the machine runs on."""

from __future__ import annotations

from pregrasp.line.packml.states import ACTING, STATES, Command, State
from pregrasp.line.packml.table import AT_REST, COMPLETES, ENDED, LEGAL


def state_diagram() -> str:
    """Mermaid text; Stop and Abort, which lead out of groups of states, are drawn once."""
    running = [state for state in STATES if state not in AT_REST]
    lines = ["stateDiagram-v2", "    [*] --> Stopped", "    state running {"]
    lines += [f"        {arrow}" for arrow in _arrows(running)]
    lines += ["    }", "    running --> Stopping : Stop"]
    others = [state for state in STATES if state in AT_REST]
    lines += [f"    {arrow}" for arrow in _arrows(others)]
    lines += [f"    {name(s)} --> Aborting : Abort" for s in others if s not in ENDED]
    lines += ["    running --> Aborting : Abort"]
    return "\n".join(lines) + "\n"


def name(state: State) -> str:
    """As people write it.

    Example:
        >>> name(State.UNHOLDING)
        'Unholding'
    """
    return state.name.capitalize()


def command_table() -> str:
    """A Markdown table: in which states each command is legal."""
    rows = ["| command | number | legal in |", "|---|---|---|"]
    for command in Command:
        states = [name(state) for state in STATES if (state, command) in LEGAL]
        legal = ", ".join(states)
        if len(states) > len(STATES) // 2:
            missing = [name(state) for state in STATES if (state, command) not in LEGAL]
            legal = f"every state but {', '.join(missing)}"
        rows.append(f"| {command.name.capitalize()} | {command.value} | {legal} |")
    return "\n".join(rows) + "\n"


def _arrows(states: list[State]) -> list[str]:
    by_command = [
        f"{name(source)} --> {name(target)} : {command.name.capitalize()}"
        for (source, command), target in LEGAL.items()
        if source in states and command not in (Command.STOP, Command.ABORT)
    ]
    by_themselves = [
        f"{name(source)} --> {name(COMPLETES[source])} : done"
        for source in ACTING
        if source in states
    ]
    return by_command + by_themselves

"""Single key presses from a terminal, with names for the special ones."""

from __future__ import annotations

import contextlib
import os
import select
import sys
from collections.abc import Iterator

SEQUENCES = {
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1b[C": "right",
    "\x1b[D": "left",
    "\x1b[5~": "page_up",
    "\x1b[6~": "page_down",
    "\x1b": "escape",
}
"""What terminals send for the keys that are no letters."""

FOLLOWS = 0.05
"""An escape character with nothing behind it for this long was the key itself [s]."""


@contextlib.contextmanager
def raw_keys() -> Iterator[None]:
    """The terminal gives every key press at once and does not show it; Ctrl-C still works."""
    # Not on every system; the scripted form of `teach` needs neither.
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def key_within(seconds: float) -> str | None:
    """Wait for a key press, but not for ever.

    Args:
        seconds: Longest wait, in real time [s].

    Returns:
        Its name, or None if there was none.

    Raises:
        EOFError: The terminal is gone.
    """
    ready, _, _ = select.select([sys.stdin], [], [], seconds)
    return read_key() if ready else None


def read_key() -> str:
    """Wait for a key press and give it a name.

    Raises:
        EOFError: The terminal is gone.
    """
    descriptor = sys.stdin.fileno()
    pressed = os.read(descriptor, 1)
    if not pressed:
        raise EOFError
    text = pressed.decode(errors="replace")
    while text in {"\x1b", "\x1b[", "\x1b[5", "\x1b[6"}:
        ready, _, _ = select.select([descriptor], [], [], FOLLOWS)
        if not ready:
            break
        text += os.read(descriptor, 1).decode(errors="replace")
    return SEQUENCES.get(text, text)

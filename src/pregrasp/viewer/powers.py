"""What pages may do.

There is one rule for every command, every page and every cell:

* without a flag they may look;
* ``--allow-control`` lets whoever has the token do what cannot set anything in motion;
* ``--allow-motion`` lets them do that too. A simulated cell asks for it like a real one: what
  was tried with the one works with the other, and nobody learns a habit that is dangerous.
"""

from __future__ import annotations

from dataclasses import dataclass

from pregrasp.viewer.errors import CommandError


@dataclass(frozen=True, slots=True)
class Powers:
    """What pages with the token may do."""

    control: bool
    """Whether they may do anything at all."""
    motion: bool
    """Whether they may do what can set the robot in motion."""
    why_not: str
    """Why not, in words for people; empty if they may do both."""

    @classmethod
    def granted(cls, *, control: bool, motion: bool) -> Powers:
        """The powers that two flags give.

        Args:
            control: ``--allow-control``.
            motion: ``--allow-motion``; includes the other one.
        """
        if motion:
            return cls(True, True, "")
        missing = "--allow-motion" if control else "--allow-control or --allow-motion"
        return cls(control, False, f"it was started without {missing}")

    def check(self, *, moving: bool, trusted: bool) -> None:
        """Make sure that a page may do something.

        Args:
            moving: Whether something may move after it.
            trusted: Whether the page has shown the token.

        Raises:
            CommandError: It may not.
        """
        if not self.control:
            raise CommandError(f"this page may only look: {self.why_not}")
        if not trusted:
            raise CommandError(
                "this page may only look: open it with the whole address, with its token"
            )
        if moving and not self.motion:
            raise CommandError(f"this could set the robot in motion: {self.why_not}")

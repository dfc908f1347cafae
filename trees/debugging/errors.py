"""What can go wrong while somebody debugs, and what they make go wrong on purpose.

::

    TreeError
    ├── DebugError     something was asked for that this run cannot do
    └── ForcedError    the cause of a failure that somebody forced
"""

from __future__ import annotations

from pregrasp.trees.errors import TreeError


class DebugError(TreeError):
    """A request of a debugger that makes no sense for this run."""


class ForcedError(TreeError):
    """A node failed because somebody who debugs the run wanted it to."""

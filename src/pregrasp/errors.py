"""The one root of every error that pregrasp raises on purpose.

Each room of the project derives its own family from it, next to the code that raises it::

    PregraspError
    ├── ConfigurationError        a YAML file, found before anything moves   (documents)
    ├── TreeError                 a tree that failed while it ran            (trees)
    ├── HardwareError             a device, with its name                    (hardware)
    ├── PerceptionError           pictures, data sets, models                (perception)
    └── CancelledError            the caller asked to stop                   (cancellation)

A message says what was found, what was expected and what to do about it; the facts it is
made of are attributes of the error, so that a program can act on them.
"""

from __future__ import annotations


class PregraspError(Exception):
    """Anything that went wrong and that pregrasp can explain."""

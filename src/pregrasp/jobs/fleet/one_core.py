"""A worker of a fleet keeps to one core.

Left alone, every worker draws, blurs and multiplies on as many threads as the machine has
cores. Workers that share a machine then wait for each other's threads, and another worker
brings less than it could: the cores are busy with or without threads. The libraries read these
variables as they load or first work, so they are set before.
"""

from __future__ import annotations

import os

ONE_CORE = {
    # Mesa's software OpenGL; 0 draws on the thread that asks.
    "LP_NUM_THREADS": "0",
    "OPENCV_FOR_THREADS_NUM": "1",
    # NumPy's linear algebra, whichever it was built with.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}
"""Environment of a worker. Pictures and estimates do not depend on it."""


def keep_to_one_core() -> None:
    """Let the libraries that this process will load use one thread; a user's own choice stays."""
    for name, value in ONE_CORE.items():
        os.environ.setdefault(name, value)

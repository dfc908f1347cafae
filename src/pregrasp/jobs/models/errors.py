"""What can go wrong with the models of a task.

::

    JobError
    └── ModelStoreError     a model that is not kept, or cannot take over
"""

from __future__ import annotations

from pregrasp.jobs.errors import JobError


class ModelStoreError(JobError):
    """A model that is not kept, or cannot take over; the message says what there is."""

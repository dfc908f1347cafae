"""What can go wrong between a picture and a motion command.

::

    PerceptionError
    ├── DatasetError      a folder of captures that cannot be used
    ├── TrainingError     training that did not lead to a model
    │   └── NotLearnedError   ... because there was too little to learn from
    ├── ModelError        a model that is missing, damaged or made for something else
    └── ImageError        a picture that does not fit the model
"""

from __future__ import annotations

from pregrasp.errors import PregraspError


class PerceptionError(PregraspError):
    """Pictures, data sets and models."""


class DatasetError(PerceptionError):
    """A data set that is damaged, too small or mixed."""


class TrainingError(PerceptionError):
    """Training did not lead to a model."""


class NotLearnedError(TrainingError):
    """The captures fit together, but the model does not find the part in those kept back."""


class ModelError(PerceptionError):
    """A model that is missing, damaged or made for another task."""


class ImageError(PerceptionError):
    """A picture of another size or kind than the model was trained on."""

"""Runs a network file with LiteRT, TensorFlow Lite's present name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pregrasp.perception.errors import ModelError
from pregrasp.perception.estimator import Image
from pregrasp.perception.network_input import INPUTS

Singles = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Answer:
    """What the network says."""

    motion: Singles
    """x, y in centimetres, theta [rad], share of agreeing votes: float32 (4,)."""
    cells: Singles | None
    """Votes float32 (cells, 3): place on the part in centimetres and log precision."""


class TfliteNetwork:
    """A network that maps a picture to a motion command.

    Args:
        content: The ``.tflite`` file.
        threads: Threads to run on.
        name: Where the file is, for messages.

    Raises:
        ModelError: The file is damaged, needs unsupported operations or has other inputs.
    """

    def __init__(self, content: bytes, threads: int = 1, name: str = "network.tflite") -> None:
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._interpreter = Interpreter(model_content=content, num_threads=threads)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"{name}: not a network that LiteRT can run: {_first(error)} Train the task again."
            ) from error
        inputs = [tuple(int(n) for n in d["shape"]) for d in self._interpreter.get_input_details()]
        known = {(1, *size, 1): prepare for size, prepare in INPUTS.items()}
        if len(inputs) != 1 or inputs[0] not in known:
            raise ModelError(
                f"{name}: the network's inputs have the shapes {inputs}, expected a single one "
                f"of {' or '.join(map(str, known))}. Train the task again."
            )
        self.prepare: Callable[[Image], Singles] = known[inputs[0]]
        """Makes the network's input of a camera picture."""
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._motion, self._cells = self._outputs(name, self._interpreter.get_output_details())

    @staticmethod
    def _outputs(name: str, details: list[dict[str, Any]]) -> tuple[int, int | None]:
        motion = [d["index"] for d in details if tuple(d["shape"]) == (1, 4)]
        cells = [d["index"] for d in details if len(d["shape"]) == 3]
        if len(motion) != 1:
            shapes = [tuple(d["shape"]) for d in details]
            raise ModelError(
                f"{name}: the network has outputs {shapes}, expected one of shape (1, 4). "
                "Train the task again."
            )
        return motion[0], cells[0] if cells else None

    def answer(self, picture: Singles) -> Answer:
        """Run the network on what `prepare` made, float32 (height, width)."""
        self._interpreter.set_tensor(self._input, picture[None, :, :, None])
        self._interpreter.invoke()
        motion = self._interpreter.get_tensor(self._motion)[0]
        cells = None if self._cells is None else self._interpreter.get_tensor(self._cells)[0]
        return Answer(motion, cells)


def _first(error: Exception) -> str:
    """The first line of an interpreter's message; the rest are places in its source."""
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "no reason")
    return first.rstrip(".") + "."

"""Runs a network file with LiteRT, TensorFlow Lite's present name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pregrasp.perception.errors import ModelError
from pregrasp.perception.network_input import HEIGHT, WIDTH

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

    Raises:
        ModelError: The file is damaged, needs unsupported operations or has other inputs.
    """

    def __init__(self, content: bytes, threads: int = 1) -> None:
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._interpreter = Interpreter(model_content=content, num_threads=threads)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"not a network that LiteRT can run: {error}") from error
        (picture,) = self._interpreter.get_input_details()
        if tuple(picture["shape"]) != (1, HEIGHT, WIDTH, 1):
            raise ModelError(
                f"the network expects a picture of shape {tuple(picture['shape'])}, "
                f"this version makes (1, {HEIGHT}, {WIDTH}, 1). Train the task again."
            )
        self._input = picture["index"]
        self._motion, self._cells = self._outputs(self._interpreter.get_output_details())

    @staticmethod
    def _outputs(details: list[dict[str, Any]]) -> tuple[int, int | None]:
        motion = [d["index"] for d in details if tuple(d["shape"]) == (1, 4)]
        cells = [d["index"] for d in details if len(d["shape"]) == 3]
        if len(motion) != 1:
            shapes = [tuple(d["shape"]) for d in details]
            raise ModelError(f"the network has outputs {shapes}, expected one of shape (1, 4)")
        return motion[0], cells[0] if cells else None

    def answer(self, picture: Singles) -> Answer:
        """Run the network on a normalised picture, float32 (HEIGHT, WIDTH)."""
        self._interpreter.set_tensor(self._input, picture[None, :, :, None])
        self._interpreter.invoke()
        motion = self._interpreter.get_tensor(self._motion)[0]
        cells = None if self._cells is None else self._interpreter.get_tensor(self._cells)[0]
        return Answer(motion, cells)

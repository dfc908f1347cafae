"""Captures a second of simulated collection: picture, optics, PNG on disk, one process.

    python benchmarks/capture_rate.py --captures 60

The arm does not move here; what is timed is everything that a picture costs.
"""

from __future__ import annotations

import argparse
import queue
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import cv2
import mujoco
import numpy as np
import numpy.typing as npt

from pregrasp.cancellation import CancelToken
from pregrasp.hardware.simulation.camera import SimulatedCamera, add_camera
from pregrasp.hardware.simulation.lighting import add_lights
from pregrasp.hardware.simulation.part import add_part
from pregrasp.hardware.simulation.rendering import PictureMaker
from pregrasp.hardware.simulation.table import add_table
from pregrasp.task import find_task

PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
PNG += [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_SUB]
"""Half the time of the default strategy at level 1, and smaller files: noise has no repeats."""


class StandingWorld:
    """A part on a table under a camera that somebody moves by hand."""

    def __init__(self, task: str) -> None:
        described = find_task(task)
        if described.simulation is None:
            raise SystemExit(f"{task} has no simulated part")
        self.part = described.simulation.part
        spec = mujoco.MjSpec()
        add_table(spec, 1)
        add_lights(spec)
        add_part(spec, self.part, folder=described.folder)
        spec.worldbody.add_body(name="tool", mocap=True)
        add_camera(spec)
        self.model: Any = spec.compile()
        self.data: Any = mujoco.MjData(self.model)
        self.lock = threading.RLock()
        self.generation = 0

    def advance(self, seconds: float) -> None:
        """Nobody reads this clock."""


def write_all(pictures: queue.Queue[tuple[Path, npt.NDArray[np.uint8]] | None]) -> None:
    while (item := pictures.get()) is not None:
        cv2.imwrite(str(item[0]), item[1], PNG)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--captures", type=int, default=60)
    parser.add_argument("--task", default="circuit_board")
    options = parser.parse_args()
    world = StandingWorld(options.task)
    maker = PictureMaker(world)
    rng = np.random.default_rng(0)
    camera = SimulatedCamera(maker, world.part, rng=rng, clock=world)
    token = CancelToken()
    spent = {"move": 0.0, "capture": 0.0, "wait for writer": 0.0}
    with tempfile.TemporaryDirectory() as folder:
        pictures: queue.Queue[tuple[Path, npt.NDArray[np.uint8]] | None] = queue.Queue(maxsize=8)
        writer = threading.Thread(target=write_all, args=(pictures,))
        writer.start()
        camera.capture(token)  # the first one also makes the renderer
        began, processor = time.perf_counter(), time.process_time()
        for index in range(options.captures):
            start = time.perf_counter()
            with world.lock:
                x, y = rng.uniform(-0.04, 0.04, 2)
                world.data.mocap_pos[0] = x, y + 0.055, 0.2
                mujoco.mj_forward(world.model, world.data)
            moved = time.perf_counter()
            picture = camera.capture(token)
            taken = time.perf_counter()
            pictures.put((Path(folder) / f"{index:05d}.png", picture))
            spent["move"] += moved - start
            spent["capture"] += taken - moved
            spent["wait for writer"] += time.perf_counter() - taken
        pictures.put(None)
        writer.join()
        seconds = time.perf_counter() - began
        processor = time.process_time() - processor
        size = sum(file.stat().st_size for file in Path(folder).iterdir()) / options.captures
    maker.close()
    print(f"{options.captures / seconds:.1f} captures a second, {size / 1e6:.2f} MB each")
    # The processor time does not depend on what else the machine is doing.
    print(f"  processor time, all threads: {1e3 * processor / options.captures:.1f} ms")
    for name, total in spent.items():
        print(f"  {name}: {1e3 * total / options.captures:.1f} ms")


if __name__ == "__main__":
    main()

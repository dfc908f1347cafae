"""From a 1600 x 1200 picture to a motion command, on one thread.

    OPENBLAS_NUM_THREADS=1 python benchmarks/estimator_latency.py [TASK ...]

Pictures come from the simulated camera, at random starts on tables never seen. The same
pictures are also answered by the network alone, so that its share of the time is seen.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import cv2

from pregrasp.cancellation import CancelToken
from pregrasp.jobs.episode import plan_episode
from pregrasp.jobs.simulated import find_condition, open_cell
from pregrasp.perception.estimator import Image
from pregrasp.perception.model import Model
from pregrasp.perception.model_estimator import ModelEstimator
from pregrasp.perception.network_input import normalise_contrast, reduce
from pregrasp.perception.tflite_network import TfliteNetwork
from pregrasp.task import Task, find_task, library

PICTURES = 20
ROUNDS = 5


def pictures(task: Task) -> list[Image]:
    """Pictures from random starts."""
    taken = []
    nominal = find_condition("nominal")
    with open_cell(task) as cell:
        for index in range(PICTURES):
            plan = plan_episode(task, index, 11, nominal, cell.arm.check)
            cell.reset(
                placement=plan.placement,
                table_seed=plan.table_seed,
                condition=plan.scene,
                seed=plan.seed,
                start=plan.start,
            )
            taken.append(cell.camera.capture(CancelToken()))
    return taken


def milliseconds(work: Callable[[Image], object], images: list[Image]) -> list[float]:
    """How long each answer takes."""
    for image in images[:3]:
        work(image)
    times = []
    for image in images * ROUNDS:
        began = time.perf_counter()
        work(image)
        times.append((time.perf_counter() - began) * 1e3)
    return sorted(times)


def _network_alone(model: Model) -> Callable[[Image], object]:
    network = TfliteNetwork(model.network)
    return lambda image: network.answer(normalise_contrast(reduce(image)))


def main() -> None:
    """Measure every task that was named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tasks", nargs="*", default=sorted(library()))
    cv2.setNumThreads(1)
    for name in parser.parse_args().tasks:
        task = find_task(name)
        images = pictures(task)
        model = Model.load(task.model_folder, task.task)
        whole = milliseconds(ModelEstimator(model).estimate, images)
        alone = milliseconds(_network_alone(model), images)
        print(
            f"{name}: median {statistics.median(whole):.2f} ms, "
            f"p95 {whole[int(0.95 * len(whole))]:.2f} ms, least {whole[0]:.2f} ms; "
            f"the network alone {statistics.median(alone):.2f} ms"
        )


if __name__ == "__main__":
    main()

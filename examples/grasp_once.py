"""Grasp a circuit board once in the simulated cell, with the model that ships.

Run it with ``python examples/grasp_once.py``.
"""

from pregrasp.frames import DEG, MM
from pregrasp.jobs.grasp import GraspStation
from pregrasp.task import find_task


def main() -> None:
    with GraspStation(find_task("circuit_board")) as station:
        episode = station.run(index=0, seed=1, condition="nominal")
    for number, look in enumerate(episode.looks):
        error = look.error
        print(
            f"picture {number}: {error.translation / MM:.3f} mm {error.rotation / DEG:.3f} deg off"
        )
    print(episode.verdict.value, episode.reason)


if __name__ == "__main__":
    main()

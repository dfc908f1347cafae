"""Load a tree from the library, watch it run, and read what came of it.

Run it with ``python examples/run_a_tree.py``.
"""

from pregrasp.jobs.simulated import open_cell
from pregrasp.perception.model import load_estimator
from pregrasp.task import find_task
from pregrasp.trees import Runner, load_tree
from pregrasp.trees.events import Event, NodeChanged


def watch(event: Event) -> None:
    if isinstance(event, NodeChanged):
        print(f"{event.time:8.2f} s  {event.status.name:<8} {event.path}  {event.feedback}")


def main() -> None:
    task = find_task("circuit_board")
    tree = load_tree(task.trees.grasp, search=[task.folder])
    estimator = load_estimator(task.model_folder, task.task)
    with open_cell(task) as cell:
        cell.reset(start=task.taught.pregrasp)
        inputs = {"task": task, "estimator": estimator}
        result = Runner(tree, cell, inputs=inputs, observers=[watch]).run()
    print(result.status.name, result.failure or "")


if __name__ == "__main__":
    main()

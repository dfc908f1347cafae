"""A line of two cells in one asyncio program: each works off its own queue.

Run it with ``python examples/two_cells_asyncio.py``.
"""

import asyncio

import pregrasp
from pregrasp import aio

LINE = {"boards": "circuit_board", "plates": "plain_plate"}


async def work(name: str, task: str, orders: asyncio.Queue[str | None]) -> list[pregrasp.JobResult]:
    """One cell: open it, load its task, and grasp until there are no more orders."""
    results = []
    async with await aio.open_cell("simulated", task=task) as cell:
        loaded = await cell.load(task)
        while (order := await orders.get()) is not None:
            # A grasp that takes longer is cancelled, and its result says so.
            result = await cell.grasp(loaded, job_id=order, timeout=120)
            print(f"{name}: {order} {result.outcome.value} in {result.timings.robot:.1f} s")
            results.append(result)
    return results


async def line(orders_of_each: int) -> list[pregrasp.JobResult]:
    queues = {name: asyncio.Queue[str | None]() for name in LINE}
    for name, orders in queues.items():
        for number in range(orders_of_each):
            orders.put_nowait(f"{name}-{number}")
        orders.put_nowait(None)
    async with asyncio.TaskGroup() as group:
        workers = [group.create_task(work(name, LINE[name], queues[name])) for name in LINE]
    return [result for worker in workers for result in worker.result()]


def main() -> int:
    results = asyncio.run(line(orders_of_each=1))
    grasped = sum(result.grasped for result in results)
    print(f"{grasped} of {len(results)} parts grasped")
    return grasped


if __name__ == "__main__":
    main()

import asyncio
import threading

import pytest

from pregrasp import aio
from pregrasp.line.errors import JobTimeoutError
from pregrasp.line.results import Outcome
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import Task


def test_a_job_can_be_awaited(devices: IdealCell, task: Task) -> None:
    async def line() -> None:
        async with await aio.open_cell(devices) as cell:
            loaded = await cell.load(task, estimator=IdealEstimator(devices, task.taught.approach))
            job = await cell.start(loaded, job_id="a")
            result = await job
            assert result.outcome is Outcome.GRASPED
            assert job.done
            assert (await cell.grasp(loaded)).job_id != "a"

    asyncio.run(line())


def test_two_cells_work_at_the_same_time_without_blocking_the_loop(task: Task) -> None:
    async def line() -> None:
        cells = []
        for _ in range(2):
            devices = IdealCell(task.taught.grasp)
            devices.arm.blocked = True
            cell = await aio.open_cell(devices)
            estimator = IdealEstimator(devices, task.taught.approach)
            cells.append((cell, await cell.load(task, estimator=estimator), devices))
        jobs = [await cell.start(loaded) for cell, loaded, _ in cells]
        await asyncio.sleep(0)
        assert not any(job.done for job in jobs)
        for _, _, devices in cells:
            devices.arm.blocked = False
        results = await asyncio.gather(*jobs)
        assert [result.outcome for result in results] == [Outcome.GRASPED] * 2
        for cell, _, _ in cells:
            await cell.close()

    asyncio.run(line())


def test_giving_up_waiting_leaves_the_job_alone(devices: IdealCell, task: Task) -> None:
    async def line() -> None:
        devices.arm.blocked = True
        async with await aio.open_cell(devices) as cell:
            loaded = await cell.load(task, estimator=IdealEstimator(devices, task.taught.approach))
            job = await cell.start(loaded)
            with pytest.raises(JobTimeoutError):
                await job.result(timeout=0.02)
            assert not job.done
            job.cancel()
            assert (await job).outcome is Outcome.CANCELLED

    asyncio.run(line())


def test_a_grasp_that_takes_too_long_is_stopped(devices: IdealCell, task: Task) -> None:
    async def line() -> None:
        devices.arm.blocked = True
        async with await aio.open_cell(devices) as cell:
            loaded = await cell.load(task, estimator=IdealEstimator(devices, task.taught.approach))
            result = await cell.grasp(loaded, timeout=0.05)
            assert result.outcome is Outcome.CANCELLED

    asyncio.run(line())


def test_cancelling_the_task_stops_the_robot(devices: IdealCell, task: Task) -> None:
    async def line() -> None:
        devices.arm.blocked = True
        async with await aio.open_cell(devices) as cell:
            loaded = await cell.load(task, estimator=IdealEstimator(devices, task.taught.approach))
            grasping = asyncio.create_task(cell.grasp(loaded))
            while cell.cell.running is None:
                await asyncio.sleep(0.001)
            grasping.cancel()
            with pytest.raises(asyncio.CancelledError):
                await grasping
            assert cell.cell.running is None
            assert devices.stops > 0

    asyncio.run(line())


def test_nothing_is_left_when_the_loop_ends_before_the_job(devices: IdealCell, task: Task) -> None:
    devices.arm.blocked = True

    async def line() -> aio.AsyncCell:
        cell = await aio.open_cell(devices)
        loaded = await cell.load(task, estimator=IdealEstimator(devices, task.taught.approach))
        await cell.start(loaded)
        return cell

    asyncio.run(line()).cell.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("job ")]

import json
import logging
import threading

import pytest

from pregrasp.hardware.errors import CaptureError
from pregrasp.line.cell import LoadedTask, OpenCell, open_cell
from pregrasp.line.errors import (
    CellBusyError,
    CellClosedError,
    JobTimeoutError,
    LineError,
    NotGraspedError,
)
from pregrasp.line.results import JobResult, Outcome
from pregrasp.skills.ideal_cell import IdealCell, IdealEstimator
from pregrasp.task import Task


def test_a_grasp_gives_a_typed_result(cell: OpenCell, loaded: LoadedTask) -> None:
    result = cell.start(loaded, job_id="part 7").result(timeout=30)
    assert result.outcome is Outcome.GRASPED
    assert result.check() is result
    assert result.job_id == "part 7"
    assert result.reason == result.node == ""
    assert result.moves >= 1
    assert result.error is not None
    assert result.error.translation < 0.1e-3
    assert result.error.bound_translation is None, "the ideal estimator gives no bound"
    assert 0.0 <= result.timings.perception <= result.timings.total


def test_a_refusal_is_a_result_with_its_reason(
    cell: OpenCell, devices: IdealCell, loaded: LoadedTask
) -> None:
    devices.camera.covered = True
    result = cell.start(loaded).result(timeout=30)
    assert result.outcome is Outcome.REFUSED
    assert "no part in view" in result.reason
    assert result.node.startswith("grasp_with_recovery/")
    with pytest.raises(NotGraspedError, match=r"refused: .*no part in view") as caught:
        result.check()
    assert caught.value.result is result


def test_a_broken_device_is_a_failure_with_the_node_that_met_it(
    cell: OpenCell, devices: IdealCell, loaded: LoadedTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(token: object) -> None:
        raise CaptureError("ideal camera", "the cable is torn.", "Mend it.")

    monkeypatch.setattr(devices.camera, "capture", torn)
    result = cell.start(loaded).result(timeout=30)
    assert result.outcome is Outcome.FAILED
    assert "the cable is torn" in result.reason
    assert result.node.endswith("/capture")
    assert devices.stops > 0


def test_a_running_job_can_be_cancelled_at_any_time(
    cell: OpenCell, devices: IdealCell, loaded: LoadedTask
) -> None:
    devices.arm.blocked = True
    job = cell.start(loaded)
    assert not job.wait(0.05)
    with pytest.raises(JobTimeoutError, match="It goes on"):
        job.result(timeout=0.01)
    job.cancel()
    assert job.result(timeout=10).outcome is Outcome.CANCELLED
    assert devices.stops > 0


def test_cancelling_a_job_that_is_over_changes_nothing(cell: OpenCell, loaded: LoadedTask) -> None:
    job = cell.start(loaded)
    first = job.result(timeout=30)
    job.cancel()
    assert job.result(timeout=1) is first


def test_one_cell_does_one_job_at_a_time(
    cell: OpenCell, devices: IdealCell, loaded: LoadedTask
) -> None:
    devices.arm.blocked = True
    job = cell.start(loaded, job_id="first")
    with pytest.raises(CellBusyError, match="'first'"):
        cell.start(loaded)
    assert cell.running is job
    cell.stop()
    job.wait(10)
    devices.arm.blocked = False
    assert cell.start(loaded).result(timeout=30).grasped


def test_closing_cancels_what_runs_and_takes_no_more(devices: IdealCell, task: Task) -> None:
    devices.arm.blocked = True
    with OpenCell(devices) as cell:
        loaded = cell.load(task, estimator=IdealEstimator(devices, task.taught.approach))
        job = cell.start(loaded)
    assert job.done
    assert job.result().outcome is Outcome.CANCELLED
    cell.close()
    with pytest.raises(CellClosedError):
        cell.start(loaded)


def test_any_tree_can_be_run_besides_grasping(
    cell: OpenCell, loaded: LoadedTask, task: Task
) -> None:
    assert cell.start(loaded).result(timeout=30).grasped
    inputs = {"pregrasp": task.taught.pregrasp, "approach": task.taught.approach}
    done = cell.start_tree("put_down", inputs).result(timeout=30)
    assert done.succeeded
    assert not cell.devices.gripper.reading().holding


def test_several_cells_work_in_one_process(task: Task) -> None:
    def open_ideal() -> tuple[OpenCell, LoadedTask]:
        devices = IdealCell(task.taught.grasp)
        opened = OpenCell(devices)
        return opened, opened.load(task, estimator=IdealEstimator(devices, task.taught.approach))

    pairs = [open_ideal() for _ in range(3)]
    jobs = [opened.start(loaded) for opened, loaded in pairs]
    assert all(job.result(timeout=30).grasped for job in jobs)
    for opened, _ in pairs:
        opened.close()


def test_a_callback_is_told_of_the_end_and_cannot_break_it(
    cell: OpenCell, loaded: LoadedTask, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    job = cell.start(loaded)
    job.add_done_callback(lambda job: told.append(job.job_id))
    job.add_done_callback(lambda job: 1 / 0)  # type: ignore[arg-type]
    job.wait(30)
    job.add_done_callback(lambda job: told.append("late"))
    assert told == [job.job_id, "late"]
    assert "a callback failed" in caplog.text


def test_an_error_of_the_work_itself_reaches_whoever_asks(
    cell: OpenCell, devices: IdealCell, loaded: LoadedTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(self: object) -> float:
        raise OSError("the controller is gone")

    monkeypatch.setattr(type(devices.clock), "now", gone)
    job = cell.start(loaded)
    with pytest.raises(OSError, match="controller is gone"):
        job.result(timeout=10)
    assert cell.running is None


def test_results_survive_being_written_down(cell: OpenCell, loaded: LoadedTask) -> None:
    result = cell.start(loaded).result(timeout=30)
    text = json.dumps(result.to_json())
    again = JobResult.from_json(json.loads(text))
    assert again.to_json() == result.to_json()
    assert again.outcome is Outcome.GRASPED
    assert again.timings.started == result.timings.started


def test_a_job_says_nothing_but_to_the_log(
    cell: OpenCell,
    loaded: LoadedTask,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, logger="pregrasp"):
        cell.start(loaded, job_id="quiet").result(timeout=30)
    assert capfd.readouterr() == ("", "")
    assert "job quiet: grasped" in caplog.text


def test_a_simulated_cell_must_know_whose_part_lies_in_it() -> None:
    with pytest.raises(LineError, match="task='circuit_board'"):
        open_cell("simulated")


def test_jobs_may_be_waited_for_by_many_threads(cell: OpenCell, loaded: LoadedTask) -> None:
    job = cell.start(loaded)
    seen: list[JobResult] = []
    threads = [threading.Thread(target=lambda: seen.append(job.result(30))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(seen) == 8
    assert all(result is seen[0] for result in seen)

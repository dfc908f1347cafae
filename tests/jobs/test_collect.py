import pytest
from py_trees.common import Status

from pregrasp.cancellation import CancelledError
from pregrasp.frames import Pose
from pregrasp.jobs.collect import raise_if_failed, robot_time
from pregrasp.jobs.errors import RunFailedError
from pregrasp.perception.dataset import CaptureRecord
from pregrasp.perception.sampling import CaptureKind
from pregrasp.trees import NodeFailure, RunResult


def taken_at(time: float) -> CaptureRecord:
    return CaptureRecord(0, CaptureKind.COARSE, 0, 0, Pose(), Pose(), time)


def failed(**facts: object) -> RunResult:
    failure = NodeFailure(path="collect/sequence/move_to", reason="no way", **facts)  # type: ignore[arg-type]
    return RunResult(status=Status.FAILURE, failure=failure)


def test_robot_time_adds_up_the_sessions() -> None:
    records = [taken_at(time) for time in (5.0, 9.0, 20.0, 4.0, 10.0)]
    assert robot_time(records) == pytest.approx(20.0 + 10.0)


def test_robot_time_of_nothing_is_nothing() -> None:
    assert robot_time([]) == 0.0


def test_a_failed_run_names_the_node_and_says_that_the_robot_stands() -> None:
    with pytest.raises(RunFailedError, match=r"no way .*collect/sequence/move_to.*stopped"):
        raise_if_failed(failed())


def test_a_refusal_stays_one() -> None:
    with pytest.raises(RunFailedError) as caught:
        raise_if_failed(failed(refused=True))
    assert caught.value.refused


def test_a_cancelled_run_is_cancelled_and_not_failed() -> None:
    with pytest.raises(CancelledError):
        raise_if_failed(failed(cause=CancelledError("cancelled")))


def test_a_successful_run_raises_nothing() -> None:
    raise_if_failed(RunResult(status=Status.SUCCESS))

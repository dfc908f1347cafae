import threading
from collections.abc import Callable

from pregrasp.cancellation import CancelledError
from pregrasp.line.errors import LineError
from pregrasp.line.packml import Answer, Command, PackmlUnit, State, Turn

Eventually = Callable[[Callable[[], bool]], None]


def rest(turn: Turn) -> None:
    while not turn.over:
        turn.wait(5.0)


def test_the_unit_runs_through_a_batch(eventually: Eventually) -> None:
    done: list[State] = []
    seen: list[State] = []

    def note(turn: Turn) -> None:
        done.append(turn.state)

    actions = dict.fromkeys((State.RESETTING, State.STARTING, State.COMPLETING), note)
    with PackmlUnit(actions | {State.EXECUTE: rest}) as unit:
        unit.listen(lambda change: seen.append(change.state))
        assert unit.command(Command.RESET) is Answer.DONE
        eventually(lambda: unit.state is State.IDLE)
        unit.command(Command.START)
        eventually(lambda: unit.state is State.EXECUTE)
        unit.command(Command.COMPLETE)
        eventually(lambda: unit.state is State.COMPLETE)
    assert done == [State.RESETTING, State.STARTING, State.COMPLETING]
    names = "RESETTING IDLE STARTING EXECUTE COMPLETING COMPLETE"
    assert [state.name for state in seen] == names.split()


def test_holding_waits_for_what_execute_has_begun(eventually: Eventually) -> None:
    working, finish = threading.Event(), threading.Event()

    def produce(turn: Turn) -> None:
        working.set()
        assert finish.wait(10)
        assert not turn.token.cancelled
        rest(turn)

    with PackmlUnit({State.EXECUTE: produce}, initial=State.EXECUTE) as unit:
        assert working.wait(10)
        unit.command(Command.HOLD)
        assert unit.state is State.HOLDING
        finish.set()
        eventually(lambda: unit.state is State.HELD)
        working.clear()
        unit.command(Command.UNHOLD)
        assert working.wait(10)
        unit.command(Command.STOP)


def test_stopping_cancels_what_execute_has_begun(eventually: Eventually) -> None:
    def produce(turn: Turn) -> None:
        assert turn.token.wait(10)
        raise CancelledError("stopped")

    with PackmlUnit({State.EXECUTE: produce}, initial=State.EXECUTE) as unit:
        unit.command(Command.STOP)
        eventually(lambda: unit.state is State.STOPPED)


def test_an_action_that_fails_aborts_the_unit_with_its_reason(eventually: Eventually) -> None:
    def fail(turn: Turn) -> None:
        raise LineError("the gripper does not answer")

    with PackmlUnit({State.STARTING: fail}, initial=State.IDLE) as unit:
        unit.command(Command.START)
        eventually(lambda: unit.state is State.ABORTED)
        assert unit.reason.code == 10
        assert unit.reason.text == "starting: the gripper does not answer"
        assert unit.reason.by == "cell"


def test_an_error_nobody_expected_aborts_too_even_while_aborting(eventually: Eventually) -> None:
    def crash(turn: Turn) -> None:
        raise ZeroDivisionError("a defect")

    with PackmlUnit({State.CLEARING: crash, State.ABORTING: crash}, initial=State.ABORTED) as unit:
        unit.command(Command.CLEAR)
        eventually(lambda: unit.state is State.ABORTED)
        assert unit.reason.code == 11
        assert "ZeroDivisionError" in unit.reason.text


def test_execute_that_ends_by_itself_completes_the_batch(eventually: Eventually) -> None:
    with PackmlUnit({}, initial=State.EXECUTE) as unit:
        eventually(lambda: unit.state is State.COMPLETE)


def test_closing_cancels_and_leaves_no_thread() -> None:
    began = threading.Event()

    def produce(turn: Turn) -> None:
        began.set()
        rest(turn)

    unit = PackmlUnit({State.EXECUTE: produce}, initial=State.EXECUTE)
    unit.open()
    assert began.wait(10)
    assert unit.close(timeout=10)


def test_a_storm_of_commands_leaves_the_unit_in_order(eventually: Eventually) -> None:
    with PackmlUnit({State.EXECUTE: rest}) as unit:
        commands = list(Command) * 40
        threads = [
            threading.Thread(target=lambda part=part: [unit.command(c) for c in part])
            for part in (commands, commands[::-1], commands[::3])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        unit.command(Command.ABORT)
        eventually(lambda: unit.state is State.ABORTED)
        unit.command(Command.CLEAR)
        eventually(lambda: unit.state is State.STOPPED)

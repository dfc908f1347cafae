import threading

import pytest

from pregrasp.line.packml.machine import Answer, Change, PackmlMachine, Reason
from pregrasp.line.packml.states import ACTING, STATES, Command, Mode, State
from pregrasp.line.packml.table import COMPLETES, LEGAL

# Written down a second time, from the standard's table, so that a slip in the code shows.
STANDARD = {
    "RESET": "STOPPED COMPLETE",
    "START": "IDLE",
    "STOP": "STARTING IDLE SUSPENDED EXECUTE HOLDING HELD UNHOLDING SUSPENDING UNSUSPENDING "
    "RESETTING COMPLETING COMPLETE",
    "HOLD": "STARTING EXECUTE UNHOLDING SUSPENDING SUSPENDED UNSUSPENDING",
    "UNHOLD": "HELD",
    "SUSPEND": "EXECUTE",
    "UNSUSPEND": "SUSPENDED",
    "ABORT": "CLEARING STOPPED STARTING IDLE SUSPENDED EXECUTE STOPPING HOLDING HELD UNHOLDING "
    "SUSPENDING UNSUSPENDING RESETTING COMPLETING COMPLETE",
    "CLEAR": "ABORTED",
    "COMPLETE": "EXECUTE",
}


def test_there_are_17_states_and_10_commands_with_the_numbers_of_the_packtags() -> None:
    assert len(STATES) == 17
    assert len(Command) == 10
    assert (State.STOPPED, State.IDLE, State.EXECUTE, State.COMPLETE) == (2, 4, 6, 17)
    assert (Command.RESET, Command.ABORT, Command.CLEAR) == (1, 8, 9)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
@pytest.mark.parametrize("command", Command, ids=lambda command: command.name)
def test_every_command_in_every_state(state: State, command: Command) -> None:
    changes: list[Change] = []
    machine = PackmlMachine(state, listeners=(changes.append,))
    answer = machine.command(command, Reason(code=7, text="why"))
    if state.name in STANDARD[command.name].split():
        assert answer is Answer.DONE
        assert machine.state is LEGAL[state, command]
        assert machine.state is not state
        assert [(change.before, change.state) for change in changes] == [(state, machine.state)]
    else:
        assert answer is Answer.WRONG_STATE
        assert machine.state is state
        assert changes == []
        assert machine.reason == Reason()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_only_acting_states_complete_and_only_while_the_unit_is_in_them(state: State) -> None:
    machine = PackmlMachine(state)
    for other in STATES:
        if other is not state:
            assert not machine.complete(other)
            assert machine.state is state
    assert machine.complete(state) is (state in ACTING)
    assert machine.state is COMPLETES.get(state, state)


@pytest.mark.parametrize("number", [0, 11, -1, 2**31])
def test_a_command_that_does_not_exist_changes_nothing(number: int) -> None:
    machine = PackmlMachine(State.EXECUTE)
    assert machine.command(number) is Answer.UNKNOWN
    assert machine.set_mode(number) is Answer.UNKNOWN
    assert (machine.state, machine.mode) == (State.EXECUTE, Mode.PRODUCE)


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_the_mode_is_changed_at_rest_only(state: State) -> None:
    machine = PackmlMachine(state)
    allowed = state in (State.STOPPED, State.IDLE, State.ABORTED)
    assert machine.set_mode(Mode.MANUAL) is (Answer.DONE if allowed else Answer.WRONG_STATE)
    assert machine.mode is (Mode.MANUAL if allowed else Mode.PRODUCE)


def test_a_unit_in_manual_mode_cannot_be_started() -> None:
    machine = PackmlMachine(State.IDLE, mode=Mode.MANUAL)
    assert machine.command(Command.START) is Answer.WRONG_MODE
    assert machine.state is State.IDLE


def test_the_reason_stays_until_production_goes_on() -> None:
    machine = PackmlMachine(State.EXECUTE)
    why = Reason(code=3, text="no more parts", by="line")
    machine.command(Command.SUSPEND, why)
    machine.complete(State.SUSPENDING)
    assert machine.reason == why
    machine.command(Command.UNSUSPEND)
    assert machine.reason == Reason()


def test_of_many_threads_exactly_one_starts_the_unit() -> None:
    for _ in range(50):
        machine = PackmlMachine(State.IDLE)
        answers: list[Answer] = []
        gate = threading.Barrier(8)

        def start(
            machine: PackmlMachine = machine,
            answers: list[Answer] = answers,
            gate: threading.Barrier = gate,
        ) -> None:
            gate.wait()
            answers.append(machine.command(Command.START))

        threads = [threading.Thread(target=start) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers.count(Answer.DONE) == 1
        assert machine.state is State.STARTING

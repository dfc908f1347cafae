"""What a page may do is asked for with the same words by every command that shows one."""

import inspect

import pytest
from typer.testing import CliRunner

from pregrasp.cli.application import application
from pregrasp.cli.watching import page_wish

FLAGS = {"port", "allow_control", "allow_motion"}


def test_every_command_with_a_page_has_the_same_flags() -> None:
    known = {
        command.callback.__name__: set(inspect.signature(command.callback).parameters)
        for command in application.registered_commands
        if command.callback is not None
    }
    shown = {name for name, parameters in known.items() if "view" in parameters}
    assert {"grasp", "collect", "evaluate", "deploy", "demo"} <= shown
    for name in (*shown, "view"):
        assert known[name] >= FLAGS, name


@pytest.mark.parametrize("flag", ["--allow-control", "--allow-motion"])
def test_a_flag_for_a_page_that_is_not_there_is_a_usage_error(flag: str) -> None:
    ended = CliRunner().invoke(application, ["grasp", "circuit_board", flag])
    assert ended.exit_code == 2
    assert "add --view" in " ".join(ended.output.split())


def test_without_a_page_nothing_is_wished_for() -> None:
    assert page_wish(False, 0, False, False) is None
    wish = page_wish(True, 7, False, True)
    assert wish is not None
    assert (wish.port, wish.control, wish.motion) == (7, False, True)

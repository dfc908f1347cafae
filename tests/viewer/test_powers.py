"""The one rule for what pages may do."""

import inspect

import pytest

from pregrasp.viewer.errors import CommandError
from pregrasp.viewer.powers import Powers


def test_motion_includes_control_and_powers_say_which_flag_is_missing() -> None:
    assert Powers.granted(control=False, motion=True) == Powers(True, True, "")
    looking = Powers.granted(control=False, motion=False)
    assert not looking.control
    assert "--allow-control or --allow-motion" in looking.why_not
    holding = Powers.granted(control=True, motion=False)
    assert (holding.control, holding.motion) == (True, False)
    assert holding.why_not.endswith("without --allow-motion")


def test_the_rule_knows_no_simulated_cells() -> None:
    assert set(inspect.signature(Powers.granted).parameters) == {"control", "motion"}


@pytest.mark.parametrize("moving", [False, True])
@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize(("control", "motion"), [(False, False), (True, False), (True, True)])
def test_every_flag_and_the_token_are_asked_for(
    control: bool, motion: bool, moving: bool, trusted: bool
) -> None:
    powers = Powers.granted(control=control, motion=motion)
    if control and trusted and (motion or not moving):
        powers.check(moving=moving, trusted=trusted)
        return
    with pytest.raises(CommandError, match=r"may only look|in motion"):
        powers.check(moving=moving, trusted=trusted)

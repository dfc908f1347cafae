"""Ports are declared once, checked when declared, and cost nothing to read."""

from __future__ import annotations

from typing import Any

import pytest
from py_trees.common import Status

from pregrasp.cancellation import CancelToken
from pregrasp.frames import Pose
from pregrasp.skills import SKILLS, Action, Condition, Input, MoveTo, Output, Skill
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.skills.registry import SkillRegistry, snake_case
from pregrasp.skills.testing import try_skill, wire_skill
from pregrasp.trees.value_types import can_be_written


class Halve(Condition):
    whole = Input(float, "A length.", unit="mm")
    half = Output(float, "Half of it.", unit="mm")

    def check(self) -> bool:
        self.half = self.whole / 2
        return True


def test_a_yaml_key_carries_the_unit() -> None:
    assert [port.key for port in Halve.ports.values()] == ["whole_mm", "half_mm"]


def test_ports_are_inherited() -> None:
    assert list(MoveTo.inputs()) == ["speed", "pose", "axes", "shape"]


def test_values_flow_from_inputs_to_outputs() -> None:
    assert try_skill(Halve, IdealCell(Pose()), whole=0.2).outputs == {"half": 0.1}


def test_an_output_that_nobody_wants_is_dropped() -> None:
    skill = Halve()
    wire_skill(skill, IdealCell(Pose()), {}, whole=0.2)
    skill.connect(skill.sources, {})
    skill.tick_once()
    assert skill.status is Status.SUCCESS


def test_an_output_cannot_be_read() -> None:
    with pytest.raises(AttributeError, match="written, not read"):
        repr(Halve().half)


def test_an_unknown_unit_is_found_when_the_class_is_made() -> None:
    with pytest.raises(ValueError, match="Did you mean 'mm'"):
        Input(float, "A length.", unit="mmm")


def test_a_port_cannot_hide_what_every_node_has() -> None:
    with pytest.raises(TypeError, match="call the port something else"):
        type("Bad", (Condition,), {"status": Input(int, "No.")})


def test_outputs_of_an_action_appear_only_when_it_has_succeeded() -> None:
    class Half(Action):
        value = Output(int, "A number.")

        def work(self, token: CancelToken) -> Status | None:
            self.value = 1
            return self.fail("not really")

    trial = try_skill(Half, IdealCell(Pose()))
    assert trial.status is Status.FAILURE
    assert trial.outputs == {}


def test_two_skills_of_one_name_are_refused() -> None:
    registry = SkillRegistry()
    registry.register("halve")(Halve)
    registry.register("halve")(Halve)
    with pytest.raises(ValueError, match="two skills are called 'halve'"):
        registry.register("halve")(MoveTo)
    assert Halve.key == "halve"
    MoveTo.key = "move_to"


@pytest.mark.parametrize(
    ("name", "expected"), [("MoveTo", "move_to"), ("Approach", "approach"), ("A1b", "a1b")]
)
def test_names_in_snake_case(name: str, expected: str) -> None:
    assert snake_case(name) == expected


@pytest.mark.parametrize("skill", SKILLS.values(), ids=list(SKILLS))
def test_every_skill_describes_itself_and_its_ports(skill: type[Skill]) -> None:
    assert skill.__doc__
    for port in skill.ports.values():
        assert port.description.endswith(".")
        default: Any = getattr(port, "default", None)
        # Every default could also have been written in YAML.
        assert (
            default is None
            or not isinstance(port, Input)
            or port.required
            or can_be_written(port.kind)
        )

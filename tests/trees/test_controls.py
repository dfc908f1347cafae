"""What each control does, tick by tick.

A script says what a leaf answers at each tick: S success, F failure, R running. After its
last letter it starts over.
"""

from __future__ import annotations

import pytest
from py_trees.common import Status

from pregrasp.frames import Pose
from pregrasp.skills import Input, Skill
from pregrasp.skills.context import Context
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.trees import parse_tree
from pregrasp.trees.blackboard import Blackboard
from pregrasp.trees.building import build
from pregrasp.trees.controls import CONTROLS

LETTERS = {"S": Status.SUCCESS, "F": Status.FAILURE, "R": Status.RUNNING}


class Script(Skill):
    """Answers as written, and keeps a diary for the whole tree."""

    answers = Input(str, "One letter a tick.")
    diary: list[str]

    def __init__(self, name: str = "", *, path: str = "") -> None:
        super().__init__(name, path=path)
        self._tick = 0

    def step(self) -> Status:
        answer = self.answers[self._tick % len(self.answers)]
        self._tick += 1
        DIARY.append(f"{self.name}{answer}")
        return LETTERS[answer]

    def finish(self, status: Status) -> None:
        if status is Status.INVALID:
            DIARY.append(f"{self.name}!")


DIARY: list[str] = []


def play(root: str, ticks: int) -> list[str]:
    """Tick a tree; each line holds what the leaves did, then the root's status.

    ``a: RS`` in the root is short for ``script: {name: a, answers: RS}``.
    """
    inputs = "items: {type: 'list[int]', default: [7, 8]}"
    inputs += ", none: {type: 'list[int]', default: []}, zero: {type: int, default: 0}"
    inputs += ", side: {type: str, one_of: [left, right], default: left}"
    inputs += ", lid: {type: bool, default: true}"
    text = f"tree: t\ninputs: {{{inputs}}}\nroot: {root}\n"
    for name in "abcdef":
        for answers in ("SF", "FS", "RS", "RF", "FFS", "RRS", "FFF", "S", "F", "R"):
            short, long = (
                f"{{{name}: {answers}}}",
                f"{{script: {{name: {name}, answers: {answers}}}}}",
            )
            text = text.replace(short, long)
    tree = parse_tree(text, skills={"script": Script})
    blackboard = Blackboard()
    context = Context(cell=IdealCell(Pose()))
    built = build(tree.root, context, blackboard, {"script": Script})
    for name, port in tree.inputs.items():
        blackboard.slot(f"t/{name}").write(port.default)
    lines = []
    for _ in range(ticks):
        DIARY.clear()
        built.root.tick_once()
        context.cell.clock.wait(context.wakeup, 1.0)
        lines.append(" ".join([*DIARY, built.root.status.name[0]]))
    return lines


CASES = {
    "sequence_goes_on_with_the_running_child": (
        "{sequence: [{a: S}, {b: RS}, {c: S}]}",
        ["aS bR R", "bS cS S"],
    ),
    "sequence_stops_at_a_failure": ("{sequence: [{a: S}, {b: F}, {c: S}]}", ["aS bF F"]),
    "reactive_sequence_asks_again": (
        "{reactive_sequence: [{a: SF}, {b: R}]}",
        ["aS bR R", "aF b! F"],
    ),
    "selector_goes_on_with_the_running_child": (
        "{selector: [{a: F}, {b: RS}, {c: S}]}",
        ["aF bR R", "bS S"],
    ),
    "reactive_selector_halts_what_is_less_important": (
        "{reactive_selector: [{a: FS}, {b: R}]}",
        ["aF bR R", "aS b! S"],
    ),
    "parallel_ticks_each_child_until_it_has_finished": (
        "{parallel: [{a: S}, {b: RS}]}",
        ["aS bR R", "bS S"],
    ),
    "parallel_fails_with_its_first_child": (
        "{parallel: [{a: R}, {b: RF}]}",
        ["aR bR R", "aR bF a! F"],
    ),
    "parallel_is_content_with_some": (
        "{parallel: {successes: 1, children: [{a: R}, {b: RS}]}}",
        ["aR bR R", "aR bS a! S"],
    ),
    "parallel_may_allow_failures": (
        "{parallel: {successes: 1, failures: 2, children: [{a: F}, {b: RS}]}}",
        ["aF bR R", "bS S"],
    ),
    "parallel_fails_when_success_is_out_of_reach": (
        "{parallel: {successes: 2, failures: 3, children: [{a: F}, {b: R}]}}",
        ["aF bR b! F"],
    ),
    "invert": ("{invert: {a: SF}}", ["aS F", "aF S"]),
    "force_success": ("{force_success: {a: RF}}", ["aR R", "aF S"]),
    "force_failure": ("{force_failure: {a: RS}}", ["aR R", "aS F"]),
    "retry_tries_once_a_tick": (
        "{retry: {attempts: 3, do: {a: FFS}}}",
        ["aF R", "aF R", "aS S"],
    ),
    "retry_gives_up": ("{retry: {attempts: 2, do: {a: F}}}", ["aF R", "aF F"]),
    "repeat": ("{repeat: {times: 2, do: {a: RS}}}", ["aR R", "aS R", "aR R", "aS S"]),
    "repeat_zero_times": ("{repeat: {times: '{zero}', do: {a: F}}}", ["S"]),
    "repeat_until_asks_first": (
        "{repeat_until: {at_most: 3, until: {a: S}, do: {b: S}}}",
        ["aS S"],
    ),
    "repeat_until_asks_after_every_time": (
        "{repeat_until: {at_most: 3, until: {a: FFS}, do: {b: RS}}}",
        ["aF bR R", "bS R", "aF bR R", "bS R", "aS S"],
    ),
    "repeat_until_gives_up": (
        "{repeat_until: {at_most: 1, until: {a: F}, do: {b: S}}}",
        ["aF bS R", "aF F"],
    ),
    "repeat_until_fails_with_what_it_does": (
        "{repeat_until: {at_most: 9, until: {a: F}, do: {b: F}}}",
        ["aF bF F"],
    ),
    "for_each": (
        "{for_each: {in: '{items}', as: x, do: {a: RS}}}",
        ["aR R", "aS R", "aR R", "aS S"],
    ),
    "for_each_without_items": ("{for_each: {in: '{none}', as: x, do: {a: F}}}", ["S"]),
    "for_each_stops_at_a_failure": ("{for_each: {in: '{items}', as: x, do: {a: F}}}", ["aF F"]),
    "if_yes": ("{if: {condition: {a: S}, then: {b: RS}, else: {c: S}}}", ["aS bR R", "bS S"]),
    "if_no": ("{if: {condition: {a: F}, then: {b: S}, else: {c: RF}}}", ["aF cR R", "cF F"]),
    "if_no_without_else": ("{if: {condition: {a: F}, then: {b: S}}}", ["aF S"]),
    "if_waits_for_the_answer": ("{if: {condition: {a: RS}, then: {b: S}}}", ["aR R", "aS bS S"]),
    "timeout_lets_finish": ("{timeout: {limit_s: 9, do: {a: RRS}}}", ["aR R", "aR R", "aS S"]),
    "timeout_halts": ("{timeout: {limit_s: 1, do: {a: R}}}", ["aR R", "aR a! F"]),
    "try_cleans_up_after_success": ("{try: {do: {a: S}, finally: {b: RS}}}", ["aS bR R", "bS S"]),
    "try_cleans_up_after_failure": ("{try: {do: {a: F}, finally: {b: S}}}", ["aF bS F"]),
    "try_fails_when_cleaning_up_fails": ("{try: {do: {a: S}, finally: {b: F}}}", ["aS bF F"]),
    "retry_waits_before_it_tries_again": (
        "{retry: {attempts: 3, delay_s: 2, do: {a: FFS}}}",
        ["aF R", "R", "aF R", "R", "aS S"],
    ),
    "retry_waits_longer_each_time": (
        "{retry: {attempts: 3, delay_s: 1, backoff: 3, do: {a: FFS}}}",
        ["aF R", "aF R", "R", "R", "aS S"],
    ),
    "retry_does_not_wait_after_its_last_attempt": (
        "{retry: {attempts: 2, delay_s: 1, do: {a: F}}}",
        ["aF R", "aF F"],
    ),
    "cooldown_fails_until_it_is_over": (
        "{cooldown: {period_s: 2, do: {a: S}}}",
        ["aS S", "F", "aS S"],
    ),
    "cooldown_counts_from_the_end_of_its_child": (
        "{cooldown: {period_s: 2, do: {a: RF}}}",
        ["aR R", "aF F", "F", "aR R"],
    ),
    "delay": ("{delay: {duration_s: 2}}", ["R", "R", "S"]),
    "check_yes": ("{check: '{zero} == 0'}", ["S"]),
    "check_no": ("{sequence: [{check: '{zero} > 0'}, {a: S}]}", ["F"]),
    "set_writes": (
        "{sequence: [{set: {key: n, to: '{zero} + 2'}}, {repeat: {times: '{n}', do: {a: S}}}]}",
        ["aS R", "aS S"],
    ),
    "set_counts": (
        (
            "{sequence: [{set: {key: n, to: 0}}, {repeat_until: {at_most: 9, "
            "until: {check: '{n} >= 2'}, do: [{a: S}, {set: {key: n, to: '{n} + 1'}}]}}]}"
        ),
        ["aS R", "aS R", "S"],
    ),
    "when_skips_in_a_sequence": (
        "{sequence: [{invert: {when: '{zero} > 0', do: {a: S}}}, {b: S}]}",
        ["bS S"],
    ),
    "when_passes_on_in_a_selector": (
        "{selector: [{invert: {when: '{zero} > 0', do: {a: F}}}, {b: S}]}",
        ["bS S"],
    ),
    "when_is_asked_once": (
        (
            "{sequence: [{set: {key: n, to: 0}}, {parallel: ["
            "{invert: {when: '{n} == 0', do: {a: RF}}}, {set: {key: n, to: 1}}]}]}"
        ),
        ["aR R", "aF S"],
    ),
    "while_halts": (
        (
            "{sequence: [{set: {key: n, to: 0}}, {parallel: {failures: 2, successes: 1, children: ["
            "{force_success: {while: '{n} == 0', do: {a: R}}}, [{b: RS}, {set: {key: n, to: 1}}, "
            "{c: R}]]}}]}"
        ),
        ["aR bR R", "aR bS cR R", "a! cR R"],
    ),
    "guard": (
        "{guard: {when: '{zero} == 0', while: '{zero} < 1', do: {a: RS}}}",
        ["aR R", "aS S"],
    ),
    "any_node_may_have_a_limit": (
        "{sequence: {timeout_s: 1, children: [{a: S}, {b: R}]}}",
        ["aS bR R", "bR b! F"],
    ),
    "switch": (
        "{switch: {value: '{side}', cases: {left: {a: RS}, right: {b: S}}}}",
        ["aR R", "aS S"],
    ),
    "switch_on_a_truth": (
        "{switch: {value: '{lid}', cases: {false: {a: S}, true: {b: S}}}}",
        ["bS S"],
    ),
    "switch_has_a_default": (
        "{switch: {value: '{zero}', cases: {1: {a: S}}, default: {b: F}}}",
        ["bF F"],
    ),
    "switch_without_the_case_fails": ("{switch: {value: '{zero}', cases: {1: {a: S}}}}", ["F"]),
    "for_each_of_a_written_list": (
        "{for_each: {in: [1, '{zero}'], as: x, do: {repeat: {times: '{x}', do: {a: S}}}}}",
        ["aS R", "S"],
    ),
    "a_list_is_a_sequence": ("[{a: S}, {b: S}]", ["aS bS S"]),
}


@pytest.mark.parametrize("case", CASES)
def test_control(case: str) -> None:
    root, expected = CASES[case]
    assert play(root, len(expected)) == expected


def test_every_control_has_a_case_of_its_own() -> None:
    shown = " ".join(root for root, _ in CASES.values())
    assert [key for key in CONTROLS if f"{{{key}:" not in shown] == []

"""Trying cases, and saying what came out differently."""

from __future__ import annotations

import dataclasses
import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pregrasp.configuration import bind
from pregrasp.documents import Located
from pregrasp.skills.ideal_cell import IdealCell
from pregrasp.trees.errors import TreeError
from pregrasp.trees.files import library_folder
from pregrasp.trees.loading import load_tree
from pregrasp.trees.result import RunResult
from pregrasp.trees.specification import Tree
from pregrasp.trees.testing.cases import Case, CaseFile, When
from pregrasp.trees.testing.given import Given
from pregrasp.trees.testing.patterns import PathPattern
from pregrasp.trees.testing.player import Played, play
from pregrasp.trees.testing.substitution import StandIns
from pregrasp.trees.testing.tick_table import TickTable
from pregrasp.trees.value_types import describe_type

SUFFIX = ".cases.yaml"
"""What files of cases end in."""

NEAR = 1e-9
"""Numbers that differ by a smaller share are the same."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of a case."""

    case: Case
    differences: tuple[str, ...]
    """What came out differently, in words; none when the case has passed."""
    table: TickTable | None
    """What every node did; None when the case could not be tried."""

    @property
    def passed(self) -> bool:
        """Whether all is as it should be."""
        return not self.differences

    def __str__(self) -> str:
        lines = [f"{self.case.place.position}: {self.case.name}"]
        lines += [f"  {difference}" for difference in self.differences]
        if self.differences and self.table is not None:
            lines += ["", *(f"    {line}" for line in str(self.table).splitlines())]
        return "\n".join(lines)


def try_cases(file: CaseFile, *, search: Sequence[Path] = ()) -> Iterator[Outcome]:
    """Try all cases of a file, one after the other.

    Args:
        file: The cases.
        search: Folders to look for trees in, besides that of the file.

    Raises:
        ConfigurationError: The tree has faults.
    """
    tree = find_tested_tree(file, search)
    for case in file.cases:
        yield try_case(file, case, tree)


def find_case_files(names: Sequence[str]) -> list[Path]:
    """The files that are meant.

    Args:
        names: Files, folders, which are searched, or names of trees of the library.
    """
    found: list[Path] = []
    for name in names:
        path = Path(name)
        shipped = library_folder() / "cases" / f"{name}{SUFFIX}"
        if path.is_dir():
            found += sorted(path.rglob(f"*{SUFFIX}"))
        elif path.is_file() or not shipped.is_file():
            # A file that is missing is explained when it is read.
            found.append(path)
        else:
            found.append(shipped)
    return found


def find_tested_tree(file: CaseFile, search: Sequence[Path] = ()) -> Tree:
    """The tree that a file of cases is about.

    Raises:
        ConfigurationError: There is none, or it has faults.
    """
    places = (file.folder, file.folder.parent, *search)
    beside = file.folder / file.tree
    return load_tree(beside if beside.is_file() else file.tree, search=places)


def try_case(file: CaseFile, case: Case, tree: Tree) -> Outcome:
    """Try one case on a cell of its own.

    Raises:
        ConfigurationError: The case does not fit the tree.
    """
    with tempfile.TemporaryDirectory(prefix="pregrasp-case-") as folder:
        given = Given(file.document, Path(folder))
        inputs = given.make(tree, case.cell, case.inputs)
        _check_patterns(file, case, tree)
        rules = _stand_ins(file, case)
        file.document.raise_if_faulty()
        try:
            played = play(
                tree,
                given.cell,
                inputs,
                stand_ins=rules,
                seed=case.when.seed,
                most_ticks=case.when.most_ticks,
                interrupt=_interrupter(case.when),
            )
        except TreeError as error:
            return Outcome(case=case, differences=(str(error),), table=None)
        found = tuple(_differences(file, case, tree, played, given.cell))
    file.document.raise_if_faulty()
    return Outcome(case=case, differences=found, table=played.table)


def _stand_ins(file: CaseFile, case: Case) -> StandIns | None:
    rules = case.stand_ins
    if rules is not None and isinstance(rules.value, str):
        return StandIns.read(file.folder / rules.value)
    return None if rules is None else StandIns(file.document, rules)


def _interrupter(when: When) -> Callable[[TickTable], bool] | None:
    if when.interrupt_at is None and when.interrupt_after_ticks is None:
        return None
    pattern = PathPattern(when.interrupt_at) if when.interrupt_at is not None else None

    def interrupt(table: TickTable) -> bool:
        if (
            when.interrupt_after_ticks is not None
            and len(table.ticks) >= when.interrupt_after_ticks
        ):
            return True
        ticked = table.ticks[-1] if table.ticks else {}
        return pattern is not None and any(pattern.matches(path) for path in ticked)

    return interrupt


def _patterns(case: Case) -> Iterator[str]:
    if case.then.failed_at is not None:
        yield case.then.failed_at
    if case.when.interrupt_at is not None:
        yield case.when.interrupt_at
    yield from (*case.then.done, *case.then.never, *case.then.times, *case.then.letters)


def _check_patterns(file: CaseFile, case: Case, tree: Tree) -> None:
    """A pattern that means no node would let ``never`` pass for nothing."""
    nodes = [*tree.root.walk()]
    for text in _patterns(case):
        pattern = PathPattern(text)
        if not any(pattern.matches(node.path) for node in nodes):
            remedy = pattern.remedy(nodes)
            file.document.report(
                case.place, f"{text!r} means no node of {tree.name}", rule="pattern", remedy=remedy
            )


def _differences(
    file: CaseFile, case: Case, tree: Tree, played: Played, cell: IdealCell
) -> Iterator[str]:
    then, result, table = case.then, played.result, played.table
    if played.given_up:
        yield f"not done after {case.when.most_ticks} ticks"
    if then.result is not None and _word(result) != then.result:
        yield f"it {_word(result)}{_because(result)}, expected that it {then.result}"
    yield from _blame(case, result)
    if then.ticks is not None and result.ticks != then.ticks:
        yield f"it took {result.ticks} ticks, expected {then.ticks}"
    if then.at_most_ticks is not None and result.ticks > then.at_most_ticks:
        yield f"it took {result.ticks} ticks, expected at most {then.at_most_ticks}"
    yield from _order(case, table)
    paths = [node.path for node in tree.root.walk()]
    for text in then.never:
        for path in paths:
            if PathPattern(text).matches(path) and table.letters(path).strip():
                yield f"{path} was ticked, expected never"
    for text, count in then.times.items():
        began = sum(table.rounds(path) for path in paths if PathPattern(text).matches(path))
        if began != count:
            yield f"{text} began {began} times, expected {count}"
    for text, letters in then.letters.items():
        for path in paths:
            found = table.letters(path).replace(" ", ".")
            if PathPattern(text).matches(path) and found != letters:
                yield f"{path} did {found}, expected {letters}"
    if then.holding is not None and cell.gripper.reading().holding != then.holding:
        yield f"the gripper holds {'something' if not then.holding else 'nothing'}"
    if then.moves is not None and len(cell.arm.moves) != then.moves:
        yield f"the arm went through {len(cell.arm.moves)} poses, expected {then.moves}"
    yield from _outputs(file, case, tree, result)


def _word(result: RunResult) -> str:
    if result.succeeded:
        return "succeeded"
    return "refused" if result.refused else "failed"


def _because(result: RunResult) -> str:
    return f" ({result.failure})" if result.failure is not None else ""


def _blame(case: Case, result: RunResult) -> Iterator[str]:
    then, failure = case.then, result.failure
    if then.failed_at is not None:
        path = failure.path if failure is not None else "nowhere"
        if not PathPattern(then.failed_at).matches(path):
            yield f"it failed at {path}, expected at {then.failed_at}"
    if then.reason is not None:
        said = failure.reason if failure is not None else ""
        if then.reason not in said:
            yield f"the reason was {said!r}, expected to find {then.reason!r} in it"


def _order(case: Case, table: TickTable) -> Iterator[str]:
    succeeded = [path for path, letter in table.finished() if letter == "S"]
    place = 0
    for text in case.then.done:
        pattern = PathPattern(text)
        while place < len(succeeded) and not pattern.matches(succeeded[place]):
            place += 1
        if place == len(succeeded):
            again = any(pattern.matches(path) for path in succeeded)
            yield f"{text} did not succeed" + (" after what stands before it" if again else "")
            return
        place += 1


def _outputs(file: CaseFile, case: Case, tree: Tree, result: RunResult) -> Iterator[str]:
    outputs = case.outputs
    if outputs is None:
        return
    by_key = {port.key: port for port in tree.outputs.values()}
    written: dict[str, Located] = outputs.value if isinstance(outputs.value, dict) else {}
    for key, located in written.items():
        port = by_key.get(key)
        if port is None:
            file.document.report(
                outputs.keys[key],
                f"the tree {tree.name} has no output {key!r}",
                rule="unknown-port",
            )
            continue
        expected = bind(file.document, located, port.kind)
        if expected is None and located.value is not None:
            continue
        expected = expected * port.scale if port.unit else expected
        if port.name not in result.outputs:
            yield f"the output {key} was not written, expected {located.plain()}"
        elif not _same(result.outputs[port.name], expected):
            yield (
                f"the output {key} is {result.outputs[port.name]}, expected {expected} "
                f"({describe_type(port.kind)})"
            )


def _same(found: Any, expected: Any) -> bool:
    if isinstance(found, float) or isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=NEAR, abs_tol=1e-12)
    if isinstance(expected, tuple):
        return len(found) == len(expected) and all(map(_same, found, expected))
    if dataclasses.is_dataclass(expected):
        names = [field.name for field in dataclasses.fields(expected)]
        return all(_same(getattr(found, name), getattr(expected, name)) for name in names)
    return bool(found == expected)

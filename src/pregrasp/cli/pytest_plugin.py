"""A pytest plug-in: every ``*.cases.yaml`` that pytest comes across is a file of tests.

It is installed along with pregrasp and does nothing where there are no such files. Nothing of
pregrasp is imported before the first one is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pregrasp.trees.testing.cases import Case, CaseFile

SUFFIX = ".cases.yaml"


class CaseFailedError(AssertionError):
    """A case came out differently."""


class CasesFile(pytest.File):
    """A file of cases."""

    def collect(self) -> Iterator[pytest.Item]:
        """One test for each case."""
        from pregrasp.skills import SKILLS
        from pregrasp.trees.testing.cases import read_cases

        SKILLS.discover()
        file = read_cases(self.path)
        for case in file.cases:
            yield CaseItem.from_parent(self, name=case.name, file=file, case=case)


class CaseItem(pytest.Item):
    """One case.

    Args:
        file: The file it is in.
        case: What is tried.
        kwargs: For pytest.
    """

    def __init__(self, *, file: CaseFile, case: Case, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._file = file
        self._case = case

    def runtest(self) -> None:
        """Try it.

        Raises:
            CaseFailedError: It came out differently.
        """
        from pregrasp.trees.testing.trying import find_tested_tree, try_case

        outcome = try_case(self._file, self._case, find_tested_tree(self._file))
        if not outcome.passed:
            raise CaseFailedError(str(outcome))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What came out differently, with the ticks and without a traceback."""
        from pregrasp.errors import PregraspError

        if isinstance(excinfo.value, (CaseFailedError, PregraspError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """File, line and name for the summary."""
        return self.path, self._case.place.position.line - 1, self.name


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take files of cases."""
    if file_path.name.endswith(SUFFIX):
        collected: pytest.Collector = CasesFile.from_parent(parent, path=file_path)
        return collected
    return None

"""What the tests of the documentation share: its pages, and the fenced blocks on them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FENCE = re.compile(r"^( *)```(\w+)[^\n]*\n(.*?)^\1```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    page: str
    """Path in the repository."""
    line: int
    """Where its text begins."""
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Everything that people read."""
    return [
        *sorted(ROOT.glob("*.md")),
        *sorted((ROOT / "docs").rglob("*.md")),
        *sorted((ROOT / "examples").rglob("*.md")),
        *sorted((ROOT / "task_library").rglob("*.md")),
    ]


def every_block() -> Iterator[Block]:
    for page in pages():
        text = page.read_text(encoding="utf-8")
        name = page.relative_to(ROOT).as_posix()
        for found in FENCE.finditer(text):
            indent = len(found[1])
            body = "".join(line[indent:] for line in found[3].splitlines(keepends=True))
            yield Block(name, text.count("\n", 0, found.start(3)) + 1, found[2], body)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for ``shell_block`` or ``python_block`` gets every one of them."""
    for fixture, languages in (
        ("shell_block", {"sh", "console", "bash"}),
        ("python_block", {"python"}),
    ):
        if fixture in metafunc.fixturenames:
            found = [block for block in every_block() if block.language in languages]
            metafunc.parametrize(fixture, found, ids=str)


@pytest.fixture
def blocks_of() -> dict[str, list[Block]]:
    """The blocks of every page, in order."""
    found: dict[str, list[Block]] = {}
    for block in every_block():
        found.setdefault(block.page, []).append(block)
    return found

"""The reference pages are what the code says now."""

from __future__ import annotations

from pathlib import Path

import pytest

import pregrasp
from pregrasp.cli.reference import Part, pages
from pregrasp.configuration import schema_fields
from pregrasp.hardware.cell_file import CellFile
from pregrasp.task import Task

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


@pytest.mark.parametrize("part", Part, ids=lambda part: part.value)
def test_the_page_is_not_stale(part: Part) -> None:
    page = REFERENCE / f"{part.value}.md"
    assert page.read_text(encoding="utf-8") == pages()[part](), (
        f"run: pregrasp reference {part.value} -o docs/reference/{part.value}.md"
    )


@pytest.mark.parametrize(("part", "kind"), [(Part.TASK, Task), (Part.CELL, CellFile)])
def test_every_key_is_on_its_page(part: Part, kind: type) -> None:
    page = pages()[part]()
    assert [key for key, _, _ in schema_fields(kind) if f"| `{key}` |" not in page] == []


def test_numbers_are_in_the_unit_of_their_key() -> None:
    page = pages()[Part.TASK]()
    assert "| `theta_deg` | number | `30` |" in page
    assert "[m]" not in page


def test_every_public_name_is_on_the_page() -> None:
    page = pages()[Part.PYTHON]()
    assert [name for name in pregrasp.__all__ if f"\n### {name}\n" not in page] == []

"""The table of docs/footprint.md says where optional packages are imported."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "footprint.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("<!-- import graph")[2]
ROWS = {
    row[1]: re.findall(r"`([\w.]+)`", row[3])
    for row in re.finditer(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|$", TABLE, re.MULTILINE)
}


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("pregrasp", include_external_packages=True)


def test_the_table_has_rows() -> None:
    assert len(ROWS) >= 15


@pytest.mark.parametrize("package", ROWS)
def test_a_package_is_imported_where_the_table_says(package: str, graph: grimp.ImportGraph) -> None:
    where = ROWS[package]
    found = graph.find_modules_that_directly_import(package)
    inside = {name for name in found for home in where if f"{name}.".startswith(f"{home}.")}
    assert found - inside == set()
    assert all(any(f"{name}.".startswith(f"{home}.") for name in found) for home in where)


def test_every_extra_has_a_size() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    sizes = PAGE.partition("## What is imported where")[0]
    extras = set(project["optional-dependencies"]) - {"all"}
    assert [name for name in sorted(extras) if f"| `{name}` |" not in sizes] == []

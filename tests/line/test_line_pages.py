"""The pages of this room say what the code does."""

import ast
import os
import re
from pathlib import Path

import pytest

from pregrasp.line.opcua.address_space import JOB_TAGS, TAGS, WRITABLE_JOB_TAGS, WRITABLE_TAGS
from pregrasp.line.packml.diagram import command_table, state_diagram
from pregrasp.line.packml.states import STATES
from pregrasp.line.service_file import load_service

DOCS = Path(__file__).parents[2] / "docs"
PACKML = DOCS / "packml.md"


def renewed(page: str) -> str:
    """The page with its generated parts made anew."""
    parts = {"states": f"```mermaid\n{state_diagram()}```", "commands": command_table().rstrip()}
    for name, text in parts.items():
        pattern = rf"(<!-- {name}: [^>]*-->\n).*?(<!-- end of {name} -->)"
        found = re.search(pattern, page, flags=re.S)
        assert found is not None
        made = f"{found[1]}{text}\n{found[2]}"
        page = page[: found.start()] + made + page[found.end() :]
    return page


def test_the_diagram_and_the_table_are_those_of_the_code() -> None:
    if os.environ.get("PREGRASP_UPDATE_GOLDEN"):
        PACKML.write_text(renewed(PACKML.read_text()))
    assert PACKML.read_text() == renewed(PACKML.read_text())


def test_the_diagram_shows_every_state() -> None:
    drawn = state_diagram()
    assert [state for state in STATES if state.name.capitalize() not in drawn] == []


def test_the_example_of_a_service_file_can_be_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", (DOCS / "service.md").read_text(), re.S)
    file = tmp_path / "service.yaml"
    file.write_text(text)
    loaded = load_service(file)
    assert loaded.tasks == ("circuit_board", "plain_plate")
    assert loaded.policy.place is not None


def test_every_tag_is_described() -> None:
    page = (DOCS / "opcua.md").read_text()
    # Written as "their `Bound...`" on the page.
    bounds = {"BoundTranslation_mm", "BoundRotation_deg"}
    tags = {*TAGS, *WRITABLE_TAGS, *JOB_TAGS, *WRITABLE_JOB_TAGS} - bounds
    assert sorted(tag for tag in tags if f"`{tag}`" not in page) == []


@pytest.mark.parametrize("page", ["embedding", "packml"])
def test_every_import_of_a_page_works(page: str) -> None:
    for text in re.findall(r"```python\n(.*?)```", (DOCS / f"{page}.md").read_text(), re.S):
        tree = ast.parse(text)
        imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
        assert imports
        exec(compile(ast.Module([*imports], []), page, "exec"), {})  # noqa: S102  # our own page

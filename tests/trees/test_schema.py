"""The schemas and the reference page are what the code says now, and say what it accepts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from pregrasp.skills import SKILLS
from pregrasp.trees.controls import CONTROLS
from pregrasp.trees.files import library_folder
from pregrasp.trees.json_schema import task_schema, tree_schema
from pregrasp.trees.reference import reference_page

ROOT = Path(__file__).parents[2]
SHIPPED = {name: s for name, s in SKILLS.items() if s.__module__.startswith("pregrasp.")}
TREES = sorted(library_folder().glob("*.yaml"))


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def schema() -> Any:
    return tree_schema(SHIPPED)


def test_the_shipped_schema_is_not_stale(schema: Any) -> None:
    shipped = (ROOT / "trees/schema/tree.schema.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == schema, "run: pregrasp tree schema -o trees/schema/..."


def test_the_shipped_task_schema_is_not_stale() -> None:
    shipped = (ROOT / "trees/schema/task.schema.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == task_schema()


def test_the_reference_page_is_not_stale() -> None:
    page = (ROOT / "docs/reference/trees.md").read_text(encoding="utf-8")
    assert page == reference_page(SHIPPED), (
        "run: pregrasp tree reference -o docs/reference/trees.md"
    )


def test_schemas_are_schemas(schema: Any) -> None:
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.Draft7Validator.check_schema(task_schema())


@pytest.mark.parametrize("path", TREES, ids=lambda path: path.stem)
def test_every_library_tree_is_valid(path: Path, schema: Any) -> None:
    jsonschema.validate(read(path), schema)


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("*/*/task.yaml")), ids=lambda path: path.parent.name
)
def test_every_task_is_valid(path: Path) -> None:
    jsonschema.validate(read(path), task_schema())


GOOD = {
    "bare": "open_gripper",
    "a list": "[open_gripper, close_gripper]",
    "short control": "{invert: verify_grasp}",
    "list control": "{parallel: [open_gripper]}",
    "check": "{check: '{n} > 3'}",
    "guards": "{open_gripper: {when: '{n} > 3', while: true, timeout_s: 3}}",
    "formula for a number": "{repeat: {times: '{n} + 1', do: open_gripper}}",
    "switch": "{switch: {value: '{n}', cases: {1: open_gripper}, default: close_gripper}}",
    "written list": "{for_each: {in: [1, 2], as: i, do: open_gripper}}",
    "choice": "{move_to: {pose: {x_mm: 1, y_mm: 0, z_mm: 0, theta_deg: 0}, axes: z}}",
}
BAD = {
    "unknown node": "open_griper",
    "unknown key": "{move_to: {pose: '{p}', sped_percent: 3}}",
    "missing input": "{retry: {do: open_gripper}}",
    "wrong choice": "{move_to: {pose: '{p}', axes: q}}",
    "unit missing": "{move_to: {pose: {x: 1}}}",
    "two keys": "{open_gripper: , close_gripper: }",
    "empty": "{sequence: []}",
    "text for a number": "{repeat: {times: often, do: open_gripper}}",
}


@pytest.mark.parametrize("case", GOOD)
def test_what_the_loader_takes_is_valid(case: str, schema: Any) -> None:
    jsonschema.validate({"tree": "t", "root": yaml.safe_load(GOOD[case])}, schema)


@pytest.mark.parametrize("case", BAD)
def test_what_the_loader_refuses_is_underlined(case: str, schema: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"tree": "t", "root": yaml.safe_load(BAD[case])}, schema)


def test_every_key_has_a_text_to_show(schema: Any) -> None:
    [_, mapping, _] = schema["definitions"]["node"]["anyOf"]
    nodes = mapping["properties"]
    assert set(nodes) == {*SHIPPED, *CONTROLS, "subtree"}
    for key, node in nodes.items():
        assert node["description"], key
        for full in node.get("anyOf", [node]):
            for name, port in full.get("properties", {}).items():
                assert port.get("description") or "$ref" in port, f"{key}.{name}"

"""Trees go out and come back as they were; what cannot go is named with its place."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from py_trees.common import Status
from typer.testing import CliRunner

from pregrasp.cli.application import application
from pregrasp.documents import ConfigurationError
from pregrasp.trees import Tree, load_tree, parse_tree
from pregrasp.trees.exchange import export_btcpp, export_py_trees_js, import_btcpp
from pregrasp.trees.exchange.values import from_text, to_text
from pregrasp.trees.files import library_folder

NAMES = sorted(path.stem for path in library_folder().glob("*.yaml"))

EVERYTHING = """\
tree: everything
description: Ports, controls & "quotes" <of> all kinds.
inputs:
  task: Task
  lift: {type: float, unit: mm, default: 30, description: How far.}
  side: {type: str, default: left}
  poses: {type: "list[Pose]", default: [{x_mm: 300, y_mm: 0, z_mm: 0, theta_deg: 0}]}
outputs:
  gap: float
root:
  - parallel: {name: both, successes: 1, failures: 2, children: [open_gripper, verify_grasp]}
  - reactive_sequence: [verify_grasp, open_gripper]
  - selector:
      - retry: {attempts: 3, do: verify_grasp}
      - timeout:
          limit_s: 2.5
          do:
            move_to: {pose: {x_mm: 300, y_mm: -5.5, z_mm: 0, theta_deg: 0}, shape: linear}
      - force_failure: verify_grasp
  - if: {condition: verify_grasp, then: open_gripper}
  - if: {condition: verify_grasp, then: open_gripper, else: {force_success: verify_grasp}}
  - switch:
      value: "{side}"
      cases:
        left: open_gripper
        right: {invert: verify_grasp}
      default: verify_grasp
  - for_each: {in: "{poses}", as: pose, do: {move_to: {pose: "{pose}", timeout_s: 9}}}
  - try: {do: verify_grasp, finally: open_gripper}
  - repeat: {times: 2, do: {retreat: {motion: "{task.taught.approach}", timeout_s: 20}}}
  - reactive_selector: [verify_grasp, open_gripper]
  - open_gripper: {when: "{lift_mm} > 5"}
  - check: "{lift_mm} > 1"
  - close_gripper: {opening_mm: gap}
"""


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    path = tmp_path / "everything.yaml"
    path.write_text(EVERYTHING)
    return path


def shape(tree: Tree) -> list[object]:
    """All that a tree is, but for places in files and ways of writing."""
    ports = [tree.inputs, tree.outputs, tree.description]
    nodes = [(n.kind, n.path, n.name, str(n.inputs), n.outputs, n.arms) for n in tree.root.walk()]
    return [*ports, *nodes]


def there_and_back(path: Path, folder: Path) -> Tree:
    trees = import_btcpp(export_btcpp(path), "there.xml")
    folder.mkdir()
    for name, text in trees.items():
        (folder / f"{name}.yaml").write_text(text)
    return load_tree(folder / path.name)


@pytest.mark.parametrize("name", NAMES)
def test_library_trees_come_back_as_they_were(name: str, tmp_path: Path) -> None:
    path = library_folder() / f"{name}.yaml"
    assert shape(there_and_back(path, tmp_path / "back")) == shape(load_tree(name))


def test_everything_comes_back_as_it_was(everything: Path, tmp_path: Path) -> None:
    back = there_and_back(everything, tmp_path / "back")
    assert shape(back) == shape(load_tree(everything))


def test_what_has_come_back_goes_out_the_same(everything: Path, tmp_path: Path) -> None:
    there_and_back(everything, tmp_path / "back")
    assert export_btcpp(tmp_path / "back" / "everything.yaml") == export_btcpp(everything)


@pytest.mark.parametrize("name", NAMES)
def test_groot2_finds_a_model_of_everything_it_does_not_know(name: str) -> None:
    root = ET.fromstring(export_btcpp(name))  # noqa: S314 (our own text)
    models = {model.get("ID"): model for model in root.find("TreeNodesModel") or ()}
    own = {"Sequence", "Fallback", "IfThenElse", "Inverter", "Timeout", "AlwaysSuccess"}
    for tree in root.findall("BehaviorTree"):
        for node in tree.iter():
            if node.tag in ("BehaviorTree", *own):
                continue
            key = node.get("ID") if node.tag == "SubTree" else node.tag
            assert key in models
            known = {port.get("name") for port in models[key]}
            assert set(node.attrib) - {"name", "ID"} <= known
            assert node.tag != "SubTree" or "name" not in node.attrib


@pytest.mark.parametrize(
    "value",
    ["{pose}", "joint", "7", "true", "json:x", 7, 0.25, -1, True, None, [1, "2"], {"x_mm": 1.5}],
)
def test_values_come_back_as_they_were(value: object) -> None:
    assert from_text(to_text(value)) == value


@pytest.mark.parametrize(
    ("root", "message"),
    [
        ("{subtree: {tree: other, name: mine}}", "the name 'mine' of a subtree cannot be carried"),
        ("{timeout: {limit_s: 0.0005, do: verify_grasp}}", "counts whole milliseconds"),
        ("{timeout: {limit_s: '{limit}', do: verify_grasp}}", "'{limit}' is no number"),
        ("{retry: {attempts: 2, delay_s: 1, do: verify_grasp}}", "'delay_s' of retry cannot be"),
        ("{repeat: {times: '{n} + 1', do: verify_grasp}}", "'times' of repeat cannot be carried"),
    ],
)
def test_what_cannot_go_out_is_named(tmp_path: Path, root: str, message: str) -> None:
    (tmp_path / "other.yaml").write_text("tree: other\nroot: verify_grasp\n")
    path = tmp_path / "mine.yaml"
    inputs = "inputs: {limit: {type: float, unit: s, default: 1}, n: {type: int, default: 1}}"
    path.write_text(f"tree: mine\n{inputs}\nroot:\n  - {root}\n")
    with pytest.raises(ConfigurationError) as caught:
        export_btcpp(path)
    assert message in str(caught.value)
    assert "mine.yaml:4:" in str(caught.value)


@pytest.mark.parametrize(
    ("root", "message"),
    [
        ("<RunOnce><verify_grasp/></RunOnce>", "<RunOnce> cannot be carried"),
        ("<verify_gras/>", "Did you mean 'verify_grasp'?"),
        ('<Repeat num_cycles="-1"><verify_grasp/></Repeat>', "num_cycles=-1 of <Repeat>"),
        ("<Inverter><verify_grasp/><verify_grasp/></Inverter>", "<Inverter> has 2 children"),
        ('<verify_grasp _skipIf="a"/>', "'_skipIf' of <verify_grasp> cannot be carried"),
        ('<SubTree ID="x" _autoremap="true"/>', "'_autoremap'"),
        ('<Timeout msec="{t}"><verify_grasp/></Timeout>', "milliseconds there are seconds here"),
        ('<move_to pose="json:{"/>', "'pose' is no JSON"),
        ("<IfThenElse><verify_grasp/></IfThenElse>", "<IfThenElse> has 1 children"),
        ("<verify_grasp><verify_grasp/></verify_grasp>", "cannot have children"),
        ("<verify_grasp/><verify_grasp/>", "2 nodes in a <BehaviorTree>"),
        ('<Sequence speed="1"><verify_grasp/></Sequence>', "'speed' of <Sequence>"),
    ],
)
def test_what_cannot_come_in_is_named(root: str, message: str) -> None:
    text = f'<root BTCPP_format="4">\n<BehaviorTree ID="t">{root}</BehaviorTree>\n</root>'
    with pytest.raises(ConfigurationError) as caught:
        import_btcpp(text, "theirs.xml")
    assert message in str(caught.value)
    assert "theirs.xml:2:" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not valid XML"),
        ("<root>", "not valid XML"),
        ("<root/>", "BTCPP_format"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><root BTCPP_format="4"/>', "entities are not read"),
        ("<a>" * 200, "nested deeper than 100 levels"),
        ('<root BTCPP_format="4"><include path="x"/></root>', "<include> cannot be carried"),
        ('<root BTCPP_format="4"><BehaviorTree ID="a b"/></root>', "is not a name of a tree"),
    ],
)
def test_what_is_no_tree_is_explained(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        import_btcpp(text, "theirs.xml")
    assert message in str(caught.value)


def test_their_ways_of_writing_are_understood() -> None:
    text = """<root BTCPP_format="4" main_tree_to_execute="main">
      <BehaviorTree ID="other"><AlwaysOpen/></BehaviorTree>
      <BehaviorTree ID="main">
        <Control ID="Fallback" name="first">
          <IfThenElse><Condition ID="verify_grasp"/><Action ID="open_gripper"/></IfThenElse>
          <Delay/>
        </Control>
      </BehaviorTree>
    </root>"""
    text = text.replace("<AlwaysOpen/>", "<open_gripper/>").replace("<Delay/>", "<close_gripper/>")
    trees = import_btcpp(text, "theirs.xml")
    assert list(trees) == ["main", "other"]
    tree = parse_tree(trees["main"])
    assert [node.path for node in tree.root.walk()] == [
        "main/first",
        "main/first/sequence",
        "main/first/sequence/verify_grasp",
        "main/first/sequence/open_gripper",
        "main/first/close_gripper",
    ]


def test_the_viewers_snapshot_has_what_its_code_wants() -> None:
    tree = load_tree("two_stage_grasp")
    root = tree.root.path
    snapshot = json.loads(export_py_trees_js(tree, time=2.5, statuses={root: Status.RUNNING}))
    assert snapshot["timestamp"] == 2.5
    assert snapshot["changed"] == "true"
    assert snapshot["visited_path"] == [root]
    behaviours = snapshot["behaviours"]
    assert list(behaviours) == [node.path for node in tree.root.walk()]
    assert behaviours[root]["status"] == "RUNNING"
    for behaviour in behaviours.values():
        assert behaviour["status"] in {"INVALID", "FAILURE", "RUNNING", "SUCCESS"}
        assert all(child in behaviours for child in behaviour["children"])
        assert all(isinstance(value, (str, list)) for value in behaviour["data"].values())


def test_markup_does_not_get_into_the_viewers_page() -> None:
    tree = parse_tree('tree: t\nroot: {verify_grasp: {name: "<img src=x>"}}\n')
    assert "<img" not in export_py_trees_js(tree)


def test_the_commands_go_there_and_back(everything: Path, tmp_path: Path) -> None:
    xml, folder = tmp_path / "out.xml", tmp_path / "back"
    runner = CliRunner()
    export = ["tree", "export", str(everything), "--out", str(xml)]
    assert runner.invoke(application, export).exit_code == 0
    come_back = ["tree", "import", str(xml), "--out", str(folder)]
    assert runner.invoke(application, come_back).exit_code == 0
    assert shape(load_tree(folder / "everything.yaml")) == shape(load_tree(everything))
    refused = runner.invoke(application, come_back)
    assert "would be replaced" in str(refused.exception)

"""Pictures of trees: every node is there, nothing overlaps, nothing can break out."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from pregrasp.cli.application import application
from pregrasp.trees import Tree, load_tree, parse_tree
from pregrasp.trees.drawing import View, draw, draw_dot, draw_mermaid, draw_svg
from pregrasp.trees.files import library_folder

NAMES = sorted(path.stem for path in library_folder().glob("*.yaml"))
SVG = "{http://www.w3.org/2000/svg}"
NASTY = '<b>&"quotes"</b> #1;'


def boxes(tree: Tree) -> list[tuple[float, float, float, float]]:
    root = ET.fromstring(draw_svg(tree))  # noqa: S314 (our own text)
    found = []
    for group in root.iter(f"{SVG}g"):
        [rect] = group.findall(f"{SVG}rect")
        x, y, w, h = (float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
        found.append((x, y, x + w, y + h))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_shows_every_node_beside_the_others(name: str) -> None:
    tree = load_tree(name)
    found = boxes(tree)
    assert len(found) == sum(1 for _ in tree.root.walk())
    for a, b in itertools.combinations(found, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_large_enough(name: str) -> None:
    tree = load_tree(name)
    root = ET.fromstring(draw_svg(tree))  # noqa: S314 (our own text)
    assert max(box[2] for box in boxes(tree)) < float(root.attrib["width"])
    assert max(box[3] for box in boxes(tree)) < float(root.attrib["height"])


@pytest.mark.parametrize("name", NAMES)
def test_graphs_have_every_node_and_every_edge(name: str) -> None:
    tree = load_tree(name)
    count = sum(1 for _ in tree.root.walk())
    dot, mermaid = draw_dot(tree), draw_mermaid(tree)
    assert len(re.findall(r"^  n\d+ \[", dot, re.MULTILINE)) == count
    assert len(re.findall(r"^  n\d+ -> n\d+", dot, re.MULTILINE)) == count - 1
    assert len(re.findall(r":::\w+$", mermaid, re.MULTILINE)) == count
    assert len(re.findall(r"^  n\d+ -->", mermaid, re.MULTILINE)) == count - 1


def test_names_cannot_break_a_picture() -> None:
    tree = parse_tree(f"tree: t\ndescription: '{NASTY}'\nroot: verify_grasp\n")
    named = parse_tree("tree: t\nroot: {verify_grasp: {name: 'a\"]; <b>\\'}}\n")
    for one in (tree, named):
        ET.fromstring(draw_svg(one))  # noqa: S314 (our own text)
        assert "<b>" not in draw_svg(one)
        assert "<b>" not in draw_mermaid(one)
    [line] = [line for line in draw_dot(named).splitlines() if "n0" in line]
    assert line.count('"') - line.count('\\"') == 6


def test_closed_subtrees_and_ports_can_be_left_out() -> None:
    tree = load_tree("two_stage_grasp")
    for drawing in (draw, draw_svg, draw_dot, draw_mermaid):
        short = drawing(tree, View(ports=False, subtrees=False))
        assert "servo_to_pregrasp" in short
        assert "repeat_until" not in short
        assert "limit_s=" not in re.sub(r"<title>.*?</title>", "", short, flags=re.DOTALL)


def test_a_default_is_shown_in_the_unit_of_its_key() -> None:
    assert "speed_percent=50" in draw(load_tree("collect"))


@pytest.mark.parametrize(
    ("option", "begins"),
    [("--dot", "digraph"), ("--mermaid", "flowchart"), ("--ports", "pick_up(")],
)
def test_the_command_prints_what_is_asked_for(option: str, begins: str) -> None:
    result = CliRunner().invoke(application, ["tree", "show", "pick_up", option])
    assert result.exit_code == 0
    assert result.stdout.startswith(begins)

"""A loaded tree as a picture that needs nothing but a browser.

The root is on the left. Children stand to the right of their parent, the first one on top,
so a tree is read as its file is: downwards in the order of ticking. A subtree has a tinted
ground with its name.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, field

from pregrasp.trees.drawing.labels import TREE, Label, signature
from pregrasp.trees.drawing.palette import FILLS, STROKES
from pregrasp.trees.drawing.view import EVERYTHING, DrawnNode, View
from pregrasp.trees.specification import Tree

MARGIN = 24.0
GAP_X, GAP_Y = 44.0, 10.0
PADDING = 9.0
TITLE_HEIGHT, PORT_HEIGHT = 19.0, 14.0
TITLE_LETTER, PORT_LETTER = 7.3, 6.1
"""Widths of an average letter of the two fonts [px]; a little too wide rather than too narrow."""
HEAD = 40.0
MOST_LETTERS = 52
"""Longer ports are cut; pointing at the node shows them whole."""
GROUND = "#f7f5fc"

_STYLE = (
    "text{font-family:system-ui,'Segoe UI','DejaVu Sans',sans-serif;font-size:12px;fill:#1b1f24}"
    ".t{font-weight:600}.p{font-family:ui-monospace,'DejaVu Sans Mono',monospace;font-size:10px;"
    "fill:#3d4650}.a{font-size:10px;fill:#59636e;font-style:italic}"
    ".h{font-size:14px;font-weight:600}.d{fill:#59636e}"
)


@dataclass(slots=True)
class _Box:
    """A node and where it goes; lengths in pixels."""

    texts: Label
    path: str
    ports: tuple[str, ...]
    children: list[_Box] = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0

    def walk(self) -> Iterator[_Box]:
        yield self
        for child in self.children:
            yield from child.walk()


def draw_svg(tree: Tree, view: View = EVERYTHING) -> str:
    """A loaded tree as the text of an SVG file."""
    root = _box(view.of(tree))
    _place_columns(root)
    below = _place_rows(root, MARGIN + HEAD)
    boxes = list(root.walk())
    title = signature(tree)
    right = max(box.x + box.width for box in boxes)
    width = max(right, MARGIN + len(title) * 8.6, MARGIN + len(tree.description) * 6.6) + MARGIN
    height = below - GAP_Y + MARGIN
    size = f'width="{width:.0f}" height="{height:.0f}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width:.0f} {height:.0f}">',
        f"<title>{html.escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        _text(MARGIN, MARGIN + 4, title, "h"),
        _text(MARGIN, MARGIN + 22, tree.description, "d"),
    ]
    lines += [_ground(box) for box in boxes if box.texts.category == TREE and box.children]
    for box in boxes:
        lines += [_edge(box, child) for child in box.children]
    for box in boxes:
        lines += _drawn(box)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _box(node: DrawnNode) -> _Box:
    shown = tuple(map(_cut, node.ports))
    box = _Box(node.texts, node.path, shown, [_box(child) for child in node.children])
    letters = len(node.texts.title) + 3
    box.width = 2 * PADDING + max(
        [letters * TITLE_LETTER, *(len(port) * PORT_LETTER for port in shown)]
    )
    box.height = TITLE_HEIGHT + PADDING + len(shown) * PORT_HEIGHT
    return box


def _cut(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"


def _place_columns(root: _Box) -> None:
    """Children begin right of their own parent, not of the widest node of its column."""
    for box in root.walk():
        for child in box.children:
            gap = GAP_X + len(child.texts.arm) * 5.5
            child.x = box.x + box.width + gap
        widest = max((child.x for child in box.children), default=0.0)
        for child in box.children:
            child.x = widest
    for box in root.walk():
        box.x += MARGIN


def _place_rows(box: _Box, top: float) -> float:
    """Stack what is below a node, then put the node beside its first and last child.

    Returns:
        Where the next node may begin.
    """
    bottom = top
    ground = GAP_Y if box.texts.category == TREE and box.children else 0.0
    for child in box.children:
        bottom = _place_rows(child, bottom + (ground if child is box.children[0] else 0.0))
    if not box.children:
        box.y = top
        return top + box.height + GAP_Y
    first, last = box.children[0], box.children[-1]
    middle = (first.y + first.height / 2 + last.y + last.height / 2) / 2
    box.y = max(top + ground, middle - box.height / 2)
    return max(bottom, box.y + box.height + GAP_Y) + ground


def _ground(box: _Box) -> str:
    inside = list(box.walk())
    x, y = min(b.x for b in inside) - 8, min(b.y for b in inside) - 8
    right = max(b.x + b.width for b in inside) + 8
    bottom = max(b.y + b.height for b in inside) + 8
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{right - x:.1f}" height="{bottom - y:.1f}" '
        f'rx="10" fill="{GROUND}" stroke="{STROKES[TREE]}" stroke-dasharray="3 4"/>'
    )


def _edge(parent: _Box, child: _Box) -> str:
    x0, y0 = parent.x + parent.width, parent.y + parent.height / 2
    x1, y1 = child.x, child.y + child.height / 2
    middle = x0 + 16
    path = f"M{x0:.1f} {y0:.1f} C{middle:.1f} {y0:.1f} {x0:.1f} {y1:.1f} {x0 + 22:.1f} {y1:.1f}"
    line = f'<path d="{path} L{x1:.1f} {y1:.1f}" fill="none" stroke="#9aa4af"/>'
    if child.texts.arm:
        line += _text(x0 + 26, y1 - 4, child.texts.arm, "a")
    return line


def _drawn(box: _Box) -> Iterator[str]:
    fill, stroke = FILLS[box.texts.category], STROKES[box.texts.category]
    whole = html.escape("\n".join([box.path, *box.texts.ports]))
    yield f"<g><title>{whole}</title>"
    yield (
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="5" fill="{fill}" stroke="{stroke}"/>'
    )
    left, line = box.x + PADDING, box.y + TITLE_HEIGHT
    yield _text(left, line, f"{box.texts.sign} {box.texts.title}", "t")
    for number, port in enumerate(box.ports, 1):
        yield _text(left, line + number * PORT_HEIGHT, port, "p")
    yield "</g>"


def _text(x: float, y: float, text: str, css: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{css}">{html.escape(text)}</text>'

"""Pictures of loaded trees: for terminals, browsers, Graphviz and Mermaid."""

from __future__ import annotations

from pregrasp.trees.drawing.graph_text import draw_dot, draw_mermaid
from pregrasp.trees.drawing.svg import draw_svg
from pregrasp.trees.drawing.text import draw
from pregrasp.trees.drawing.view import View

__all__ = ["View", "draw", "draw_dot", "draw_mermaid", "draw_svg"]

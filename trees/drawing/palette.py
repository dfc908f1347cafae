"""Colours of nodes, readable on white and distinguishable by people who see few colours."""

from __future__ import annotations

from pregrasp.trees.drawing.labels import ACTION, CONDITION, CONTROL, TREE

FILLS = {CONTROL: "#eef1f4", TREE: "#e8e4f6", CONDITION: "#fdf0d5", ACTION: "#dcecfb"}
"""Of the boxes."""

STROKES = {CONTROL: "#77828e", TREE: "#6a51a3", CONDITION: "#b8780a", ACTION: "#2a6fb0"}
"""Of their frames."""

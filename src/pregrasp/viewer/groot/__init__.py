"""The live protocol of Groot2, so that its editor, and other tools that speak it, can watch."""

from __future__ import annotations

from pregrasp.viewer.groot.server import GrootServer

__all__ = ["GrootServer"]

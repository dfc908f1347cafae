"""Trees for other tools, and trees from them; ``docs/exchange.md`` says what is carried."""

from __future__ import annotations

from pregrasp.trees.exchange.btcpp_export import export_btcpp
from pregrasp.trees.exchange.btcpp_import import import_btcpp, import_btcpp_file
from pregrasp.trees.exchange.py_trees_js import export_py_trees_js

__all__ = ["export_btcpp", "export_py_trees_js", "import_btcpp", "import_btcpp_file"]

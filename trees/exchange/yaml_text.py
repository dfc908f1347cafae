"""Trees as YAML text, laid out as people write them."""

from __future__ import annotations

from typing import Any

import yaml

SHORT = 70
"""Mappings of fewer characters are written on one line."""


class _Dumper(yaml.SafeDumper):
    """Quotes references, and puts small mappings on one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists below their key."""
        super().increase_indent(flow, False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if text.startswith("{") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _represent_mapping(dumper: yaml.SafeDumper, mapping: dict[str, Any]) -> yaml.MappingNode:
    node = dumper.represent_mapping("tag:yaml.org,2002:map", mapping.items())
    scalars = all(isinstance(value, yaml.ScalarNode) for _, value in node.value)
    length = sum(len(key.value) + len(value.value) for key, value in node.value if scalars)
    node.flow_style = scalars and length < SHORT and "root" not in mapping
    return node


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(dict, _represent_mapping)


def yaml_text(tree: dict[str, Any]) -> str:
    """A tree file.

    Args:
        tree: Its keys and values; nodes are texts or mappings with one key.
    """
    text: str = yaml.dump(
        tree,
        Dumper=_Dumper,
        sort_keys=False,
        default_flow_style=False,
        allow_unicode=True,
        width=100,
    )
    return text

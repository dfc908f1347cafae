"""Values of YAML as texts of XML attributes, and back.

References stay as they are: ``{pose}``. Texts, numbers and truths are written plainly; lists
and mappings, and texts that would be read as something else, as ``json:`` and JSON.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

PREFIX = "json:"
"""What begins a value that is not plain."""

_CORE = re.compile(r"null|~|true|false|[-+]?(\d|\.\d)[\d_.eE+-]*|[-+]?\.(inf|nan)", re.IGNORECASE)


def to_text(value: Any) -> str:
    """A value as an attribute has it.

    Example:
        >>> to_text({"x_mm": 1}), to_text("{pose}"), to_text(0.5), to_text("7")
        ('json:{"x_mm": 1}', '{pose}', '0.5', 'json:"7"')
    """
    if isinstance(value, str) and not value.startswith(PREFIX) and not _CORE.fullmatch(value):
        return value
    if isinstance(value, (str, list, dict)) or value is None:
        return PREFIX + json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def from_text(text: str) -> Any:
    """A value from an attribute.

    Raises:
        ValueError: It is said to be JSON and is not.
    """
    if text.startswith(PREFIX):
        return json.loads(text[len(PREFIX) :])
    if not _CORE.fullmatch(text):
        return text
    value = yaml.safe_load(text)
    return value if isinstance(value, (int, float, bool)) else text

"""How Robot Web Services 1.0 writes its answers: HAL-like JSON, or XHTML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

State = Mapping[str, Any]
"""One resource: ``_type``, ``_title`` and its values as text."""

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{title}</title>'
    '<base href="{base}/"/></head><body>'
)


class RefusalError(Exception):
    """A request that is answered with an error.

    Args:
        status: Of HTTP.
        code: ABB's.
        text: For people.
    """

    def __init__(self, status: int, code: int, text: str) -> None:
        self.status = status
        self.code = code
        self.text = text
        super().__init__(f"{status} {code} {text}")


def as_json(base: str, states: Sequence[State]) -> str:
    """An answer in JSON."""
    return json.dumps(
        {"_links": {"base": {"href": f"{base}/"}}, "_embedded": {"_state": list(states)}}
    )


def as_xhtml(base: str, states: Sequence[State]) -> str:
    """An answer in XHTML: a list of resources, each a list of spans."""
    items = "".join(_item(state) for state in states)
    head = _HEAD.format(title="rws", base=escape(base))
    return f'{head}<div class="state"><ul>{items}</ul></div></body></html>'


def error_as_json(base: str, refusal: RefusalError) -> str:
    """A refusal in JSON."""
    status = {"code": refusal.code, "msg": refusal.text}
    return json.dumps(
        {
            "_links": {"base": {"href": f"{base}/"}},
            "_embedded": {"status": status, "_state": []},
        }
    )


def error_as_xhtml(base: str, refusal: RefusalError) -> str:
    """A refusal in XHTML."""
    head = _HEAD.format(title="error", base=escape(base))
    return (
        f'{head}<div class="status"><span class="code">{refusal.code}</span>'
        f'<span class="msg">{escape(refusal.text)}</span></div></body></html>'
    )


def event(kind: str, link: str, values: Mapping[str, str]) -> str:
    """What a subscription's websocket sends when something changes."""
    spans = "".join(f'<span class="{name}">{escape(text)}</span>' for name, text in values.items())
    head = _HEAD.format(title="Event", base="")
    return (
        f'{head}<div class="state"><ul><li class="{kind}" title="{kind}">'
        f'<a href={quoteattr(link)} rel="self"/>{spans}</li></ul></div></body></html>'
    )


def _item(state: State) -> str:
    kind, title = str(state.get("_type", "")), str(state.get("_title", ""))
    spans = "".join(
        f'<span class="{name}">{escape(str(value))}</span>'
        for name, value in state.items()
        if not name.startswith("_") and not isinstance(value, (list, dict))
    )
    inner = "".join(
        f"<ul>{''.join(_item(child) for child in value)}</ul>"
        for value in state.values()
        if isinstance(value, list)
    )
    return f'<li class="{kind}" title={quoteattr(title)}>{spans}{inner}</li>'

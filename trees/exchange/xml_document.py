"""XML with positions, read without following anything outside the text.

Document types and entities are refused: they let a small file grow without bounds or read
other files, and no tree needs them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from pregrasp.documents import MAX_DEPTH, MAX_VALUES, Document, Position


@dataclass(slots=True)
class Element:
    """An element, where it begins, and what is in it."""

    tag: str
    attributes: dict[str, str]
    position: Position
    children: list[Element] = field(default_factory=list)
    text: str = ""


class _RefusedError(Exception):
    """Something XML allows and we do not."""


def read_xml(document: Document, text: str) -> Element | None:
    """Parse a text; what is wrong goes to the document.

    Args:
        document: Gives positions their file, and collects findings.
        text: The XML.

    Returns:
        The outermost element, or None when there is none that can be used.
    """
    # The text has been decoded; what its declaration says about bytes is of no more use.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    count = 0
    stack: list[Element] = []
    roots: list[Element] = []

    def here() -> Position:
        return Position(document.file, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal count
        element = Element(tag, attributes, here())
        count += 1 + len(attributes)
        (stack[-1].children if stack else roots).append(element)
        stack.append(element)
        if len(stack) > MAX_DEPTH:
            raise _RefusedError(f"nested deeper than {MAX_DEPTH} levels")
        if count > MAX_VALUES:
            raise _RefusedError(f"more than {MAX_VALUES} elements and attributes")

    def end(tag: str) -> None:
        stack.pop()

    def characters(data: str) -> None:
        if stack:
            stack[-1].text += data

    def refuse(*_: object) -> None:
        raise _RefusedError("document types and entities are not read")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        place = Position(document.file, error.lineno, error.offset + 1)
        document.report(place, f"not valid XML: {expat.ErrorString(error.code)}", rule="xml")
        return None
    except (_RefusedError, ValueError) as error:
        document.report(here(), f"not read: {error}", rule="xml")
        return None
    return roots[0] if roots else None

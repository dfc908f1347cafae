"""YAML text with positions: every value knows its file, line and column.

A person who writes a task or a tree by hand deserves an answer that points at the text.
This module turns a file into `Located` values and collects `Finding`s about them, so that
one run reports every mistake; `pregrasp.configuration` builds typed objects on top.

Anchors, aliases, tags and merge keys are refused: they let a small file expand into a large
one, and no task needs them. So are documents nested deeper than `MAX_DEPTH`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from pregrasp.errors import PregraspError
from pregrasp.plain_yaml import construct_scalar, syntax_remedy

MAX_DEPTH = 100
"""Deepest nesting of a document; trees written by people stay below 20."""

MAX_VALUES = 100_000
"""Most values in a document; a thousand nodes of a tree have about five thousand."""

MAX_FINDINGS = 200
"""From so many findings on, the rest of a document is not looked at."""

MAX_WIDTH = 160
"""Longest piece of a line, or of a value, that is shown [characters]."""

MAX_BYTES = 4_000_000
"""Largest file that is read [bytes]."""

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a file, counted from 1 as editors do."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or looks wrong, in a file."""

    position: Position
    message: str
    """What was found and what was expected."""
    rule: str = "value"
    """Short name of the rule that was broken, for filters and documentation."""
    remedy: str = ""
    """What to do about it."""
    severity: Severity = "error"
    source_line: str = ""
    """The line of text the position is in."""

    def __str__(self) -> str:
        text = f"{self.position}: {self.severity}: {self.message} [{self.rule}]"
        if self.source_line.strip():
            shown, caret = _around(self.source_line, self.position.column - 1)
            text += f"\n    {shown}\n    {' ' * caret}^"
        if self.remedy:
            text += f"\n    {self.remedy}"
        return text


def _around(line: str, place: int) -> tuple[str, int]:
    """The piece of a line around a place, and the place in that piece."""
    first = max(0, min(place - MAX_WIDTH // 2, len(line) - MAX_WIDTH))
    piece = line[first : first + MAX_WIDTH]
    # Tabs would shift the caret on screen.
    return piece.replace("\t", " "), place - first


class ConfigurationError(PregraspError):
    """One or more findings in configuration files; raised before anything moves."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


@dataclass(frozen=True, slots=True)
class Located:
    """A YAML value with the position of its first character.

    ``value`` is a scalar (str, int, float, bool, None), a list of `Located`, or a dict of
    str to `Located`; ``keys`` holds the positions of the keys of a dict.
    """

    value: Any
    position: Position
    keys: dict[str, Position] = field(default_factory=dict)

    def plain(self) -> Any:
        """The value without positions, as plain Python lists and dicts."""
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        return self.value

    def describe(self) -> str:
        """The value in a few words, for messages."""
        if isinstance(self.value, dict):
            return "a mapping"
        if isinstance(self.value, list):
            return f"a list of {len(self.value)}"
        return "nothing" if self.value is None else cropped(repr(self.value))


def cropped(text: str) -> str:
    """A text that is short enough to be read."""
    return text if len(text) <= MAX_WIDTH else f"{text[: MAX_WIDTH - 3]}..."


def read_text(path: Path) -> str:
    """The text of a file that people wrote.

    Raises:
        ConfigurationError: The file is missing, unreadable, not UTF-8 or too large.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            reason = f"the file is larger than {MAX_BYTES / 1e6:.0f} MB"
        else:
            return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError([_undecoded(str(path), error)]) from error
    except OSError as error:
        reason = f"the file cannot be read: {error.strerror or error}"
    raise ConfigurationError([Finding(Position(str(path), 1, 1), reason, "file")])


def _undecoded(file: str, error: UnicodeDecodeError) -> Finding:
    """The first byte that is not UTF-8, at its place."""
    before = error.object[: error.start].decode("utf-8")
    place = Position(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
    message = f"the file is not UTF-8 text: found the byte 0x{error.object[error.start]:02x}"
    return Finding(place, message, "file", "Save the file with the encoding UTF-8.")


class Document:
    """A parsed file and the findings about it.

    Args:
        text: The YAML text.
        file: The name to show in messages, normally the path as the user typed it.
    """

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.lines = text.splitlines()
        self.findings: list[Finding] = []
        self._errors: set[tuple[Position, str]] = set()
        self._unread: set[Position] = set()
        self.root = Located(None, Position(file, 1, 1))
        self._parse(text)

    @classmethod
    def read(cls, path: Path) -> Document:
        """Read a file.

        Raises:
            ConfigurationError: The file is missing, unreadable, not UTF-8 or too large.
        """
        return cls(read_text(path), str(path))

    def report(
        self,
        where: Located | Position,
        message: str,
        *,
        rule: str = "value",
        remedy: str = "",
        severity: Severity = "error",
    ) -> None:
        """Note a finding and go on, so that one run shows them all."""
        if self.full:
            # Whoever counts the findings must see that there was another one.
            self.findings.append(self.findings[-1])
            return
        position = where.position if isinstance(where, Located) else where
        if position in self._unread:
            # That it could not be read was said; what stands in for it was nobody's mistake.
            return
        inside = position.file == self.file and 0 < position.line <= len(self.lines)
        line = self.lines[position.line - 1] if inside else ""
        if severity == "error":
            self._errors.add((position, message))
            if self.full:
                message, rule = f"more than {MAX_FINDINGS} findings; this is the last one", "many"
                remedy = "Mend the first ones; the others may follow from them."
        self.findings.append(Finding(position, message, rule, remedy, severity, line))

    @property
    def full(self) -> bool:
        """Whether there are so many errors that nobody will read more."""
        return len(self._errors) >= MAX_FINDINGS

    def raise_if_faulty(self) -> None:
        """Raise every finding at once, if one of them is an error.

        Raises:
            ConfigurationError: With all findings, warnings too, in order of their place.
        """
        if any(finding.severity == "error" for finding in self.findings):
            unique = dict.fromkeys(self.findings)
            ordered = sorted(unique, key=lambda f: (f.position.line, f.position.column))
            raise ConfigurationError(ordered)

    def _position(self, mark: Any) -> Position:
        if mark.line >= len(self.lines) > 0:
            # What is missing at the end of a file is missing after its last character.
            return Position(self.file, len(self.lines), len(self.lines[-1]) + 1)
        return Position(self.file, mark.line + 1, mark.column + 1)

    def _parse(self, text: str) -> None:
        """Fill `root`, or note the first thing that is not plain YAML."""
        plain = False
        try:
            plain = self._is_plain(text)
            if plain and (node := yaml.compose(text, Loader=yaml.CSafeLoader)) is not None:
                self.root = self._located(node)
        except yaml.MarkedYAMLError as error:
            plain = False
            mark = error.problem_mark or error.context_mark
            position = self._position(mark) if mark else Position(self.file, 1, 1)
            said = " ".join(part for part in (error.context, error.problem) if part)
            line = self.lines[position.line - 1] if position.line <= len(self.lines) else ""
            remedy = syntax_remedy(error, line)
            self.report(position, f"not valid YAML: {said}", rule="yaml", remedy=remedy)
        except (yaml.YAMLError, ValueError) as error:
            plain = False
            first = Position(self.file, 1, 1)
            said = " ".join(str(error).split())
            self.report(first, f"not valid YAML: {said}", rule="yaml")
        if not plain:
            self._unread.add(self.root.position)

    def _is_plain(self, text: str) -> bool:
        """Whether the events of the text can be composed in bounded time and memory."""
        depth = 0
        for count, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
            if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                depth += 1
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                depth -= 1
            position = self._position(event.start_mark)
            tag = getattr(event, "tag", None)
            if tag not in (None, "!"):
                self.report(
                    position,
                    f"the tag {cropped(tag)!r} has no meaning here",
                    rule="yaml",
                    remedy="Leave it out.",
                )
                return False
            if count > MAX_VALUES:
                self.report(position, f"more than {MAX_VALUES} values", rule="size")
                return False
            if depth > MAX_DEPTH:
                self.report(position, f"nested deeper than {MAX_DEPTH} levels", rule="depth")
                return False
            if getattr(event, "anchor", None) is not None:
                self.report(
                    position,
                    "anchors and aliases (& and *) are not part of this language",
                    rule="alias",
                    remedy="Write the value out, or declare an input and refer to it.",
                )
                return False
        return True

    def _located(self, node: yaml.Node) -> Located:
        position = self._position(node.start_mark)
        if isinstance(node, yaml.SequenceNode):
            return Located([self._located(item) for item in node.value], position)
        if isinstance(node, yaml.MappingNode):
            return self._located_mapping(node, position)
        try:
            return Located(construct_scalar(node), position)
        except (yaml.YAMLError, ValueError) as error:
            self.report(position, f"found {cropped(node.value)!r}, {error}", rule="yaml")
            self._unread.add(position)
            return Located(None, position)

    def _located_mapping(self, node: yaml.MappingNode, position: Position) -> Located:
        values: dict[str, Located] = {}
        keys: dict[str, Position] = {}
        for key_node, value_node in node.value:
            key_position = self._position(key_node.start_mark)
            if not isinstance(key_node, yaml.ScalarNode):
                self.report(
                    key_position,
                    "a key must be plain text",
                    rule="key",
                    remedy='A reference needs quotes: write "{name}", not {name}.',
                )
                continue
            key = str(key_node.value)
            if key in values:
                self.report(
                    key_position, f"{key!r} is given twice, first at {keys[key]}", rule="key"
                )
                continue
            values[key] = self._located(value_node)
            keys[key] = key_position
        return Located(values, position, keys)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint at the nearest known name, or the list of them all.

    Example:
        >>> did_you_mean("atempts", ["attempts", "delay_s"])
        "Did you mean 'attempts'?"
    """
    names = _comparable(name, known)
    return near_miss(name, names) or (f"Known here: {', '.join(names)}." if names else "")


def near_miss(name: str, known: Iterable[str]) -> str:
    """A hint at the nearest known name; empty if none is near."""
    close = difflib.get_close_matches(name, _comparable(name, known), n=1, cutoff=0.6)
    return f"Did you mean {close[0]!r}?" if close else ""


def _comparable(name: str, known: Iterable[str]) -> list[str]:
    """The names that a name is worth comparing with, in order."""
    names = sorted(set(known))
    if len(names) > MAX_FINDINGS or len(name) > MAX_WIDTH:
        # Comparing takes time; nearly all slips leave the first letter in its place.
        alike = [other for other in names if other[:1] == name[:1]]
        names = alike[:MAX_FINDINGS] if len(name) <= MAX_WIDTH else []
    return names


def walk(located: Located) -> Iterator[Located]:
    """Every value of a document, the containers before what they hold."""
    yield located
    if isinstance(located.value, list):
        for item in located.value:
            yield from walk(item)
    elif isinstance(located.value, dict):
        for item in located.value.values():
            yield from walk(item)

"""Every rule that a tree file can break, by the name that findings carry in brackets."""

from __future__ import annotations

RULES: dict[str, str] = {
    "alias": "Anchors, aliases and merge keys are not part of the language.",
    "choice": "A value must be one of those its type has.",
    "cycle": "A tree must not contain itself, not even by way of others.",
    "depth": "A file must not be nested too deeply.",
    "empty": "A control that has children needs at least one.",
    "expression": "A formula has numbers, texts, references, operators and five functions.",
    "field": "Only declared fields of a value can be referred to.",
    "file": "A file must be there, be UTF-8 text and not be too large.",
    "include": "An included folder must be there.",
    "key": "A mapping has known keys, each of them once.",
    "many": "After very many findings the rest of a file is not looked at.",
    "missing": "What a section or a control cannot do without must be given.",
    "missing-case": "A choice should have a case for every value, or a default.",
    "missing-input": "Every input without a default must be wired.",
    "name": "Names are letters, digits and underscores, and mean one thing.",
    "no-timeout": "A motion should have a time after which it is given up.",
    "node": "A node is a name, or a mapping with exactly one key.",
    "one-type": "A name has one type, whoever writes it.",
    "output": "Outputs go to names; those of the tree are written on every way to success.",
    "quotes": "References need quotes, since braces are mappings to YAML.",
    "range": "A number must lie in the range of its port.",
    "read-before-write": "What is read must have been written on every way that leads there.",
    "reference": 'References are written "{name}" or "{name.field}".',
    "size": "A tree has a bounded number of nodes and levels.",
    "type": "A value must be of the type that its port expects.",
    "unit": "Numbers are given in the unit of their key, and asked for with a unit.",
    "unknown-key": "A reference must name something that is declared or written.",
    "unknown-node": "A node must be a skill, a control or a subtree.",
    "unknown-port": "Only ports that a node has can be wired.",
    "unknown-tree": "A subtree must be found in one of the folders.",
    "unknown-type": "A declared type must be one that skills use, or a plain one.",
    "unreachable": "A node that can never be ticked is a mistake.",
    "unreachable-recovery": "Help that can never come is a mistake.",
    "unread": "What is written, declared or given should be read.",
    "value": "Values must make sense together.",
    "yaml": "A file must be YAML, of plain values only.",
}
"""What each rule asks for."""

WARNINGS = frozenset({"missing-case", "no-timeout", "unread"})
"""Rules whose findings do not keep a tree from running."""

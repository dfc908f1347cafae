"""From a name or a path to a tree that has been checked to the last wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pregrasp.documents import ConfigurationError, Document, Finding, Position
from pregrasp.skills import SKILLS
from pregrasp.skills.ports import Wired
from pregrasp.skills.skill import Skill
from pregrasp.trees.controls import CONTROLS
from pregrasp.trees.errors import TreeError
from pregrasp.trees.files import TreeFiles
from pregrasp.trees.reachability import report_endless_motions, report_unreachable
from pregrasp.trees.scope import Scope
from pregrasp.trees.specification import Tree
from pregrasp.trees.syntax import SUBTREE, RawTree, read_tree
from pregrasp.trees.usage import has_errors
from pregrasp.trees.value_types import known_types
from pregrasp.trees.wiring import Wiring


def load_tree(
    name_or_path: str | Path,
    *,
    search: Sequence[Path] = (),
    skills: Mapping[str, type[Skill]] | None = None,
) -> Tree:
    """Load a tree and everything it uses, and check it.

    Args:
        name_or_path: Name of a tree, or the path of its file.
        search: Folders to look for names in; the library comes last.
        skills: The skills that trees may use; without it all that are registered.

    Raises:
        ConfigurationError: Everything that is wrong, in all files, each at its place.
    """
    loader = _Loader(TreeFiles(search), registered() if skills is None else skills)
    return loader.load(str(name_or_path))


def parse_tree(
    text: str,
    file: str = "<text>",
    *,
    search: Sequence[Path] = (),
    skills: Mapping[str, type[Skill]] | None = None,
) -> Tree:
    """Check a tree given as text.

    Args:
        text: The YAML.
        file: What to call it in messages.
        search: Folders to look for subtrees in; the library comes last.
        skills: The skills that trees may use; without it all that are registered.

    Raises:
        ConfigurationError: Everything that is wrong, in all files, each at its place.
    """
    loader = _Loader(TreeFiles(search), registered() if skills is None else skills)
    return loader.check(Document(text, file), None)


def tree_sources(
    name_or_path: str | Path,
    *,
    search: Sequence[Path] = (),
    skills: Mapping[str, type[Skill]] | None = None,
) -> tuple[RawTree, ...]:
    """The files of a tree as they were written, its own first, after a full check.

    Args:
        name_or_path: Name of a tree, or the path of its file.
        search: Folders to look for names in; the library comes last.
        skills: The skills that trees may use; without it all that are registered.

    Raises:
        ConfigurationError: Everything that is wrong, in all files, each at its place.
    """
    known = SKILLS if skills is None else skills
    loader = _Loader(TreeFiles(search), known)
    tree = loader.load(str(name_or_path))
    main = read_tree(Document.read(Path(tree.file)), known)
    return (main, *loader.read.values())


def registered() -> Mapping[str, type[Skill]]:
    """Every skill there is, those of installed packages included."""
    SKILLS.discover_once()
    return SKILLS


class _Loader:
    """Reads each file once, however often it is used."""

    def __init__(self, files: TreeFiles, skills: Mapping[str, type[Skill]]) -> None:
        self.files = files
        self.skills = skills
        self.read: dict[Path, RawTree] = {}
        clashes = sorted({*CONTROLS, SUBTREE} & set(skills))
        if clashes:
            raise TreeError(
                f"skills are called {', '.join(clashes)}, which are controls of the language; "
                "give them other names: @skill('...')"
            )
        definitions: list[type[Wired]] = [*skills.values(), *CONTROLS.values()]
        kinds = [
            port.kind
            for definition in definitions
            for port in definition.ports.values()
            if port.kind is not object
        ]
        self.types: dict[str, Any] = known_types(kinds)

    def load(self, name: str) -> Tree:
        path = self.files.find(name)
        if path is None:
            finding = Finding(
                Position(name, 1, 1),
                "there is no such tree",
                "unknown-tree",
                self.files.remedy(name),
            )
            raise ConfigurationError([finding])
        return self.check(Document.read(path), path)

    def check(self, document: Document, path: Path | None) -> Tree:
        raw = read_tree(document, self.skills)
        if raw.root is not None:
            report_unreachable(raw.root, document)
        scope = Scope(document, raw.name, (path.resolve(),) if path else ())
        wiring = Wiring(self.types, self)
        inputs, outputs, root = wiring.tree(raw, scope, None)
        if root is not None and not has_errors(document):
            report_endless_motions(root, self.skills, document)
        findings = self._findings(document)
        if root is None or any(finding.severity == "error" for finding in findings):
            raise ConfigurationError(findings)
        return Tree(
            name=raw.name,
            file=document.file,
            description=raw.description,
            inputs=inputs,
            outputs=outputs,
            root=root,
            warnings=tuple(findings),
            names={path: inner.names() for path, inner in wiring.scopes.items()},
        )

    def open(self, name: str, folders: tuple[Path, ...]) -> tuple[Path, RawTree] | None:
        path = self.files.find(name, folders)
        if path is None:
            return None
        path = path.resolve()
        if path not in self.read:
            try:
                document = Document.read(path)
            except ConfigurationError as error:
                document = Document("", str(path))
                document.findings += error.findings
            raw = read_tree(document, self.skills)
            if raw.root is not None:
                report_unreachable(raw.root, document)
            self.read[path] = raw
        return path, self.read[path]

    def remedy(self, name: str, folders: tuple[Path, ...]) -> str:
        return self.files.remedy(name, folders)

    def _findings(self, document: Document) -> list[Finding]:
        """Everything found in all files, once: a subtree may be used more than once."""
        documents = [document, *(raw.document for raw in self.read.values())]
        found: dict[tuple[Position, str], Finding] = {}
        for source in documents:
            in_order = sorted(source.findings, key=_place)
            for finding in in_order:
                found.setdefault((finding.position, finding.message), finding)
        return list(found.values())


def _place(finding: Finding) -> tuple[int, int]:
    return finding.position.line, finding.position.column

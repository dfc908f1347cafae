"""What mkdocs is told to do besides: sources as pages, diagrams offline, a list of decisions.

Pages link to files of the repository (examples, drivers, cell files), which is right for
people who read them there. The site has no repository behind it, so every file or folder
that is linked to becomes a page of its own under ``source/``.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]

LINK = re.compile(r"(?P<before>\]\()(?P<target>[^)#\s:]+)(?P<anchor>#[^)\s]*)?(?P<after>\))")
"""A relative link; what has a colon goes elsewhere."""

CODE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)

LANGUAGES = {
    ".css": "css", ".ini": "ini", ".md": "markdown", ".py": "python", ".sh": "sh",
    ".toml": "toml", ".xml": "xml", ".yaml": "yaml", ".yml": "yaml", ".txt": "text",
}  # fmt: skip

WIDE = frozenset({"results.md", "faults.md"})
"""Pages whose tables need the room of the table of contents."""

MERMAID = '<script src="{base}/assets/mermaid.tiny.js"></script>'


def on_files(files: Files, config: Any) -> Files:
    """Add a page for every file and folder outside the documentation that a page links to."""
    docs = Path(config["docs_dir"])
    targets = {
        target
        for file in list(files.documentation_pages())
        for target in _outside(docs, file.src_uri, (docs / file.src_uri).read_text("utf-8"))
    }
    for target in sorted(targets):
        files.append(File.generated(config, _page_of(target), content=_source(ROOT / target)))
    files.append(File.generated(config, "decisions/index.md", content=_decisions(docs)))
    return files


def on_page_markdown(markdown: str, page: Page, config: Any, files: Files) -> str:
    """Let links to files of the repository lead to their pages; say how pages are shown."""
    docs = Path(config["docs_dir"])
    here = page.file.src_uri
    if here.startswith("source/"):
        page.meta["search"] = {"exclude": True}  # people look for pages, not for code
    if here in WIDE:
        page.meta["hide"] = ["toc"]

    def led(match: re.Match[str]) -> str:
        target = _target(docs, here, match["target"])
        if target is None:
            folder = (docs / here).parent / match["target"]
            index = f"{match['target'].rstrip('/')}/index.md"
            return f"{match['before']}{index}{match['after']}" if folder.is_dir() else match[0]
        way = posixpath.relpath(_page_of(target), posixpath.dirname(here) or ".")
        return f"{match['before']}{way}{match['after']}"

    return LINK.sub(led, markdown)


def on_post_page(output: str, page: Page, config: Any) -> str:
    """Bring the drawing program along where there is something to draw."""
    if 'class="mermaid"' not in output:
        return output
    base = posixpath.relpath(".", posixpath.dirname(page.url) or ".")
    return output.replace("</head>", MERMAID.format(base=base) + "</head>", 1)


def _outside(docs: Path, page: str, markdown: str) -> Iterator[str]:
    for match in LINK.finditer(CODE.sub("", markdown)):
        target = _target(docs, page, match["target"])
        if target is not None:
            yield target


def _target(docs: Path, page: str, link: str) -> str | None:
    """Path in the repository that a link leads to, if it leads out of the documentation."""
    path = Path(posixpath.normpath(posixpath.join((docs / page).parent.as_posix(), link)))
    if path.is_relative_to(docs) or not path.is_relative_to(ROOT) or not path.exists():
        return None  # mkdocs itself says what is wrong with it
    return path.relative_to(ROOT).as_posix()


def _decisions(docs: Path) -> str:
    """The list of decisions, by their own titles."""
    lines = ["# Decisions\n", "Short records of what was decided, and why.\n"]
    for path in sorted((docs / "decisions").glob("0*.md")):
        title = path.read_text("utf-8").partition("\n")[0].lstrip("# ")
        lines.append(f"- [{title}]({path.name})")
    return "\n".join(lines) + "\n"


def _page_of(target: str) -> str:
    return f"source/{target}.md"


def _source(path: Path) -> str:
    """The page that shows a file, or all files of a folder."""
    name = path.relative_to(ROOT).as_posix()
    if path.is_file():
        return f"# {name}\n\n{_block(path)}"
    shown = (
        file
        for file in sorted(path.rglob("*"))
        if file.is_file() and file.suffix in LANGUAGES and "__pycache__" not in file.parts
    )
    parts = [f"## {file.relative_to(path).as_posix()}\n\n{_block(file)}" for file in shown]
    return "\n".join([f"# {name}\n", *parts])


def _block(path: Path) -> str:
    fence = "`````"
    text = path.read_text("utf-8").rstrip()
    return f"{fence}{LANGUAGES.get(path.suffix, 'text')}\n{text}\n{fence}\n"

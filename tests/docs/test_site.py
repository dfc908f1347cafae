"""The documentation site is built without a warning and asks nobody else for anything."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


class Fetches(HTMLParser):
    """What a browser loads by itself when it opens a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"script", "img", "iframe", "source"}:
            self.found.append(given.get("src") or "")
        if tag == "link" and given.get("rel") not in {"canonical", "next", "prev"}:
            self.found.append(given.get("href") or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_built(site: Path) -> None:
    docs = ROOT / "docs"
    wanted = {page.relative_to(docs).with_suffix(".html") for page in docs.rglob("*.md")}
    built = {page.relative_to(site) for page in site.rglob("*.html")}
    assert wanted - built == set()


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        parser = Fetches()
        parser.feed(page.read_text(encoding="utf-8"))
        elsewhere = [url for url in parser.found if re.match(r"(https?:)?//", url)]
        assert elsewhere == [], f"{page.relative_to(site)} fetches {elsewhere}"


def test_what_pages_fetch_is_there(site: Path) -> None:
    for page in site.rglob("*.html"):
        if page.name == "404.html":
            continue  # its addresses begin at the server's root
        parser = Fetches()
        parser.feed(page.read_text(encoding="utf-8"))
        files = [url for url in parser.found if url and not url.startswith("data:")]
        missing = [url for url in files if not (page.parent / url.partition("?")[0]).is_file()]
        assert missing == [], f"{page.relative_to(site)} lacks {missing}"


def test_files_of_the_repository_have_pages(site: Path) -> None:
    page = (site / "tutorial" / "6-a-line-program.html").read_text(encoding="utf-8")
    assert '../source/examples/assembly_station.py.html"' in page
    source = (site / "source/examples/assembly_station.py.html").read_text(encoding="utf-8")
    assert "let_a_part_arrive" in source

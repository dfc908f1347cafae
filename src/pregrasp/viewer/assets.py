"""The files of the page. They are readable source, and nothing else is ever served.

What can be asked for is a table that is made once from the package: no path of a request
is ever joined to a folder, so none can leave it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

MEDIA = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
"""Type of a file by its ending."""

HEAD = "head.html"
"""What every page has in its head; it stands where a page says `HEAD_MARK`."""

HEAD_MARK = b"<!-- head -->\n"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the page."""

    media: str
    """Its type."""
    content: bytes
    """UTF-8 text."""


def read_assets() -> dict[str, Asset]:
    """Every file of the page, by its name."""
    folder = resources.files("pregrasp.viewer") / "page"
    head = (folder / HEAD).read_bytes()
    found = {}
    for file in folder.iterdir():
        ending = file.name[file.name.rfind(".") :]
        if ending in MEDIA and file.name != HEAD:
            content = file.read_bytes().replace(HEAD_MARK, head)
            found[file.name] = Asset(MEDIA[ending], content)
    return found

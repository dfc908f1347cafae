"""What can go wrong with run logs."""

from __future__ import annotations

from pathlib import Path

from pregrasp.errors import PregraspError


class RunLogError(PregraspError):
    """A run log, or the index of runs."""


class LogFileError(RunLogError):
    """A run log cannot be read or written.

    Args:
        path: The file.
        found: What is wrong with it.
        remedy: What to do.
    """

    def __init__(self, path: Path, found: str, remedy: str = "") -> None:
        super().__init__(f"{path}: {found} {remedy}".rstrip())
        self.path = path


class DamagedIndexError(LogFileError):
    """The index of runs is no index any more; the logs beside it can bring it back."""


class MessageError(RunLogError):
    """A message that is none of ours, or of a later version."""


class UnknownRunError(RunLogError):
    """There is no run of that name in the index."""


class MissingPackageError(RunLogError):
    """An optional package is needed.

    Args:
        what: What it is needed for.
        package: Its name on import.
        extra: The extra of pregrasp that brings it.
    """

    def __init__(self, what: str, package: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the package {package!r}, which is not installed. "
            f"Install it: pip install 'pregrasp[{extra}]'"
        )
        self.package = package
        self.extra = extra

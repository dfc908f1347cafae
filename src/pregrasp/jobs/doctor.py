"""Whether this machine has what pregrasp needs, item by item."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from pregrasp.cancellation import CancelToken
from pregrasp.errors import PregraspError
from pregrasp.jobs.model_digest import model_digest
from pregrasp.jobs.simulated import open_cell
from pregrasp.task import find_task, library

PACKAGES = {
    "numpy": ("", True),
    "opencv-python-headless": ("", True),
    "ai-edge-litert": ("", True),
    "py_trees": ("", True),
    "mujoco": ("simulation", True),
    "tensorflow": ("training", False),
    "matplotlib": ("report", False),
    "jinja2": ("report", False),
}
"""Distribution, the extra that brings it, and whether the simulated cell needs it."""

ALTERNATIVES = {"tensorflow": "tensorflow-cpu"}

ENOUGH_DISK = 2_000_000_000
"""A data set of 400 pictures takes about 0.8 GB [bytes]."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one thing."""

    name: str
    """What was looked at."""
    good: bool
    """Whether it is as it should be."""
    found: str
    """What it is."""
    remedy: str = ""
    """What to do about it."""
    needed: bool = True
    """Whether grasping in the simulated cell is impossible without it."""


def examine() -> Iterator[Finding]:
    """Look at everything, one thing after the other."""
    yield _python()
    yield from _packages()
    for name, look in (("renderer", _renderer), ("camera picture", _picture)):
        yield _guarded(name, look)
    for name, folder in library().items():
        yield _model(name, folder / "model")
    yield _disk(Path.cwd())


def _python() -> Finding:
    version = platform.python_version()
    return Finding(
        "Python",
        sys.version_info >= (3, 11),
        f"{version} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "Install Python 3.11 or newer.",
    )


def _packages() -> Iterator[Finding]:
    yield Finding("pregrasp", True, metadata.version("pregrasp"))
    for package, (extra, needed) in PACKAGES.items():
        version = _version(package) or _version(ALTERNATIVES.get(package, ""))
        remedy = f"pip install 'pregrasp[{extra}]'" if extra else f"pip install {package}"
        yield Finding(package, version is not None, version or "not installed", remedy, needed)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package) if package else None
    except metadata.PackageNotFoundError:
        return None


def _guarded(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, look())
    except (PregraspError, ImportError) as error:
        return Finding(name, False, str(error))


def _renderer() -> str:
    from pregrasp.hardware.simulation.gl import find_backend

    return find_backend()


def _picture() -> str:
    with open_cell(find_task("circuit_board")) as cell:
        image = cell.camera.capture(CancelToken())
    height, width = image.shape
    if image.std() < 5:
        raise PregraspError(f"{width} x {height} px, but empty: its contrast is {image.std():.1f}")
    return f"{width} x {height} px, mean {image.mean():.0f}, contrast {image.std():.0f}"


def _model(name: str, folder: Path) -> Finding:
    files = sorted(path for path in folder.glob("**/*") if path.is_file())
    label = f"model of {name}"
    if not files:
        remedy = f"pregrasp deploy {name}"
        return Finding(label, False, "not trained yet", remedy, needed=False)
    size = sum(path.stat().st_size for path in files)
    return Finding(label, True, f"{size / 1e6:.2f} MB, sha256 {model_digest(folder)}")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    return Finding(
        "disk", free > ENOUGH_DISK, f"{free / 1e9:.1f} GB free", "Free some space.", needed=False
    )

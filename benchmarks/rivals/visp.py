"""ViSP's template tracker, compiled on the spot; absent where libvisp-dev is."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.rivals.classical import Answer, Reference, halved
from pregrasp.frames import MotionCommand
from pregrasp.perception.estimator import Image

SOURCE = Path(__file__).with_name("visp_tracker.cpp")


class VispMissingError(Exception):
    """ViSP cannot be used here; the message says why and what would help."""


def build(folder: Path) -> Path:
    """Compile the tracker.

    Raises:
        VispMissingError: There is no ViSP, no compiler, or the two do not go together.
    """
    program = folder / "visp_tracker"
    if program.exists() and program.stat().st_mtime > SOURCE.stat().st_mtime:
        return program
    for tool in ("g++", "pkg-config"):
        if not shutil.which(tool):
            raise VispMissingError(f"{tool} is missing: apt-get install {tool}")
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "visp"], capture_output=True, text=True, check=False
    )
    if flags.returncode:
        raise VispMissingError("ViSP is missing: apt-get install libvisp-dev")
    folder.mkdir(parents=True, exist_ok=True)
    command = ["g++", "-O2", "-std=c++17", str(SOURCE), "-o", str(program), *flags.stdout.split()]
    compiled = subprocess.run(command, capture_output=True, text=True, check=False)
    if compiled.returncode:
        raise VispMissingError(f"it does not compile: {compiled.stderr.strip()[-400:]}")
    return program


@contextlib.contextmanager
def tracker(program: Path, kind: str, reference: Reference) -> Iterator[Callable[[Image], Answer]]:
    """A tracker that answers pictures, each from the identity.

    Args:
        program: As `build` made it.
        kind: ``ssd`` or ``zncc``.
        reference: The taught picture.
    """
    rows, columns = np.nonzero(reference.mask > 127)
    box = [columns.min() + 4, rows.min() + 4, columns.max() - 4, rows.max() - 4]
    with tempfile.TemporaryDirectory() as folder:
        taught, seen = Path(folder) / "taught.pgm", Path(folder) / "seen.pgm"
        cv2.imwrite(str(taught), reference.taught)
        process = subprocess.Popen(
            [str(program), kind, str(taught), *map(str, box)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin
        assert process.stdout

        def answer(image: Image) -> Answer:
            began = time.perf_counter()
            cv2.imwrite(str(seen), halved(image))
            process.stdin.write(f"{seen}\n")
            process.stdin.flush()
            words = process.stdout.readline().split()
            if len(words) != 4:
                return Answer(MotionCommand(), False, time.perf_counter() - began)
            theta, x, y, milliseconds = map(float, words)
            c, s = np.cos(theta), np.sin(theta)
            warp = np.array([[c, -s, x], [s, c, y]])
            if not np.isfinite(warp).all():
                return Answer(MotionCommand(), False, milliseconds / 1e3)
            return Answer(reference.motion(warp), True, milliseconds / 1e3)

        try:
            yield answer
        finally:
            process.stdin.close()
            process.wait(10)
            process.stdout.close()

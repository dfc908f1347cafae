"""A folder of captures that survives a killed process and opens with any tool.

::

    circuit_board/
    ├── card.json         what was collected, where and with which versions
    ├── captures.jsonl    one line per capture, append-only
    └── images/000000.png ...

A picture is written to a temporary name, moved into place and only then listed, so a line
in ``captures.jsonl`` always has its picture. A torn last line, as a killed process may leave
it, is cut off when the data set is opened for writing.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import cv2
import numpy as np

from pregrasp.frames import DEG, MM, MotionCommand, Pose
from pregrasp.perception.errors import DatasetError
from pregrasp.perception.estimator import Image
from pregrasp.perception.sampling import CaptureKind

CARD = "card.json"
CAPTURES = "captures.jsonl"
IMAGES = "images"

PNG_FAST = (
    cv2.IMWRITE_PNG_COMPRESSION,
    1,
    cv2.IMWRITE_PNG_STRATEGY,
    cv2.IMWRITE_PNG_STRATEGY_RLE,
    cv2.IMWRITE_PNG_FILTER,
    cv2.IMWRITE_PNG_FILTER_SUB,
)
"""Camera noise does not compress: run lengths are twice as fast, and files are smaller."""


@dataclass(frozen=True, slots=True)
class CaptureRecord:
    """One line of ``captures.jsonl``: a picture and where it was taken."""

    index: int
    """Number of the capture, from 0; also the name of its picture."""
    kind: CaptureKind
    """Why it was taken."""
    group: int
    """Pictures of one group were taken while the part lay still, in one session."""
    placement: int
    """Which planned placement of the part it belongs to."""
    T_base_tool: Pose
    """Where the encoders said the tool was."""
    T_base_pregrasp: Pose
    """Where the pregrasp pose of this placement was thought to be."""
    time: float
    """Of the cell's clock [s]."""

    @property
    def label(self) -> MotionCommand:
        """The motion command that would have been right: ``T_tool_pregrasp`` (eq. 3)."""
        return (self.T_base_tool.inverse() @ self.T_base_pregrasp).planar

    def to_json(self) -> str:
        """The record as one line, with units in the keys."""
        return json.dumps(
            {
                "index": self.index,
                "kind": self.kind.value,
                "group": self.group,
                "placement": self.placement,
                "T_base_tool": _pose_to_json(self.T_base_tool),
                "T_base_pregrasp": _pose_to_json(self.T_base_pregrasp),
                "time_s": round(self.time, 6),
            }
        )

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Read back what `to_json` wrote.

        Raises:
            ValueError: The line is torn, or is not a capture.
        """
        try:
            values = json.loads(line)
            return cls(
                index=int(values["index"]),
                kind=CaptureKind(values["kind"]),
                group=int(values["group"]),
                placement=int(values["placement"]),
                T_base_tool=_pose_from_json(values["T_base_tool"]),
                T_base_pregrasp=_pose_from_json(values["T_base_pregrasp"]),
                time=float(values["time_s"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a capture: {error}") from error


def _pose_to_json(pose: Pose) -> dict[str, float]:
    return {
        "x_mm": pose.x / MM,
        "y_mm": pose.y / MM,
        "z_mm": pose.z / MM,
        "theta_deg": pose.theta / DEG,
    }


def _pose_from_json(values: dict[str, float]) -> Pose:
    return Pose(
        values["x_mm"] * MM, values["y_mm"] * MM, values["z_mm"] * MM, values["theta_deg"] * DEG
    )


@dataclass(frozen=True, slots=True)
class Card:
    """What a data set is, for people and for checks."""

    task: str
    """Name of the task."""
    cell: str
    """Name of the cell that took the pictures."""
    image_width: int
    """[px]"""
    image_height: int
    """[px]"""
    created: str = ""
    """Date and time, ISO 8601."""
    pregrasp_version: str = ""
    """Of the software that collected."""
    notes: str = ""
    """Anything a person wants to remember."""


class Dataset:
    """An append-only folder of captures.

    Use `create`, `open` or `open_or_create`. Not safe for two writers at once.
    """

    def __init__(self, folder: Path, card: Card, records: tuple[CaptureRecord, ...]) -> None:
        self.folder = folder
        self.card = card
        self._records = list(records)

    @classmethod
    def create(cls, folder: Path, card: Card) -> Self:
        """Start a new data set.

        Raises:
            DatasetError: There is one in the folder already, or it cannot be written.
        """
        if (folder / CARD).exists():
            raise DatasetError(f"{folder}: there is a data set already. Open it to go on.")
        try:
            (folder / IMAGES).mkdir(parents=True, exist_ok=True)
            _replace(folder / CARD, json.dumps(asdict(card), indent=2).encode())
        except OSError as error:
            raise DatasetError(f"{folder}: cannot be written: {error.strerror}") from error
        return cls(folder, card, ())

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open an existing data set.

        Raises:
            DatasetError: There is none, or its files are damaged.
        """
        try:
            card = Card(**json.loads((folder / CARD).read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise DatasetError(
                f"{folder}: there is no data set here. Collect one with `pregrasp collect`."
            ) from None
        except (OSError, ValueError, TypeError) as error:
            raise DatasetError(f"{folder / CARD}: damaged: {error}") from error
        return cls(folder, card, _read_records(folder))

    @classmethod
    def open_or_create(cls, folder: Path, card: Card) -> Self:
        """Go on with the data set in a folder, or start it.

        Raises:
            DatasetError: The folder holds the data set of another task or camera.
        """
        if not (folder / CARD).exists():
            return cls.create(folder, card)
        dataset = cls.open(folder)
        found, wanted = dataset.card, card
        for key in ("task", "cell", "image_width", "image_height"):
            if getattr(found, key) != getattr(wanted, key):
                raise DatasetError(
                    f"{folder}: the data set is of {key} {getattr(found, key)!r}, "
                    f"expected {getattr(wanted, key)!r}. Choose another folder."
                )
        return dataset

    @property
    def records(self) -> tuple[CaptureRecord, ...]:
        """Every capture so far, in order."""
        return tuple(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def append(
        self,
        image: Image,
        *,
        kind: CaptureKind,
        group: int,
        placement: int,
        T_base_tool: Pose,
        T_base_pregrasp: Pose,
        time: float,
    ) -> CaptureRecord:
        """Add a capture; once this returns it survives a killed process.

        Raises:
            DatasetError: The picture has the wrong size, or the disk is full.
        """
        expected = (self.card.image_height, self.card.image_width)
        if image.shape != expected or image.dtype != np.uint8:
            raise DatasetError(
                f"{self.folder}: a picture is {image.dtype} {image.shape}, expected uint8 "
                f"{expected}. Was the camera changed?"
            )
        index = self._records[-1].index + 1 if self._records else 0
        record = CaptureRecord(index, kind, group, placement, T_base_tool, T_base_pregrasp, time)
        encoded, png = cv2.imencode(".png", image, PNG_FAST)
        if not encoded:
            raise DatasetError(f"{self.folder}: the picture could not be encoded")
        try:
            _replace(self.image_path(record), png.tobytes())
            with (self.folder / CAPTURES).open("a", encoding="utf-8") as lines:
                lines.write(record.to_json() + "\n")
        except OSError as error:
            raise DatasetError(
                f"{self.folder}: capture {index} could not be written: {error.strerror}. "
                f"The {index} before it are safe; free some space and collect again to go on."
            ) from error
        self._records.append(record)
        return record

    def image_path(self, record: CaptureRecord) -> Path:
        """Where the picture of a capture is."""
        return self.folder / IMAGES / f"{record.index:06d}.png"

    def image(self, record: CaptureRecord) -> Image:
        """The picture of a capture, uint8 (height, width).

        Raises:
            DatasetError: The file is missing or damaged.
        """
        path = self.image_path(record)
        image: Any = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        if image is None:
            raise DatasetError(f"{path}: the picture is missing or damaged.")
        if image.shape != (self.card.image_height, self.card.image_width):
            raise DatasetError(f"{path}: the picture has another size than the data set.")
        return np.asarray(image, np.uint8)


def _read_records(folder: Path) -> tuple[CaptureRecord, ...]:
    """Every complete line; a torn last one is cut off so that appending goes on cleanly."""
    path = folder / CAPTURES
    if not path.exists():
        return ()
    text = path.read_text(encoding="utf-8", errors="replace")
    records = []
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        try:
            if not line.endswith("\n"):
                raise ValueError("torn line")
            records.append(CaptureRecord.from_json(line))
        except ValueError as error:
            if number < len(lines):
                raise DatasetError(f"{path}:{number}: damaged: {error}") from error
            os.truncate(path, sum(len(kept.encode()) for kept in lines[:-1]))
    return tuple(records)


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.part")
    try:
        with temporary.open("wb") as file:
            file.write(content)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise

"""Which unit a number has, so that a formula cannot mix millimetres with metres."""

from __future__ import annotations

import dataclasses
from typing import Any

from pregrasp.configuration import UNITS
from pregrasp.frames import MotionCommand, Pose

_KINDS = {
    "length": ("mm", "m"),
    "angle": ("deg",),
    "time": ("s", "ms", "min"),
    "speed": ("mm_s",),
    "angular speed": ("deg_s",),
    "mass": ("g",),
    "force": ("n",),
    "frequency": ("hz",),
    "share": ("percent",),
    "pixels": ("px",),
}
_ANGLES = ("theta", "rotation")


def quantity_of(unit: str) -> str:
    """What a unit measures: ``mm`` and ``m`` a length."""
    return next((name for name, units in _KINDS.items() if unit in units), unit)


def unit_of_field(kind: Any, name: str) -> str | None:
    """The unit people write a field in, or None when it is none, or not known."""
    if kind in (Pose, MotionCommand):
        return "deg" if name in _ANGLES else "mm"
    if not dataclasses.is_dataclass(kind):
        return None
    for field in dataclasses.fields(kind):
        if field.name == name:
            unit: str | None = field.metadata.get("unit")
            return unit
    return None


def split_unit(name: str) -> tuple[str, str] | None:
    """``translation_mm`` as ``("translation", "mm")``; None when it ends in no unit."""
    for unit in sorted(UNITS, key=len, reverse=True):
        if name.endswith(f"_{unit}") and len(name) > len(unit) + 1:
            return name.removesuffix(f"_{unit}"), unit
    return None


def unit_remedy(key: str, known: list[str]) -> str:
    """A hint that only the unit of a key is wrong or missing, or nothing."""
    stem = key.rpartition("_")[0] or key
    for name in known:
        if "_" in name and name.rpartition("_")[0] in (key, stem) and name != key:
            unit = name.rpartition("_")[2]
            return f"The unit belongs to the key: write {name!r}, in {unit}."
    return ""

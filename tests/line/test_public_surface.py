"""The public surface is versioned: it may not change unnoticed.

``PREGRASP_UPDATE_GOLDEN=1 pytest tests/line/test_public_surface.py`` writes the file anew;
then say in the changelog what changed, and whether it breaks anybody.
"""

import dataclasses
import enum
import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pregrasp

GOLDEN = Path(__file__).with_name("public_surface.txt")
PAGE = Path(__file__).parents[2] / "docs" / "embedding.md"


def described(module: str) -> list[str]:
    loaded = importlib.import_module(module)
    lines: list[str] = []
    for name in sorted(loaded.__all__):
        lines.extend(_described(f"{module}.{name}", getattr(loaded, name)))
    return lines


def _described(name: str, value: object) -> list[str]:
    if not inspect.isclass(value):
        assert callable(value)
        return [f"{name}{inspect.signature(value)}"]
    bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
    if issubclass(value, enum.Enum):
        return [f"{name}({bases}) = {' '.join(str(member.value) for member in value)}"]
    lines = [f"{name}({bases})"]
    if dataclasses.is_dataclass(value):
        lines += [f"    {field.name}: {field.type}" for field in dataclasses.fields(value)]
    elif "__init__" in vars(value):
        lines.append(f"    __init__{inspect.signature(value.__init__)}")
    for attribute, member in sorted(vars(value).items()):
        if attribute.startswith("_"):
            continue
        if isinstance(member, property):
            assert member.fget is not None
            lines.append(f"    {attribute} -> {inspect.signature(member.fget).return_annotation}")
        elif isinstance(member, classmethod) or inspect.isfunction(member):
            lines.append(f"    {attribute}{inspect.signature(getattr(value, attribute))}")
    return lines


def test_the_public_surface_is_the_one_that_was_agreed_on() -> None:
    text = "\n".join([*described("pregrasp"), *described("pregrasp.aio")]) + "\n"
    now = re.sub(r" at 0x[0-9a-f]+", "", text)
    if os.environ.get("PREGRASP_UPDATE_GOLDEN"):
        GOLDEN.write_text(now)
    assert now == GOLDEN.read_text(), "see the docstring of this file"


def test_the_page_lists_every_public_name() -> None:
    page = PAGE.read_text()
    assert [name for name in pregrasp.__all__ if f"`{name}" not in page] == []


def test_every_name_has_a_home_and_every_home_a_name() -> None:
    assert sorted(pregrasp._HOMES) == sorted(pregrasp.__all__)
    for name in pregrasp.__all__:
        assert getattr(pregrasp, name).__module__ == f"pregrasp.{pregrasp._HOMES[name]}"


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'open_sell'"):
        pregrasp.open_sell  # noqa: B018


HEAVY = ("tensorflow", "keras", "mujoco", "abb_robot_client", "PySpin", "asyncua", "aiohttp", "ray")


@pytest.mark.slow
def test_the_whole_surface_loads_neither_tensorflow_nor_mujoco_nor_an_sdk() -> None:
    ask = (
        "import pregrasp, pregrasp.aio, sys\n"
        "[getattr(pregrasp, name) for name in pregrasp.__all__]\n"
        f"print(*(name for name in {HEAVY!r} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
    assert done.stderr == ""

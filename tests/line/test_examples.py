"""The examples run as a newcomer would run them, only shorter."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_assembly_station_is_a_page_long() -> None:
    assert len((EXAMPLES / "assembly_station.py").read_text().splitlines()) <= 60


@pytest.mark.slow
def test_the_assembly_station_assembles() -> None:
    assert loaded("assembly_station").main(parts=1) == 1


@pytest.mark.slow
def test_two_cells_grasp_in_one_asyncio_program() -> None:
    assert loaded("two_cells_asyncio").main() == 2


@pytest.mark.slow
def test_the_customers_own_tests_pass() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "customer_station"],
        cwd=EXAMPLES,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


@pytest.mark.slow
def test_the_examples_are_typed_strictly() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file", "pyproject.toml"),
            "examples/assembly_station.py",
            "examples/two_cells_asyncio.py",
            "examples/customer_station/station.py",
        ],
        cwd=EXAMPLES.parent,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout

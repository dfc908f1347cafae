"""Skills of other packages: found by their entry point, explained when they are broken."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pregrasp.documents import ConfigurationError
from pregrasp.skills.registry import SkillRegistry
from pregrasp.trees import parse_tree

EXAMPLE = Path(__file__).parents[2] / "examples" / "skill_package"


def install(folder: Path, package: str, module: str) -> None:
    """What an installer leaves behind: the entry point of a package."""
    info = folder / f"{package}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[pregrasp.skills]\n{package} = {module}\n")


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SkillRegistry]:
    install(tmp_path, "broken-skills", "broken_skills_module")
    (tmp_path / "broken_skills_module.py").write_text("raise RuntimeError('no licence\\nkey')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield SkillRegistry()
    sys.modules.pop("broken_skills_module", None)


def test_a_broken_package_is_named_with_its_error(broken: SkillRegistry) -> None:
    [problem] = broken.discover()
    assert "broken-skills announces skills in broken_skills_module" in problem
    assert "RuntimeError: no licence key" in problem


def test_a_tree_that_misses_a_skill_is_told_of_the_broken_package(broken: SkillRegistry) -> None:
    broken.discover()
    with pytest.raises(ConfigurationError, match="package broken-skills announces"):
        parse_tree("tree: t\nroot: polish\n", skills=broken)


def test_a_mended_package_is_no_longer_reported(broken: SkillRegistry, tmp_path: Path) -> None:
    broken.discover()
    (tmp_path / "broken_skills_module.py").write_text("")
    sys.modules.pop("broken_skills_module", None)
    assert broken.discover() == ()


@pytest.mark.slow
def test_the_example_package_passes_its_own_tests_once_it_is_installed(tmp_path: Path) -> None:
    install(tmp_path, "polishing", "polishing.wipe")
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE / "tests")],
        env={"PYTHONPATH": f"{tmp_path}:{EXAMPLE / 'src'}", "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.slow
def test_the_command_lists_the_skills_of_an_installed_package(tmp_path: Path) -> None:
    install(tmp_path, "polishing", "polishing.wipe")
    found = subprocess.run(
        [sys.executable, "-c", "from pregrasp.cli import main; main()", "skills", "wipe"],
        env={"PYTHONPATH": f"{tmp_path}:{EXAMPLE / 'src'}", "PATH": "", "COLUMNS": "120"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    for word in ("wipe", "width_mm", "float [mm]", "50.0", "Length of a stroke."):
        assert word in found.stdout

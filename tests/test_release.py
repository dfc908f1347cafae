import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
FOLDERS = ("hardware", "perception", "skills", "task_library", "trees")


def tracked(*folders: str) -> set[str]:
    done = subprocess.run(
        ["git", "ls-files", "--", *folders], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return set(done.stdout.split())


@pytest.mark.slow
def test_a_release_holds_every_tracked_file(tmp_path: Path) -> None:
    # Checkout, sdist, wheel, as a release is made: a wheel made from the checkout would hide
    # a file that is missing from the sdist.
    pytest.importorskip("hatchling", reason="builds without isolation, so hatchling is needed")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path, ROOT],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    links = {f"src/pregrasp/{folder}" for folder in FOLDERS}
    own = {name.removeprefix("src/") for name in tracked("src/pregrasp") - links}
    wanted = {f"pregrasp/{name}" for name in tracked(*FOLDERS)} | own
    assert wanted - packed == set()


def test_every_pinned_version_runs_on_the_python_of_debian_12() -> None:
    # A pin that only a newer Python can install breaks the setup there, and nowhere else.
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.partition(";")[0].strip().split("==") for line in lines if "==" in line)
    wrong, found = [], 0
    for name, version in pins.items():
        try:
            known = metadata(name)
        except PackageNotFoundError:
            continue  # for another platform
        found += 1
        wanted = known["Requires-Python"] or ""
        if known["Version"] == version and not SpecifierSet(wanted).contains("3.11.2"):
            wrong.append(f"{name}=={version} wants Python {wanted}")
    assert wrong == []
    assert found > 50

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

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

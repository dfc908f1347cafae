import subprocess
import sys

import pytest

HEAVY = ("tensorflow", "keras", "mujoco", "cv2", "numpy", "matplotlib")


def loaded_by(program: str) -> set[str]:
    ask = f"{program}\nimport sys\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True)
    return set(done.stdout.splitlines()[-1].split()) if done.stdout.strip() else set()


def test_importing_pregrasp_loads_nothing_heavy() -> None:
    assert loaded_by("import pregrasp") == set()


def test_the_command_line_starts_without_anything_heavy() -> None:
    assert loaded_by("import pregrasp.cli.application") == set()


@pytest.mark.slow
def test_jobs_and_trees_load_without_mujoco_and_tensorflow() -> None:
    jobs = "import pregrasp.jobs.demo, pregrasp.jobs.doctor, pregrasp.jobs.train"
    assert not loaded_by(jobs) & {"tensorflow", "keras", "mujoco"}


@pytest.mark.slow
def test_the_layers_of_the_architecture_are_kept() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "importlinter.cli", "lint"],
        check=False,
        capture_output=True,
        text=True,
    )
    if "No module named" in done.stderr:
        pytest.fail(done.stderr)
    assert done.returncode == 0, done.stdout

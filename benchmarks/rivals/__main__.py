"""Every estimator on the same pictures of the simulated cell.

    python -m benchmarks.rivals.learn circuit_board --dataset datasets/circuit_board
    python -m benchmarks.rivals circuit_board --pictures 30 --out runs/rivals

One look each: no servo corrects what an estimator says. Pictures, answers and tables are kept
in the folder, and a run that was stopped goes on where it was. A rival whose model or library
is missing is skipped with a word.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import cv2

from benchmarks.rivals import classical, visp
from benchmarks.rivals.bound import bound
from benchmarks.rivals.classical import Answer, Reference
from benchmarks.rivals.pictures import CONDITIONS, Picture, pictures
from benchmarks.rivals.table import Row, draw_figure, markdown, summarise
from pregrasp.cli.console import progress_bars
from pregrasp.frames import DEG, MM
from pregrasp.perception.errors import ModelError
from pregrasp.perception.estimator import Image
from pregrasp.perception.features.model import FeatureEstimator, FeatureModel
from pregrasp.perception.model import load_estimator
from pregrasp.task import Task, find_task, library

Rival = tuple[str, contextlib.AbstractContextManager[Callable[[Image], Answer]]]

TRAINED = ("fully_connected", "googlenet")


def rivals(task: Task, models: Path) -> Iterator[Rival]:
    """Everything that can answer pictures of a task here."""
    own = load_estimator(task.model_folder, task.task)
    yield "own", contextlib.nullcontext(classical.estimator(own.estimate))
    for name in TRAINED:
        try:
            trained = load_estimator(models / name / task.task, task.task)
        except ModelError as error:
            _skip(f"{name} on {task.task}", str(error))
            continue
        yield name, contextlib.nullcontext(classical.estimator(trained.estimate))
    try:
        model = FeatureModel.load(models / "features" / task.task, task.task)
    except ModelError as error:
        _skip(f"all that need the taught picture of {task.task}", str(error))
        return
    plain = FeatureEstimator(_unpolished(model))
    reference = Reference(model)
    yield "features", contextlib.nullcontext(classical.estimator(plain.estimate))
    polished = FeatureEstimator(model).estimate
    yield "features + polish", contextlib.nullcontext(classical.estimator(polished))
    yield "features + ECC", contextlib.nullcontext(classical.features_and_ecc(reference, plain))
    yield "ECC alone", contextlib.nullcontext(classical.ecc_alone(reference))
    yield "ORB", contextlib.nullcontext(classical.orb(reference))
    try:
        program = visp.build(models.parent / "build")
    except visp.VispMissingError as error:
        _skip("ViSP", str(error))
        return
    yield "ViSP SSD", visp.tracker(program, "ssd", reference)
    yield "ViSP ZNCC", visp.tracker(program, "zncc", reference)


def _unpolished(model: FeatureModel) -> FeatureModel:
    values = {name: getattr(model, name) for name in FeatureModel.__dataclass_fields__}
    return FeatureModel(**(values | {"polish": False}))


def answer_all(
    name: str,
    answer: Callable[[Image], Answer],
    taken: list[Picture],
    file: Path,
    report: Callable[[str, float, float, str], None],
) -> list[Row]:
    """One rival's answers to all pictures, those on disk included."""
    rows = {}
    if file.exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(ValueError, TypeError):
                row = Row(**json.loads(line))
                rows[row.condition, row.range, row.index] = row
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as lines:
        for done, picture in enumerate(taken, start=1):
            key = picture.condition, picture.range, picture.index
            if key not in rows:
                said = answer(picture.image())
                off = said.motion.inverse() @ picture.motion
                rows[key] = Row(
                    rival=name,
                    task=picture.task,
                    condition=picture.condition,
                    range=picture.range,
                    index=picture.index,
                    answered=said.answered,
                    translation_mm=off.translation / MM,
                    rotation_deg=off.rotation / DEG,
                    ms=said.seconds * 1e3,
                )
                lines.write(json.dumps(asdict(rows[key])) + "\n")
                lines.flush()
            report(f"{picture.task}: {name}", done, len(taken), "")
    return [rows[p.condition, p.range, p.index] for p in taken]


def _skip(what: str, why: str) -> None:
    print(f"skipped: {what}: {why}", file=sys.stderr)


def main() -> None:
    """Draw, answer, and tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tasks", nargs="*", default=sorted(library()), help="by default all")
    parser.add_argument("--pictures", type=int, default=30, help="scenes a condition (30)")
    parser.add_argument("--seed", type=int, default=31, help="of the scenes (31)")
    parser.add_argument("--conditions", default=",".join(CONDITIONS), help="with commas between")
    parser.add_argument("--only", help="rivals, as the table names them, with commas between")
    parser.add_argument("--out", type=Path, default=Path("runs/rivals"), help="runs/rivals")
    parser.add_argument("--quick", action="store_true", help="two scenes a condition")
    parser.add_argument("--without-bound", action="store_true", help="no Cramer-Rao bound")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    count = 2 if options.quick else options.pictures
    conditions = tuple(options.conditions.split(","))
    rows: list[Row] = []
    bounds = {}
    models = options.out / "models"
    only = options.only.split(",") if options.only else ()
    with progress_bars() as report:
        for name in options.tasks:
            task = find_task(name)
            taken = pictures(
                task, conditions, count, options.seed, options.out / "pictures",
                lambda stage, done, total: report(stage, done, total, ""),
            )  # fmt: skip
            for rival, opened in rivals(task, models):
                if only and rival not in only:
                    continue
                file = options.out / "answers" / f"{task.task}_{options.seed}_{rival}.jsonl"
                with opened as answer:
                    rows += answer_all(rival, answer, taken, file, report)
            features = models / "features" / task.task
            if features.exists() and not options.without_bound:
                bounds[task.task] = bound(task, FeatureModel.load(features, task.task))
    summary = summarise(rows)
    result = {
        "pictures": count,
        "seed": options.seed,
        "bounds": {
            task: asdict(b) | {"translation_mm": b.translation_mm, "total_mm": b.total_mm}
            for task, b in bounds.items()
        },
        "table": [asdict(entry) for entry in summary],
    }
    (options.out / "rivals.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (options.out / "rivals.md").write_text(markdown(summary), encoding="utf-8")
    draw_figure(summary, bounds, options.out / "rivals.png")
    print(markdown(summary))
    for task, b in bounds.items():
        print(
            f"{task}: no estimator beats a median of {b.translation_mm:.5f} mm (deviation "
            f"{b.theta_deg:.5f} deg), with the arm's scatter {b.total_mm:.4f} mm"
        )


if __name__ == "__main__":
    main()

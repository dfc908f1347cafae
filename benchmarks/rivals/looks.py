"""What an estimator sees: one look in several conditions, each vote where it was cast.

    python -m benchmarks.rivals.looks circuit_board --out docs/images/perception_looks.png

Green votes were believed, red ones not; the frame says whether the answer was trusted.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from benchmarks.rivals.pictures import Picture, pictures
from pregrasp.frames import DEG, MM
from pregrasp.perception.estimator import Estimator
from pregrasp.perception.model import load_estimator
from pregrasp.task import find_task

CONDITIONS = ("nominal", "hard_shadow", "glare", "occluded_30", "defocus", "partial_view")
WIDTH = 480
GREEN, RED = (90, 200, 60), (60, 60, 230)


def drawn(
    picture: Picture, estimator: Estimator
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """One picture with its votes, BGR."""
    image = picture.image()
    estimate = estimator.estimate(image)
    shrink = image.shape[1] / WIDTH
    small = cv2.resize(image, (WIDTH, round(image.shape[0] / shrink)), interpolation=cv2.INTER_AREA)
    shown = cv2.cvtColor(small, cv2.COLOR_GRAY2BGR)
    if estimate.votes is not None:
        for (u, v), weight in zip(estimate.votes.points, estimate.votes.weights, strict=True):
            colour = GREEN if weight > 0.3 else RED
            cv2.circle(shown, (round(u / shrink), round(v / shrink)), 3, colour, -1, cv2.LINE_AA)
    off = estimate.motion.inverse() @ picture.motion
    verdict = "trusted" if estimate.trusted else "refused"
    words = f"{picture.condition}: {verdict}, {estimate.confidence:.0%} agree"
    if estimate.trusted:
        words += f", off by {off.translation / MM:.2f} mm {off.rotation / DEG:.2f} deg"
    cv2.rectangle(shown, (0, 0), (WIDTH, 22), (30, 30, 30), -1)
    cv2.putText(
        shown, words, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (255, 255, 255), 1, cv2.LINE_AA
    )
    frame = GREEN if estimate.trusted else RED
    cv2.rectangle(shown, (0, 0), (shown.shape[1] - 1, shown.shape[0] - 1), frame, 3)
    return np.asarray(shown, np.uint8)


def main() -> None:
    """Draw one look for every condition."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", help="a task's name or folder")
    parser.add_argument("--model", type=Path, help="model folder; by default the task's own")
    parser.add_argument("--seed", type=int, default=31, help="of the scenes (31)")
    parser.add_argument("--index", type=int, default=0, help="which scene (0)")
    parser.add_argument("--pictures", type=Path, default=Path("runs/rivals/pictures"))
    parser.add_argument("--out", type=Path, required=True, help="PNG or JPEG to write")
    chosen = parser.parse_args()
    task = find_task(chosen.task)
    estimator = load_estimator(chosen.model or task.model_folder, task.task)
    taken = pictures(
        task, CONDITIONS, chosen.index + 1, chosen.seed, chosen.pictures, lambda *_: None
    )
    chosen_ones = [p for p in taken if p.range == "far" and p.index == chosen.index]
    tiles = [drawn(picture, estimator) for picture in chosen_ones]
    rows = [np.hstack(tiles[i : i + 3]) for i in range(0, len(tiles), 3)]
    cv2.imwrite(str(chosen.out), np.vstack(rows), (cv2.IMWRITE_JPEG_QUALITY, 82))
    print(chosen.out)


if __name__ == "__main__":
    main()

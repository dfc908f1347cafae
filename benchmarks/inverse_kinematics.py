"""How fast and how right the closed-form inverse kinematics of the IRB 120 is.

    python benchmarks/inverse_kinematics.py [--poses 100000]

Every random configuration within the joint ranges is turned into a flange pose and back,
with the configuration itself as the seed: the nearest answer must be that configuration,
and every answer must reach the pose. The singular families are sampled the same way, from
exactly singular to a millimetre or a milliradian away. Then the arm is led through each
singularity in small steps: the answers must not jump. Time is processor time, the best of
several rounds, beside py-opw-kinematics in the same run.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Sequence

import numpy as np
import py_opw_kinematics as opw
from scipy.spatial.transform import RigidTransform

from pregrasp.hardware import irb120
from pregrasp.hardware.kinematics import Joints, forward, inverse, nearest

LOW, HIGH = np.array(irb120.LOWER_LIMITS), np.array(irb120.UPPER_LIMITS)
STRETCHED = math.atan2(irb120.FOREARM, irb120.ELBOW_OFFSET)
WRONG = 1e-6
"""An answer further from the truth is another branch [rad]."""
OFFSETS = (0.0, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3)
"""How far from exactly singular [rad]."""


def as_joints(q: Sequence[float]) -> Joints:
    a, b, c, d, e, f = (float(angle) for angle in q)
    return a, b, c, d, e, f


def random_configurations(rng: np.random.Generator, count: int) -> list[Joints]:
    return [as_joints(q) for q in rng.uniform(LOW, HIGH, (count, 6))]


def over_axis_1(q2: float) -> float:
    """Joint 3 that puts the wrist centre over axis 1, or NaN."""
    length = math.hypot(irb120.FOREARM, irb120.ELBOW_OFFSET)
    sine = -irb120.UPPER_ARM * math.sin(q2) / length
    return math.asin(sine) - q2 - STRETCHED if abs(sine) <= 1 else math.nan


def singular(rng: np.random.Generator, count: int) -> dict[str, list[Joints]]:
    """Configurations on and near every singularity, and on several at once."""
    found: dict[str, list[Joints]] = {
        "wrist": [],
        "shoulder": [],
        "elbow": [],
        "wrist+shoulder": [],
    }
    for q in rng.uniform(LOW, HIGH, (count, 6)):
        offset = float(rng.choice(OFFSETS) * rng.choice([-1, 1]))
        q1, q2, q3, q4, q5, q6 = q.tolist()
        found["wrist"].append((q1, q2, q3, q4, offset, q6))
        over = over_axis_1(q2)
        if irb120.LOWER_LIMITS[2] <= over <= irb120.UPPER_LIMITS[2]:
            found["shoulder"].append((q1, q2, over + offset, q4, q5, q6))
            found["wrist+shoulder"].append((q1, q2, over, q4, offset, q6))
        # The elbow is stretched outside of joint 3's range on one side only.
        found["elbow"].append((q1, q2, -STRETCHED + offset, q4, q5, q6))
    return found


def wrong(configurations: Sequence[Joints]) -> tuple[int, float, float]:
    """How many were not found again; the largest error of the others; the largest residual."""
    missed, error, residual = 0, 0.0, 0.0
    for q in configurations:
        T_base_flange = forward(q)
        answers = inverse(T_base_flange, q)
        apart = min((distance_of(answer, q) for answer in answers[:1]), default=math.inf)
        residual = max(
            [residual, *(float(np.abs(forward(a) - T_base_flange).max()) for a in answers)]
        )
        if apart > WRONG and not same_family(answers, q):
            missed += 1
        elif apart <= WRONG:
            error = max(error, apart)
    return missed, error, residual


def distance_of(a: Joints, b: Joints) -> float:
    return max(abs(x - y) for x, y in zip(a, b, strict=True))


def same_family(answers: Sequence[Joints], q: Joints) -> bool:
    """At a singularity the same pose has neighbours: as good if the seed's own joint is kept.

    Two answers can also be equally near: a stretched elbow has its two branches in one.
    """
    T_base_flange = forward(q)
    return bool(answers) and any(
        np.abs(forward(a) - T_base_flange).max() < 1e-9 and distance_of(a, q) < 2e-3
        for a in answers[:2]
    )


def longest_jump(through: Joints, direction: Sequence[float], step: float = 1e-4) -> float:
    """The largest change of any joint in one step of a way that goes through a singularity."""
    way = [
        as_joints(np.array(through) + (i - 100) * step * np.array(direction)) for i in range(201)
    ]
    seed, jump = way[0], 0.0
    for q in way[1:]:
        found = nearest(forward(q), seed)
        if found is None:
            return math.inf
        jump = max(jump, *(abs(a - b) for a, b in zip(found, seed, strict=True)))
        seed = found
    return jump / step


def best(act: Callable[[], None], count: int, rounds: int = 15) -> float:
    """Processor time of one pose, the best of several rounds [us]."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        act()
        times.append((time.process_time() - began) / count)
    return 1e6 * min(times)


def report_times(rng: np.random.Generator) -> None:
    q = random_configurations(rng, 1000)
    poses = [forward(joints) for joints in q]
    transforms = [RigidTransform.from_matrix(pose) for pose in poses]
    model = opw.KinematicModel(
        a1=0, a2=-0.07, b=0, c1=0.29, c2=0.27, c3=0.302, c4=0.072,
        offsets=(0, 0, -math.pi / 2, 0, 0, 0), flip_axes=(False,) * 6,
    )  # fmt: skip
    robot = opw.Robot(model, degrees=False)

    def each(act: Callable[[int], object]) -> Callable[[], None]:
        def run() -> None:
            for i in range(len(q)):
                act(i)

        return run

    rows = {
        "inverse, all branches within limits, nearest first": lambda i: inverse(poses[i], q[i]),
        "nearest": lambda i: nearest(poses[i], q[i]),
        "py-opw-kinematics, no limits, from a RigidTransform": lambda i: robot.inverse(
            transforms[i], current_joints=q[i]
        ),
        "py-opw-kinematics, from the same matrix": lambda i: robot.inverse(
            RigidTransform.from_matrix(poses[i]), current_joints=q[i]
        ),
    }
    print("processor time of a pose [us]")
    for name, act in rows.items():
        print(f"  {name:55s} {best(each(act), len(q)):7.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--poses", type=int, default=100_000)
    poses = parser.parse_args().poses
    rng = np.random.default_rng(120)
    report_times(rng)
    print("\nfound again, with the configuration as seed")
    families = {"random": random_configurations(rng, poses), **singular(rng, poses // 10)}
    for name, configurations in families.items():
        missed, error, residual = wrong(configurations)
        print(
            f"  {name:15s} {len(configurations):7d} poses, wrong {missed}, "
            f"largest error {error:.1e} rad, largest residual {residual:.1e} m or 1"
        )
    print("\nled through singularities: largest joint change, in steps of the way")
    for name, configurations in singular(rng, 200).items():
        jumps = []
        for q in configurations:
            direction = rng.uniform(-1, 1, 6)
            inside = np.array(q)
            if np.all(inside - 0.02 > LOW) and np.all(inside + 0.02 < HIGH):
                jumps.append(longest_jump(q, direction))
        print(f"  {name:15s} {len(jumps):4d} ways, largest {max(jumps):.3f}")


if __name__ == "__main__":
    main()

"""Poses and motion commands form a group, and frames cancel as their names say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pregrasp.frames import MotionCommand, Pose, wrap_angle

metres = st.floats(-2.0, 2.0)
angles = st.floats(-math.pi, math.pi)
motions = st.builds(MotionCommand, metres, metres, angles)
poses = st.builds(Pose, metres, metres, metres, angles)


def close(one: MotionCommand, other: MotionCommand) -> bool:
    return (
        math.isclose(one.x, other.x, abs_tol=1e-9)
        and math.isclose(one.y, other.y, abs_tol=1e-9)
        and abs(wrap_angle(one.theta - other.theta)) < 1e-9
    )


@given(motions)
def test_a_motion_and_its_inverse_cancel(motion: MotionCommand) -> None:
    assert close(motion @ motion.inverse(), MotionCommand())
    assert close(motion.inverse() @ motion, MotionCommand())


@given(motions, motions, motions)
def test_composition_is_associative(a: MotionCommand, b: MotionCommand, c: MotionCommand) -> None:
    assert close((a @ b) @ c, a @ (b @ c))


@given(motions, motions)
def test_composition_is_the_product_of_matrices(a: MotionCommand, b: MotionCommand) -> None:
    np.testing.assert_allclose((a @ b).matrix(), a.matrix() @ b.matrix(), atol=1e-9)


@given(poses, poses)
def test_poses_compose_as_their_matrices(a: Pose, b: Pose) -> None:
    np.testing.assert_allclose((a @ b).matrix(), a.matrix() @ b.matrix(), atol=1e-9)
    np.testing.assert_allclose(a.inverse().matrix(), np.linalg.inv(a.matrix()), atol=1e-9)


@given(poses, motions)
def test_a_motion_moves_a_pose_in_its_own_frame(pose: Pose, motion: MotionCommand) -> None:
    moved = pose @ motion
    assert close((pose.inverse() @ moved).planar, motion)
    assert moved.z == pose.z


@pytest.mark.parametrize(
    ("angle", "wrapped"),
    [(0.0, 0.0), (math.pi, math.pi), (-math.pi, math.pi), (3 * math.pi / 2, -math.pi / 2)],
)
def test_angles_are_wrapped_to_the_half_open_circle(angle: float, wrapped: float) -> None:
    assert wrap_angle(angle) == pytest.approx(wrapped)

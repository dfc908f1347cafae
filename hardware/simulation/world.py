"""The simulated world: arm, gripper, table, part, lamps and camera in one MuJoCo model.

Devices work on threads of their own, so whoever reads or writes the model or the data holds
`World.lock`. The lock is re-entrant and held for one control step at most while the arm
moves, so that pictures and questions never wait for a whole move.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mujoco
import numpy as np
import numpy.typing as npt

from pregrasp.frames import MM, MotionCommand, Pose
from pregrasp.hardware import irb120
from pregrasp.hardware.kinematics import Joints
from pregrasp.hardware.simulation import gripper_model, irb120_model
from pregrasp.hardware.simulation.camera import add_camera
from pregrasp.hardware.simulation.lighting import add_lights
from pregrasp.hardware.simulation.part import PART_BODY, PART_BOX, PART_LOOK, add_part
from pregrasp.hardware.simulation.specification import Part
from pregrasp.hardware.simulation.table import add_table

TIME_STEP = 0.0005
"""Of the physics [s]; see `gripper_model.GRIP_TIME` for why it is so short."""
OVERVIEW_CAMERA = "overview"
"""Name of the camera for people, beside the table."""

_OVERVIEW_FROM = (1.12, -0.92, 0.70)
_OVERVIEW_TO = (0.20, 0.0, 0.29)
_ROOM_ABOVE_PART = 20 * MM
"""Below this height over the part the jaws may touch it [m]."""
_AT_REST = 2 * MM
"""Slower than this, a part on the table counts as lying still [m/s]."""


class World:
    """The model, its state, and what devices ask of both.

    Args:
        part: What lies on the table and what the jaws are made for.
        folder: The task's folder, for photographs of the part.
        table_seed: Which table.
        camera_seed: Which mounting of the camera.
    """

    def __init__(self, part: Part, *, folder: Path, table_seed: int, camera_seed: int) -> None:
        self.part = part
        self.lock = threading.RLock()
        self.generation = 0
        self.model: Any = build(
            part, folder=folder, table_seed=table_seed, camera_seed=camera_seed
        ).compile()
        self.data: Any = mujoco.MjData(self.model)

        first = self.model.joint(irb120_model.JOINTS[0])
        self._arm_q = slice(int(first.qposadr[0]), int(first.qposadr[0]) + 6)
        self._arm_v = slice(int(first.dofadr[0]), int(first.dofadr[0]) + 6)
        # Between shoulder and hand only the first three joints feel a push at their full lever.
        self._push_v = slice(self._arm_v.start, self._arm_v.start + 3)
        motor = int(self.model.actuator(irb120_model.JOINTS[0]).id)
        self._arm_u = slice(motor, motor + 6)
        self._fingers_u = int(self.model.actuator(gripper_model.MOTOR).id)
        fingers = [self.model.joint(name) for name in gripper_model.FINGERS]
        self._fingers_q = [int(finger.qposadr[0]) for finger in fingers]
        self._fingers_v = [int(finger.dofadr[0]) for finger in fingers]
        free = self.model.joint(PART_BODY)
        self._part_q = slice(int(free.qposadr[0]), int(free.qposadr[0]) + 7)
        self._part_v = slice(int(free.dofadr[0]), int(free.dofadr[0]) + 6)
        self._leads = np.array([irb120_model.command_lead(joint) for joint in range(6)])
        self.contact_height = self._part_height() + _ROOM_ABOVE_PART
        """Tools below this height above the table may touch the part [m]."""
        self.place_arm(irb120.HOME)

    # --- arm ---------------------------------------------------------------------------
    def arm_joints(self) -> Joints:
        """Where the joints really are [rad]."""
        q1, q2, q3, q4, q5, q6 = self.data.qpos[self._arm_q].tolist()
        return q1, q2, q3, q4, q5, q6

    def place_arm(self, joints: Sequence[float], *, refresh: bool = True) -> None:
        """Put the arm somewhere, at rest, without physics.

        Args:
            joints: Six angles [rad].
            refresh: Whether positions of bodies and cameras are needed before the next call.
        """
        self.data.qpos[self._arm_q] = joints
        self.data.qvel[self._arm_v] = 0.0
        self.data.ctrl[self._arm_u] = joints
        if refresh:
            mujoco.mj_forward(self.model, self.data)

    def launch_arm(self, joints: Sequence[float], speeds: Sequence[float]) -> None:
        """Put the arm somewhere, already moving: physics takes over in the middle of a move."""
        self.data.qpos[self._arm_q] = joints
        self.data.qvel[self._arm_v] = speeds

    def command_arm(self, joints: npt.ArrayLike, speeds: npt.ArrayLike) -> None:
        """Tell the motors where to be [rad] and how fast to go there [rad/s]."""
        self.data.ctrl[self._arm_u] = joints + self._leads * np.asarray(speeds)

    def push_on_arm(self) -> float:
        """Largest torque that touching things puts on one of the first three joints [N m]."""
        # Asked after every step: numpy takes longer for three numbers than Python.
        pushes: list[float] = self.data.qfrc_constraint[self._push_v].tolist()
        return max(map(abs, pushes))

    # --- gripper -----------------------------------------------------------------------
    def command_fingers(self, closed_by: float) -> None:
        """Tell the jaws how far to close, each from its open place [m]."""
        self.data.ctrl[self._fingers_u] = 2.0 * closed_by

    def fingers(self) -> tuple[float, float]:
        """How far the jaws have closed on average [m] and the faster one's speed [m/s]."""
        first, second = self._fingers_q
        a, b = self._fingers_v
        closed_by = 0.5 * float(self.data.qpos[first] + self.data.qpos[second])
        return closed_by, max(abs(float(self.data.qvel[a])), abs(float(self.data.qvel[b])))

    def open_fingers(self) -> None:
        """Put the jaws at their open place without physics."""
        self.data.qpos[self._fingers_q] = 0.0
        self.data.qvel[self._fingers_v] = 0.0
        self.command_fingers(0.0)

    def fingers_on_part(self) -> int:
        """How many of the two jaws touch the part."""
        part = self.model.body(PART_BODY).id
        jaws = {self.model.body(name).id for name in gripper_model.FINGERS}
        bodies = self.model.geom_bodyid
        touching = set()
        for first, second in self.data.contact.geom:
            pair = {int(bodies[first]), int(bodies[second])}
            if part in pair:
                touching |= pair & jaws
        return len(touching)

    # --- part --------------------------------------------------------------------------
    def part_pose(self) -> Pose:
        """``T_base_part``; what the part is tilted is left out."""
        x, y, z, qw, qx, qy, qz = self.data.qpos[self._part_q].tolist()
        theta = math.atan2(2.0 * (qw * qz + qx * qy), 1.0 - 2.0 * (qy * qy + qz * qz))
        return Pose(x, y, z, theta)

    def place_part(
        self, position: npt.NDArray[np.float64], quaternion: npt.NDArray[np.float64]
    ) -> None:
        """Put the part somewhere, at rest.

        Args:
            position: Of the middle of its underside, in base, float64 (3,) [m].
            quaternion: Of the part in base, w first, float64 (4,).
        """
        self.data.qpos[self._part_q] = (*position, *quaternion)
        self.data.qvel[self._part_v] = 0.0

    def lay_part(self, T_base_part: MotionCommand) -> None:
        """Lay the part on the table, face up, at rest."""
        half = 0.5 * T_base_part.theta
        self.place_part(
            np.array([T_base_part.x, T_base_part.y, 0.0]),
            np.array([math.cos(half), 0.0, 0.0, math.sin(half)]),
        )

    def part_moves(self) -> bool:
        """Whether the part slides or falls."""
        return float(abs(self.data.qvel[self._part_v][:3]).max()) > _AT_REST

    def part_lowest(self) -> float:
        """Height of the part's lowest corner above the table [m]."""
        box = self.data.geom(PART_BOX)
        half = self.model.geom(PART_BOX).size
        down = abs(box.xmat.reshape(3, 3)[2]) @ half
        return float(box.xpos[2] - down)

    # --- physics -----------------------------------------------------------------------
    def step(self) -> None:
        """Let `TIME_STEP` pass."""
        mujoco.mj_step(self.model, self.data)

    def refresh(self) -> None:
        """Work out where bodies and cameras are after something was placed."""
        mujoco.mj_forward(self.model, self.data)

    def restart(self) -> None:
        """Forget motions and contacts of the past; positions must be set afterwards."""
        mujoco.mj_resetData(self.model, self.data)

    def _part_height(self) -> float:
        """From the part's underside to the top of its highest component [m]."""
        mesh = int(self.model.mesh(PART_LOOK).id)
        first, count = int(self.model.mesh_vertadr[mesh]), int(self.model.mesh_vertnum[mesh])
        corners = self.model.mesh_vert[first : first + count]
        turned = corners @ _rotation(self.model.mesh_quat[mesh]).T + self.model.mesh_pos[mesh]
        return max(self.part.thickness, float(turned[:, 2].max()))


def build(part: Part, *, folder: Path, table_seed: int, camera_seed: int) -> mujoco.MjSpec:
    """Everything that stands in the cell, ready to be compiled."""
    spec = mujoco.MjSpec()
    spec.modelname = "grasp_cell"
    spec.compiler.degree = False
    spec.option.timestep = TIME_STEP
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_IMPLICITFAST
    # Elliptic cones and a high ratio of friction to normal stiffness: what is held stays put.
    spec.option.cone = mujoco.mjtCone.mjCONE_ELLIPTIC
    spec.option.impratio = 10.0
    spec.default.geom.solref = (0.004, 1.0)
    add_table(spec, table_seed)
    add_lights(spec)
    tool = irb120_model.add_arm(spec)
    gripper_model.add_gripper(spec, tool, part)
    add_part(spec, part, folder=folder)
    add_camera(spec, gripper_model.CAMERA_MOUNT, seed=camera_seed)
    _add_overview(spec)
    return spec


def _add_overview(spec: mujoco.MjSpec) -> None:
    """A camera beside the table that sees all of the cell, and walls that it sees behind."""
    spec.add_texture(
        name="hall",
        type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=(0.86, 0.89, 0.92),
        rgb2=(0.52, 0.56, 0.60),
        width=256,
        height=1536,
    )
    backward = np.subtract(_OVERVIEW_FROM, _OVERVIEW_TO)
    backward /= np.linalg.norm(backward)
    right = np.cross((0.0, 0.0, 1.0), backward)
    right /= np.linalg.norm(right)
    R_base_camera = np.column_stack([right, np.cross(backward, right), backward])
    quaternion = np.empty(4)
    mujoco.mju_mat2Quat(quaternion, R_base_camera.ravel())
    spec.worldbody.add_camera(name=OVERVIEW_CAMERA, pos=_OVERVIEW_FROM, quat=quaternion, fovy=36.0)


def _rotation(quaternion: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    matrix = np.empty(9)
    mujoco.mju_quat2Mat(matrix, quaternion)
    return matrix.reshape(3, 3)

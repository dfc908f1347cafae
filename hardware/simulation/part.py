"""The part of a task as a free body of the simulated cell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pregrasp.hardware.simulation.part_mesh import PartMesh, build_mesh, slots_for
from pregrasp.hardware.simulation.rendering import Upload
from pregrasp.hardware.simulation.specification import Part
from pregrasp.hardware.simulation.textures.look import PartVariation
from pregrasp.hardware.simulation.textures.maker import make_look

PART_BODY = "part"
"""Free body; its frame is the part's: middle of the underside, z up."""
PART_BOX = "part_box"
"""Collision geom, not drawn."""
PART_LOOK = "part_look"
"""Drawn geom, mesh, material and texture of that name; it touches nothing."""

HIDDEN_GROUP = 3
"""Geom group that MuJoCo's viewers and our pictures leave out."""


def add_part(spec: Any, part: Part, *, folder: Path, variation: PartVariation | None = None) -> Any:
    """Add the part to a model in the making.

    Args:
        spec: ``mujoco.MjSpec``.
        part: What the task says about it.
        folder: The task's folder, where photographs are looked for.
        variation: Which individual; None for the part as designed.

    Returns:
        The ``mujoco.MjsBody`` named `PART_BODY`, lying at the base frame's origin, with a
        free joint of the same name.

    Raises:
        ConfigurationError: The part's photograph is missing or cannot be read.
    """
    import mujoco

    look = make_look(part, folder, variation)
    made = build_mesh(look, part.length, part.width, part.thickness)
    texture = spec.add_texture(
        name=PART_LOOK,
        type=mujoco.mjtTexture.mjTEXTURE_2D,
        width=made.atlas.shape[1],
        height=made.atlas.shape[0],
        nchannel=3,
    )
    texture.data = made.atlas.tobytes()
    material = spec.add_material(name=PART_LOOK, specular=0.15, shininess=0.4)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = PART_LOOK
    spec.add_mesh(
        name=PART_LOOK,
        uservert=made.vertices.ravel().tolist(),
        usernormal=made.normals.ravel().tolist(),
        usertexcoord=made.coordinates.ravel().tolist(),
        userface=made.faces.ravel().tolist(),
        # Unused slots have no volume; only the surface is asked for its middle.
        inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL,
    )
    body = spec.worldbody.add_body(name=PART_BODY)
    body.add_freejoint(name=PART_BODY)
    body.add_geom(
        name=PART_BOX,
        type=mujoco.mjtGeom.mjGEOM_BOX,
        size=[0.5 * part.length, 0.5 * part.width, 0.5 * part.thickness],
        pos=[0.0, 0.0, 0.5 * part.thickness],
        mass=part.mass,
        group=HIDDEN_GROUP,
    )
    body.add_geom(
        name=PART_LOOK,
        type=mujoco.mjtGeom.mjGEOM_MESH,
        meshname=PART_LOOK,
        material=PART_LOOK,
        contype=0,
        conaffinity=0,
        mass=0.0,
        group=1,
    )
    return body


def repaint_part(
    model: Any, part: Part, *, folder: Path, variation: PartVariation | None = None
) -> Upload:
    """Turn the part of a compiled model into another individual or another part of its size.

    Call it under the world's lock, and hand what it returns to `PictureMaker.upload`.

    Args:
        model: ``mujoco.MjModel`` with a part of the same length, width and thickness.
        part: What it becomes.
        folder: The folder of that part's task.
        variation: Which individual; None for the part as designed.

    Raises:
        ConfigurationError: The part's photograph is missing or cannot be read.
        ValueError: The part does not fit; compile another model.
    """
    look = make_look(part, folder, variation)
    mesh, texture = model.mesh(PART_LOOK).id, model.texture(PART_LOOK).id
    first, count = int(model.mesh_vertadr[mesh]), int(model.mesh_vertnum[mesh])
    made = build_mesh(look, part.length, part.width, part.thickness)
    rows, columns = int(model.tex_height[texture]), int(model.tex_width[texture])
    if len(made.vertices) != count or made.atlas.shape != (rows, columns, 3):
        raise ValueError(
            f"the part's texture of {made.atlas.shape[1]} x {made.atlas.shape[0]} px with "
            f"{len(made.vertices)} corners does not fit the model's {columns} x {rows} px with "
            f"{count} corners; {slots_for(look)} solids"
        )
    _write_mesh(model, mesh, first, made)
    start = int(model.tex_adr[texture])
    model.tex_data[start : start + made.atlas.size] = made.atlas.ravel()
    return Upload(textures=(texture,), meshes=(mesh,))


def _write_mesh(model: Any, mesh: int, first: int, made: PartMesh) -> None:
    """Write the arrays in the frame that the compiler moved the mesh to."""
    import mujoco

    turn = np.empty(9)
    mujoco.mju_quat2Mat(turn, model.mesh_quat[mesh])
    R_part_mesh = turn.reshape(3, 3)
    count = len(made.vertices)
    model.mesh_vert[first : first + count] = (made.vertices - model.mesh_pos[mesh]) @ R_part_mesh
    start = int(model.mesh_normaladr[mesh])
    model.mesh_normal[start : start + count] = made.normals @ R_part_mesh
    start = int(model.mesh_texcoordadr[mesh])
    model.mesh_texcoord[start : start + count] = made.coordinates

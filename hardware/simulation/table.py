"""The table: many different tops, all of them drawn from a seed."""

from __future__ import annotations

from typing import Any

from pregrasp.hardware.simulation.rendering import Upload
from pregrasp.hardware.simulation.textures.table_top import TILE, TILE_PIXELS, table_top

TABLE = "table"
"""Collision plane, material and texture of that name; its top is z = 0 in base."""


_FURNITURE = (
    ("table_slab", [0.6, 0.6, 0.015], [0.3, 0.0, -0.0165], (0.45, 0.46, 0.48)),
    *(
        (
            f"table_leg_{x:+d}{y:+d}",
            [0.03, 0.03, 0.36],
            [0.3 + 0.54 * x, 0.54 * y, -0.39],
            (0.3, 0.31, 0.33),
        )
        for x in (-1, 1)
        for y in (-1, 1)
    ),
    ("floor", [3.0, 3.0, 0.01], [0.3, 0.0, -0.76], (0.36, 0.38, 0.4)),
)
"""Name, half sizes [m], middle [m] and colour of what only shows in overview pictures."""


def add_table(spec: Any, seed: int) -> None:
    """Add a table, its legs and the floor to a model in the making.

    Args:
        spec: ``mujoco.MjSpec``.
        seed: Which table top.
    """
    import mujoco

    texture = spec.add_texture(
        name=TABLE,
        type=mujoco.mjtTexture.mjTEXTURE_2D,
        width=TILE_PIXELS,
        height=TILE_PIXELS,
        nchannel=3,
    )
    texture.data = table_top(seed).tobytes()
    material = spec.add_material(
        name=TABLE, texrepeat=[1.0 / TILE, 1.0 / TILE], texuniform=True, specular=0.05
    )
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = TABLE
    spec.worldbody.add_geom(
        name=TABLE,
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[0.6, 0.6, 0.05],
        pos=[0.3, 0.0, 0.0],
        material=TABLE,
        # Nothing lies below it, and filling the shadow map with it takes a third of a picture.
        castshadow=False,
    )
    for name, size, middle, colour in _FURNITURE:
        spec.worldbody.add_geom(
            name=name,
            type=mujoco.mjtGeom.mjGEOM_BOX,
            size=size,
            pos=middle,
            rgba=[*colour, 1.0],
            contype=0,
            conaffinity=0,
            group=1,
            castshadow=False,
        )


def repaint(model: Any, seed: int) -> Upload:
    """Give the table of a compiled model another top.

    Call it under the world's lock, and hand what it returns to `PictureMaker.upload`.
    """
    texture = model.texture(TABLE).id
    start = int(model.tex_adr[texture])
    pixels = table_top(seed)
    model.tex_data[start : start + pixels.size] = pixels.ravel()
    return Upload(textures=(texture,))

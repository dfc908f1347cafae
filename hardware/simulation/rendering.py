"""Pictures of a simulated world, drawn without a screen.

An OpenGL context belongs to one thread, while skills take pictures from whichever worker
they run on. `PictureMaker` therefore owns a thread: callers hand it a request and wait.
Only the short copy of the world's state is made under the world's lock; drawing, which is
what takes long, happens outside.
"""

from __future__ import annotations

import atexit
import queue
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from pregrasp.hardware.errors import DeviceUnavailableError
from pregrasp.hardware.simulation.gl import make_context

T = TypeVar("T")

LARGEST_PICTURE = (1600, 1200)
"""Width and height of the largest picture [px]."""
MULTISAMPLES = 4
"""Samples a pixel of pictures for people."""
WIDE_SHADOWS = 0.7
"""Half the side of the square in which smooth pictures have shadows [m]."""
_MOST_GEOMS = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """Textures and meshes of a model that were rewritten and must reach the renderer."""

    textures: tuple[int, ...] = ()
    """Ids."""
    meshes: tuple[int, ...] = ()
    """Ids."""


class RenderedWorld(Protocol):
    """What the renderer needs to know about a world."""

    @property
    def model(self) -> Any:
        """``mujoco.MjModel``."""

    @property
    def data(self) -> Any:
        """``mujoco.MjData``."""

    @property
    def lock(self) -> Any:
        """A context manager, held while model or data are read or written."""

    @property
    def generation(self) -> int:
        """Changes whenever `model` is another object."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shot:
    """A drawn picture and where things were when it was taken."""

    rgb: npt.NDArray[np.uint8]
    """uint8 (height, width, 3), **row 0 at the bottom**, as OpenGL delivers it."""
    camera_position: npt.NDArray[np.float64]
    """In base, float64 (3,) [m]."""
    camera_axes: npt.NDArray[np.float64]
    """Right, up and backward of the picture as columns, in base, float64 (3, 3)."""


Dress = Callable[[Any, Any, Any], None]
"""Changes a scene about to be drawn: ``mujoco.MjvScene``, model and data."""


class PictureMaker:
    """Draws a world; safe to call from any thread that does not hold the world's lock.

    Args:
        world: What to draw; read anew for every picture.

    Raises:
        DeviceUnavailableError: There is no OpenGL to draw with.
    """

    def __init__(self, world: RenderedWorld) -> None:
        self._requests: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._worker = threading.Thread(
            target=_serve, args=(self._requests,), name="pictures", daemon=True
        )
        self._worker.start()
        self._studio = _Studio(world)
        # At exit a context that is still open would complain from its destructor.
        reference = weakref.ref(self)
        self._at_exit = lambda: _close(reference)
        atexit.register(self._at_exit)
        try:
            self._ask(self._studio.open)
        except BaseException:
            self.close()
            raise

    def picture(
        self,
        camera: str,
        size: tuple[int, int] = LARGEST_PICTURE,
        *,
        dress: Dress | None = None,
        smooth: bool = False,
    ) -> Shot:
        """Draw what a camera of the model sees.

        Args:
            camera: Its name.
            size: Width and height [px], at most `LARGEST_PICTURE`.
            dress: Changes the scene before it is drawn: lamps, things that only show.
            smooth: Whether to smooth edges, for pictures for people; takes twice as long.

        Raises:
            DeviceUnavailableError: The renderer was closed.
        """
        return self._ask(lambda: self._studio.shoot(camera, size, dress, smooth))

    def upload(self, upload: Upload) -> None:
        """Show rewritten textures and meshes from now on."""
        self._ask(lambda: self._studio.upload(upload))

    def close(self) -> None:
        """Give the OpenGL context back; calling it again changes nothing."""
        if self._closed.is_set():
            return
        self._closed.set()
        atexit.unregister(self._at_exit)
        self._requests.put(self._studio.close)
        self._requests.put(None)
        if threading.current_thread() is not self._worker:
            self._worker.join(timeout=10.0)

    def _ask(self, work: Callable[[], T]) -> T:
        if self._closed.is_set():
            raise DeviceUnavailableError("renderer", "it was closed.", "Open the cell again.")
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)

        self._requests.put(run)
        return future.result()


def _serve(requests: queue.SimpleQueue[Callable[[], None] | None]) -> None:
    while (work := requests.get()) is not None:
        work()


def _close(reference: weakref.ref[PictureMaker]) -> None:
    maker = reference()
    if maker is not None:
        maker.close()


class _Studio:
    """What lives on the thread of the OpenGL context."""

    def __init__(self, world: RenderedWorld) -> None:
        self._world = world
        self._context: Any = None
        self._generation: int | None = None
        self._renderers: dict[bool, Any] = {}
        self._scene: Any = None
        self._option: Any = None

    def open(self) -> None:
        self._context = make_context(*LARGEST_PICTURE)

    def close(self) -> None:
        self._drop()
        if self._context is not None:
            self._context.free()
            self._context = None

    def shoot(self, camera: str, size: tuple[int, int], dress: Dress | None, smooth: bool) -> Shot:
        import mujoco

        with self._world.lock:
            model, data = self._world.model, self._world.data
            renderer = self._renderer(model, smooth)
            view = mujoco.MjvCamera()
            view.type = mujoco.mjtCamera.mjCAMERA_FIXED
            view.fixedcamid = index = model.camera(camera).id
            mujoco.mjv_updateScene(
                model, data, self._option, None, view, mujoco.mjtCatBit.mjCAT_ALL, self._scene
            )
            position = data.cam_xpos[index].copy()
            axes = data.cam_xmat[index].reshape(3, 3).copy()
            if dress is not None:
                dress(self._scene, model, data)
        width, height = size
        viewport = mujoco.MjrRect(0, 0, width, height)
        mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, renderer)
        mujoco.mjr_render(viewport, self._scene, renderer)
        rgb = np.empty((height, width, 3), np.uint8)
        mujoco.mjr_readPixels(rgb, None, viewport, renderer)
        return Shot(rgb=rgb, camera_position=position, camera_axes=axes)

    def upload(self, upload: Upload) -> None:
        import mujoco

        with self._world.lock:
            model = self._world.model
            if self._generation != self._world.generation:
                return  # a renderer made later reads the model as it is then
            for renderer in self._renderers.values():
                for texture in upload.textures:
                    mujoco.mjr_uploadTexture(model, renderer, texture)
                for mesh in upload.meshes:
                    mujoco.mjr_uploadMesh(model, renderer, mesh)

    def _renderer(self, model: Any, smooth: bool) -> Any:
        import mujoco

        if self._generation != self._world.generation:
            self._drop()
            self._generation = self._world.generation
            self._scene = mujoco.MjvScene(model, maxgeom=_MOST_GEOMS)
            self._option = mujoco.MjvOption()
        if smooth not in self._renderers:
            model.vis.global_.offwidth, model.vis.global_.offheight = LARGEST_PICTURE
            model.vis.quality.offsamples = MULTISAMPLES if smooth else 0
            renderer = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
            if smooth:  # people look at the whole cell, cameras at a piece of the table
                renderer.shadowClip = WIDE_SHADOWS
            self._renderers[smooth] = renderer
        return self._renderers[smooth]

    def _drop(self) -> None:
        for renderer in self._renderers.values():
            renderer.free()
        self._renderers.clear()
        self._scene = None
        self._generation = None

"""Scenes by way of cubemaps: the seeds' route, for comparison and for what needs it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from helios.errors import OptionError
from helios.model.formats import Projection, StereoLayout
from helios.model.picture import Picture, PixelFormat
from helios.projection.cubemap import (
    FACES,
    OVERSCAN_PX,
    CubemapCapture,
    Face,
    face_axes,
    face_size_for,
)
from helios.projection.equirect import EquirectangularConverter
from helios.projection.stereo import StereoStacker
from helios.scene.kernels.cpu.draw import CpuKernels
from helios.scene.kernels.cpu.remap import CompiledLookup
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.kernels import Canvas, SceneFrame
from helios.scene.kernels.view import Vec, View
from helios.scene.scene import Scene, SceneSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class CubemapSettings:
    """``scene`` holds the size of one eye's picture."""

    scene: SceneSettings
    stereo: StereoLayout = StereoLayout.MONO
    ipd: float = 0.064
    """Between the eyes, in world units."""
    face_size: int | None = None
    """Pixels a side without overscan; None: as sharp as the picture straight ahead."""
    threads: int | None = None
    sound: tuple[tuple[str, str], ...] = ()
    """(path, SHA-256) of what the table was made from."""


class CubemapSceneSource:
    """Draws six faces for each eye and converts them; eyes are a fixed offset apart.

    Glow is left out: it is made for one picture and would show every edge of the cube.

    Raises:
        OptionError: the type is not a full sphere.
    """

    def __init__(self, settings: CubemapSettings) -> None:
        if settings.scene.projection is not Projection.EQUIRECT:
            raise OptionError(
                "--panorama cubemap makes films that go all around",
                hint="Use it with --type 360-mono-... or 360-stereo-...",
            )
        self._settings = settings
        width, height = settings.scene.width, settings.scene.height
        self._size = settings.face_size or face_size_for(width)
        self._scene = Scene(settings.scene)
        self._kernels = CpuKernels(settings.threads)
        self._workers = Workers(settings.threads)
        lookup = CompiledLookup(self._workers)
        self._converter = EquirectangularConverter(self._size, width, height, lookup=lookup)
        side = self._size + 2 * OVERSCAN_PX
        self._canvas = Canvas.of(PixelFormat.RGB24, side, side)
        is_mono = settings.stereo is StereoLayout.MONO
        self._offsets = (0.0,) if is_mono else (-settings.ipd / 2, settings.ipd / 2)
        shape = (len(self._offsets), 6, side, side, 3)
        self._faces: NDArray[np.uint8] = np.empty(shape, np.uint8)
        self._stacker = StereoStacker(width, height, layout=settings.stereo)

    def frames(self, start_frame: int, frame_count: int) -> Iterator[Picture]:
        """Draw the frames, in order."""
        for number in range(start_frame, start_frame + frame_count):
            yield self.picture(number)

    def picture(self, number: int) -> Picture:
        """Draw frame ``number``.

        Raises:
            OptionError: no such frame.
        """
        frame = self._scene.frame(number)
        for index, face in enumerate(FACES):
            # A face's sky is the same for both eyes, so that it is drawn once.
            for eye, offset in enumerate(self._offsets):
                self._kernels.draw(_through(frame, face, self._size, offset), self._canvas)
                self._faces[eye, index] = self._canvas.planes[0]
        for eye, place in enumerate(
            (self._stacker.left, self._stacker.right)[: len(self._offsets)]
        ):
            self._converter.convert(self._faces[eye], place)
        picture = self._stacker.frame
        return Picture(
            frame=number,
            width=picture.shape[1],
            height=picture.shape[0],
            format=PixelFormat.RGB24,
            planes=(picture,),
        )

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path, SHA-256) of the files the scene reads."""
        return tuple(sorted({*self._scene.inputs(), *self._settings.sound}))

    def close(self) -> None:
        """End threads and readers."""
        self._scene.close()
        self._kernels.close()
        self._workers.close()


def _through(frame: SceneFrame, face: Face, size: int, offset: float) -> SceneFrame:
    """The frame as the camera of one face sees it, moved to the right by ``offset``."""
    view = frame.view
    camera = CubemapCapture(size).cameras[FACES.index(face)]
    axes = np.array((view.right, view.up, tuple(-c for c in view.forward)))
    right, up, forward = (_vec(axis @ axes) for axis in face_axes(face))
    position = view.moved(offset).position
    turned = View(
        projection=Projection.PERSPECTIVE,
        width=camera.size,
        height=camera.size,
        focal_px=size / 2,
        position=position,
        right=right,
        up=up,
        forward=forward,
    )
    return replace(frame, view=turned, bloom_strength=0.0)


def _vec(values: NDArray[np.float64]) -> Vec:
    x, y, z = (float(value) for value in values)
    return x, y, z

"""Scenes by way of cubemaps: six faces drawn flat, then bent to an equirectangular picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from helios.errors import OptionError
from helios.model.backends import Backend
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
from helios.scene.kernels.backend import open_kernels
from helios.scene.kernels.frames import SceneFrame
from helios.scene.kernels.loops import CompiledLookup
from helios.scene.kernels.view import Vec, View
from helios.scene.scene import Scene, SceneSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class CubemapSettings:
    """What to draw by six faces, and how."""

    scene: SceneSettings
    face_size: int | None = None
    """Pixels a side without overscan; None: as sharp as the picture straight ahead."""
    backend: Backend = Backend.AUTO
    adapter: str = ""
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
        self._scene = Scene(replace(settings.scene, stereo=StereoLayout.MONO))
        self._kernels = open_kernels(
            settings.backend,
            format=PixelFormat.RGB24,
            threads=settings.threads,
            adapter=settings.adapter,
        )
        self._lookup = CompiledLookup(settings.threads)
        self._converter = EquirectangularConverter(self._size, width, height, lookup=self._lookup)
        self._side = self._size + 2 * OVERSCAN_PX
        stereo, ipd = settings.scene.stereo, settings.scene.ipd
        self._offsets = (0.0,) if stereo is StereoLayout.MONO else (-ipd / 2, ipd / 2)
        shape = (len(self._offsets), 6, self._side, self._side, 3)
        self._faces: NDArray[np.uint8] = np.empty(shape, np.uint8)
        self._stacker = StereoStacker(width, height, layout=stereo)

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
            # Both eyes in one picture: a face's sky is the same for them and is drawn once.
            drawn = self._kernels.submit(_through(frame, face, self._size, self._offsets)).result()
            self._faces[:, index] = drawn.planes[0].reshape(-1, self._side, self._side, 3)
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

    def warnings(self) -> tuple[str, ...]:
        """See ``FrameSource``."""
        return ()

    def close(self) -> None:
        """End threads and readers."""
        self._scene.close()
        self._kernels.close()
        self._lookup.close()


def _through(frame: SceneFrame, face: Face, size: int, offsets: tuple[float, ...]) -> SceneFrame:
    """The frame as the cameras of one face see it, each moved to the right by its offset; the
    eyes' pictures lie below each other."""
    ahead = frame.views[0]
    camera = CubemapCapture(size).cameras[FACES.index(face)]
    axes = np.array((ahead.right, ahead.up, tuple(-c for c in ahead.forward)))
    right, up, forward = (_vec(axis @ axes) for axis in face_axes(face))
    views = tuple(
        View(
            projection=Projection.PERSPECTIVE,
            width=camera.size,
            height=camera.size,
            focal_px=size / 2,
            position=ahead.moved(offset).position,
            right=right,
            up=up,
            forward=forward,
        )
        for offset in offsets
    )
    layout = StereoLayout.MONO if len(views) == 1 else StereoLayout.TOP_BOTTOM
    return replace(frame, views=views, layout=layout, bloom_strength=0.0)


def _vec(values: NDArray[np.float64]) -> Vec:
    x, y, z = (float(value) for value in values)
    return x, y, z

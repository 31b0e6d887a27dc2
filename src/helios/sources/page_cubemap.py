"""Pages that can draw any direction, as films that go all around."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from helios.browser.launch import Browser
from helios.browser.page import Page
from helios.browser.preload import read_script
from helios.errors import CaptureError, OptionError
from helios.model.composition import Composition
from helios.model.facts import CaptureMethod
from helios.model.formats import StereoLayout
from helios.model.picture import Picture, PixelFormat
from helios.projection.cubemap import CubemapCapture, FaceCamera, face_axes, face_size_for
from helios.projection.equirect import EquirectangularConverter
from helios.projection.stereo import StereoCapture, StereoStacker
from helios.sources.page import PageSettings, PageSource


@dataclass(frozen=True, slots=True, kw_only=True)
class PanoramaSettings:
    """How a page becomes a panorama."""

    stereo: StereoLayout = StereoLayout.MONO
    face_size: int | None = None
    ipd_m: float = 0.064
    unit_scale: float = 1.0


class PageCubemapSource(PageSource):
    """Asks the page for six faces of each eye, ``window.helios.renderFace(face, eye, camera)``.

    ``settings`` are those of the whole picture.

    Raises:
        OptionError: the picture's shape fits no film that goes all around.
    """

    def __init__(
        self,
        browser: Browser,
        composition: Composition,
        settings: PageSettings,
        panorama: PanoramaSettings,
    ) -> None:
        below = 2 if panorama.stereo is StereoLayout.TOP_BOTTOM else 1
        beside = 2 if panorama.stereo is StereoLayout.LEFT_RIGHT else 1
        width, height = settings.width // beside, settings.height // below
        if width != 2 * height:
            raise OptionError(
                f"one eye's picture is {width}x{height}; all around is twice as wide as high"
            )
        self._panorama = panorama
        self._eye_size = (width, height)
        self._cubes = _cubes(panorama, panorama.face_size or face_size_for(width))
        side = self._cubes[0][1].cameras[0].size
        faces = replace(settings, width=side, height=side, capture=CaptureMethod.DIRECT)
        super().__init__(browser, composition, faces)

    def _open_capture(self, page: Page) -> FaceCapture:
        return FaceCapture(page, self._cubes, self._eye_size, self._panorama.stereo)


def _cubes(panorama: PanoramaSettings, size: int) -> tuple[tuple[str, CubemapCapture], ...]:
    if panorama.stereo is StereoLayout.MONO:
        return (("mono", CubemapCapture(size)),)
    eyes = StereoCapture(face_size=size, ipd_m=panorama.ipd_m, unit_scale=panorama.unit_scale)
    left, right = eyes.eyes()
    return (("left", left), ("right", right))


class FaceCapture:
    """Pictures made of the faces that an open page draws."""

    def __init__(
        self,
        page: Page,
        cubes: tuple[tuple[str, CubemapCapture], ...],
        eye_size: tuple[int, int],
        layout: StereoLayout,
    ) -> None:
        self._page, self._cubes = page, cubes
        self._script = read_script("face").partition("\n")[2].strip()
        self._converter = EquirectangularConverter(cubes[0][1].face_size, *eye_size)
        self._stacker = StereoStacker(*eye_size, layout=layout)

    def frames(self, numbers: Sequence[int]) -> Iterator[Picture]:
        """See ``Capture``.

        Raises:
            CaptureError: a face is not what was asked for.
        """
        places = (self._stacker.left, self._stacker.right)
        picture = self._stacker.frame
        for frame in numbers:
            self._page.step(frame)
            for (eye, cube), place in zip(self._cubes, places, strict=False):
                faces = cube.capture(partial(self._face, eye))
                self._converter.convert(faces, place)
            yield Picture(
                frame=frame,
                width=picture.shape[1],
                height=picture.shape[0],
                format=PixelFormat.RGB24,
                planes=(picture,),
            )

    def _face(self, eye: str, camera: FaceCamera) -> NDArray[np.uint8]:
        right, up, forward = (axis.tolist() for axis in face_axes(camera.face))
        asked = {
            "face": camera.face.value,
            "eye": eye,
            "size": camera.size,
            "fov": camera.fov,
            "near": camera.near,
            "far": camera.far,
            "position": list(camera.position),
            "right": right,
            "up": up,
            "forward": forward,
            "viewMatrix": camera.view_matrix().T.ravel().tolist(),
            "projectionMatrix": camera.projection_matrix().T.ravel().tolist(),
        }
        expression = f"({self._script})({self._page.literal(asked)})"
        data = self._page.read_blob(expression, what=f"drawing the face {camera.face}")
        pixels = np.frombuffer(data, np.uint8)
        if pixels.size != camera.size * camera.size * 4:
            raise CaptureError(f"face {camera.face} arrived with {pixels.size} bytes")
        return pixels.reshape(camera.size, camera.size, 4)[..., :3]

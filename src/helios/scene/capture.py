"""Frames as pixels in memory: for stills, previews and programs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helios.errors import CaptureError
from helios.model.formats import EXPORT_TYPES, ExportType, export_type
from helios.model.picture import PixelFormat
from helios.scene.audio_input import AudioColumns
from helios.scene.kernels.backend import Kernels, open_kernels
from helios.scene.kernels.frames import Bytes, SceneFrame
from helios.scene.scene import SceneSettings
from helios.scene.timeline import SceneStepper


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedFrame:
    """One frame's pixels, the caller's own: no later frame is drawn over them."""

    frame_number: int
    width: int
    height: int
    timestamp: float
    """Seconds."""
    planes: tuple[Bytes, ...]
    """One (H, W, 3) array, sRGB."""

    @property
    def data(self) -> bytes:
        """Width · height · 4 bytes of RGBA, top row first."""
        rgba: NDArray[np.uint8] = np.full((self.height, self.width, 4), 255, np.uint8)
        rgba[..., :3] = self.planes[0]
        return rgba.tobytes()


class FrameCapture:
    """Draws frames of a scene into memory.

    ``gamma`` corrects the finished picture for a display that differs from sRGB: 1 leaves it
    alone, above 1 brightens. It is applied here and nowhere else.
    """

    def __init__(
        self, settings: SceneSettings, *, threads: int | None = None, gamma: float = 1.0
    ) -> None:
        self._settings = settings
        self._stepper = SceneStepper(settings)
        self._kernels: Kernels | None = open_kernels(format=PixelFormat.RGB24, threads=threads)
        self._table: NDArray[np.uint8] | None = None
        self.set_gamma_correction(gamma)

    def set_gamma_correction(self, gamma: float) -> None:
        """Set ``gamma``; 1 switches correction off.

        Raises:
            CaptureError: not a positive number.
        """
        if not 0.05 <= gamma <= 20:
            raise CaptureError(f"gamma must be between 0.05 and 20, not {gamma}")
        levels = np.linspace(0, 1, 256) ** (1 / gamma)
        self._table = None if gamma == 1 else np.round(levels * 255).astype(np.uint8)

    def capture_frame(
        self, frame: int, audio: Mapping[str, float] | AudioColumns | None = None
    ) -> CapturedFrame:
        """Draw frame ``frame``.

        Raises:
            CaptureError: disposed of already.
            OptionError: no such frame.
        """
        if self._kernels is None:
            raise CaptureError("this capture was disposed of")
        return self._finish(self._draw(self._stepper.step_to_frame(frame, audio)))

    def capture_frames(self, frames: Iterable[int], ahead: int = 2) -> Iterator[CapturedFrame]:
        """Draw many frames, up to ``ahead`` of them before they are asked for, in order."""
        return in_order(self.capture_frame, frames, ahead)

    def dispose(self) -> None:
        """Let go of everything; may be called again."""
        if self._kernels is not None:
            self._kernels.close()
            self._stepper.close()
        self._kernels = None

    def _draw(self, frame: SceneFrame) -> CapturedFrame:
        assert self._kernels is not None
        picture = self._kernels.submit(frame).result()
        return CapturedFrame(
            frame_number=frame.number,
            width=picture.width,
            height=picture.height,
            timestamp=frame.time_s,
            planes=tuple(np.array(plane, np.uint8) for plane in picture.planes),
        )

    def _finish(self, frame: CapturedFrame) -> CapturedFrame:
        if self._table is not None:
            frame.planes[0][:] = self._table[frame.planes[0]]
        return frame


def in_order(
    draw: Callable[[int], CapturedFrame], frames: Iterable[int], ahead: int
) -> Iterator[CapturedFrame]:
    """Results of ``draw`` in the order of ``frames``, computed up to ``ahead`` early."""
    waiting: deque[Future[CapturedFrame]] = deque()
    with ThreadPoolExecutor(1) as pool:
        try:
            for number in frames:
                waiting.append(pool.submit(draw, number))
                if len(waiting) > max(0, ahead):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


class RenderTargetManager:
    """Named picture sizes, from the one table of formats."""

    def __init__(self) -> None:
        self.presets: dict[str, ExportType] = {entry.name: entry for entry in EXPORT_TYPES}

    def preset(self, name: str) -> ExportType:
        """The size called ``name``; ``1080p-landscape`` and the like are aliases.

        Raises:
            UnknownFormatError: no such size.
        """
        return export_type(name)

"""Draws scene frames with a graphics card.

Particles are placed by the processor (``kernels.loops``): where each one is takes double precision
and 64-bit hashes, which cards lack, and is a hundredth of the work. All that is done for each pixel
is the card's. Pictures are drawn in strips, turned into bytes there and read back through a ring:
while one is copied and encoded, the next is drawn and the one after it prepared.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from helios.model.formats import Projection, StereoLayout
from helios.model.picture import Picture, PixelFormat
from helios.scene.kernels.cpu import packing as k
from helios.scene.kernels.cpu import water as waves
from helios.scene.kernels.cpu.crowd import Crowd, gather, roomy
from helios.scene.kernels.cpu.glow import scale_of, shrunk, taps_of
from helios.scene.kernels.cpu.jit import cache_folder
from helios.scene.kernels.cpu.packed_view import code_of
from helios.scene.kernels.cpu.workers import Workers
from helios.scene.kernels.dither import dither
from helios.scene.kernels.frames import Floats, SceneFrame
from helios.scene.kernels.gpu.card import (
    Card,
    CardMemoryLow,
    Commands,
    Shelf,
    read,
    release,
    uniform,
)
from helios.scene.kernels.gpu.sky import Backdrop, Baked, tiles, view_rows
from helios.scene.kernels.view import View

_STRIP_PIXELS = 8 << 20
"""Of a picture, drawn by one command."""
_SMALLEST_STRIP_PIXELS = 1 << 19
_STRIP_ROWS = 32
"""Strips begin with multiples of it, so that their bytes begin with whole words."""
_PIXEL_BYTES = 12
_AT_ONCE = 8
"""Particles added in one round of a loop (shaders/sprites.wgsl)."""
_PER_RUN = 1 << 15
"""Groups of a run along x, of those that are numbered through."""


class GpuKernels:
    """A card draws; the bytes are the same for any number of ``threads`` and any size of strips."""

    depth = 3

    @staticmethod
    def compiled_in() -> Path:
        """See ``helios.scene.kernels.backend.compiled_in``: what places particles is compiled."""
        return cache_folder()

    def __init__(
        self,
        format: PixelFormat,  # noqa: A002 - as in Picture
        threads: int | None = None,
        adapter: str = "",
        *,
        strip_pixels: int = _STRIP_PIXELS,
        features: Sequence[str] = (),
    ) -> None:
        self._format = format
        self._card = Card(adapter, features)
        self._workers = Workers(threads)
        self._strip_pixels = strip_pixels
        baked = Baked(self._card)
        self._sky = Backdrop(self._card, baked)
        self._mirrored_sky = Backdrop(self._card, baked, flip=True)
        self._eyes: list[_Eye] = []
        self._surface: _Surface | None = None
        self._ring: deque[tuple[Any, Future[Picture]]] = deque()
        self._reader = ThreadPoolExecutor(1, "helios-read-back")
        self._is_open = True

    def submit(self, frame: SceneFrame) -> Future[Picture]:
        """Have ``frame`` drawn."""
        try:
            buffer = self._drawn(frame)
        except Exception as error:  # noqa: BLE001 - raised by whoever wants the picture
            future: Future[Picture] = Future()
            future.set_exception(error)
            return future
        surface = self._surface
        assert surface is not None
        future = self._reader.submit(surface.picture, frame, buffer)
        self._ring.append((buffer, future))
        return future

    def close(self) -> None:
        """Let go of the card; pictures that were read are of no more use."""
        if self._is_open:
            self._is_open = False
            self._reader.shutdown()
            self._card.close()
            self._workers.close()

    def _fitting(self, frame: SceneFrame) -> _Surface:
        """A surface for pictures of that size, its strips as small as the card's memory wants."""
        while True:
            try:
                return _Surface(self._card, frame, self._format, self._strip_pixels)
            except CardMemoryLow:
                if self._strip_pixels <= _SMALLEST_STRIP_PIXELS:
                    raise
                self._strip_pixels //= 4

    def _drawn(self, frame: SceneFrame) -> Any:
        """The buffer of the ring that ``frame`` will be in."""
        if self._surface is None or not self._surface.fits(frame):
            self._ring.clear()
            self._surface = self._fitting(frame)
        surface = self._surface
        if len(self._ring) < self.depth:
            buffer = self._card.read_back(surface.total_bytes)
        else:
            buffer, read_before = self._ring.popleft()
            wait([read_before])
            release(buffer)
        while len(self._eyes) < len(frame.views):
            self._eyes.append(_Eye(self._card, self._workers))

        def draw(commands: Commands) -> None:
            pairs = list(zip(self._eyes, frame.views, strict=False))
            for eye, view in pairs:
                eye.prepare(commands, frame, view, self._sky, self._mirrored_sky)
            surface.draw(commands, frame, [eye for eye, _ in pairs], buffer)

        self._card.record(draw)
        return buffer


class _Eye:
    """What one view's picture is painted from."""

    def __init__(self, card: Card, workers: Workers) -> None:
        self._card, self._workers = card, workers
        self._store: Floats = np.zeros((0, k.SPRITE), np.float32)
        self._shelf = Shelf(card)
        self.behind: Any = None
        self.gain = 0.0
        self.spilled: Any = None
        self.lists: tuple[Any, Any] = (None, None)

    def prepare(
        self,
        commands: Commands,
        frame: SceneFrame,
        view: View,
        sky: Backdrop,
        mirrored_sky: Backdrop,
    ) -> None:
        """Draw what is behind the particles and the light that they spill, and list them."""
        self._store = roomy(self._store, frame)
        self.behind = sky.draw(commands, frame.sky, view)
        self.gain = 0.0 if frame.sky is None else frame.sky_gain
        if frame.water is not None:
            self._flood(commands, frame, view, mirrored_sky)
        crowd = gather(
            self._workers, frame.layers, view, frame.time_s, self._store, body=frame.body
        )
        self.lists = self._listed("seen", crowd)
        self.spilled = self._shelf.texture("spilled", 1, 1, "rgba32float")
        if frame.bloom_strength > 0:
            self.spilled = self._spill(commands, crowd, view, frame.bloom_radius)

    def _flood(
        self, commands: Commands, frame: SceneFrame, view: View, mirrored_sky: Backdrop
    ) -> None:
        water = frame.water
        assert water is not None
        below = mirrored_sky.draw(commands, frame.sky, view)
        crowd = gather(
            self._workers, frame.layers, view, frame.time_s, self._store, water.height, frame.body
        )
        reflected = self._shelf.texture("reflected", view.width, view.height)
        self._splat(commands, view, "mirrored", crowd, below, self.gain, reflected)
        out = self._shelf.texture("flooded", view.width, view.height)
        directions, phases = waves.table(water.time_s)
        depth = water.height - view.position[1]
        commands.run(
            self._card.program("water", "flood"),
            uniform(
                *view_rows(view),
                (depth, water.waves, water.reflectivity, float(self.gain)),
                tuple(map(float, water.colour)),
                *directions,
                *phases,
            ),
            (self.behind, reflected, out),
            tiles(view.width, view.height),
        )
        self.behind, self.gain = out, 1.0

    def _spill(self, commands: Commands, crowd: Crowd, view: View, radius: float) -> Any:
        small = view.scaled(scale_of(view))
        few = shrunk(self._workers, crowd, view)
        size = small.width, small.height
        light = self._shelf.texture("light", *size, "rgba32float")
        across = self._shelf.texture("across", *size, "rgba32float")
        self._splat(commands, small, "small", few, self.spilled, 0.0, light)
        taps = taps_of(view, small, radius)
        buffer = self._shelf.filled("taps", taps)
        wraps = int(view.projection is Projection.EQUIRECT)
        program, groups = self._card.program("blur", "smooth_light"), tiles(*size)
        commands.run(program, uniform((1, 0, wraps, len(taps))), (light, across, buffer), groups)
        commands.run(program, uniform((0, 1, 0, len(taps))), (across, light, buffer), groups)
        return light

    def _splat(
        self,
        commands: Commands,
        view: View,
        name: str,
        crowd: Crowd,
        behind: Any,
        gain: float,
        out: Any,
    ) -> None:
        commands.run(
            self._card.program("splat", "add", repeat=_AT_ONCE, TARGET=str(out.format)),
            uniform((view.width, view.height, code_of(view)), (float(gain), view.focal_px)),
            (behind, out),
            (-(-view.width // 64), crowd.bands),
            self._listed(name, crowd),
        )

    def _listed(self, name: str, crowd: Crowd) -> tuple[Any, Any]:
        starts = crowd.starts.astype(np.uint32)
        listed = self._shelf.filled(f"{name} listed", crowd.listed)
        return listed, self._shelf.filled(f"{name} starts", starts)


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where a plane's bytes are in a read-back buffer: one piece, or one for each eye where theirs
    do not end with whole words."""

    shape: tuple[int, ...]
    starts: tuple[int, ...]
    piece_bytes: int


class _Surface:
    """Paints pictures of one size, strip by strip, and turns them into bytes."""

    def __init__(
        self, card: Card, frame: SceneFrame, format_: PixelFormat, strip_pixels: int
    ) -> None:
        self._card, self._format = card, format_
        self._width, self._height = frame.width, frame.height
        self._layout, self._views = frame.layout, [(v.width, v.height) for v in frame.views]
        pieces = len(frame.views) if frame.layout is StereoLayout.TOP_BOTTOM else 1
        self._piece_rows = frame.height // pieces
        bound = min(strip_pixels, card.largest_binding // _PIXEL_BYTES)
        rows = max(1, bound // frame.width // _STRIP_ROWS) * _STRIP_ROWS
        self._strip_rows = min(rows, self._piece_rows)
        self._planes, self.total_bytes = _planes(frame.width, self._piece_rows, pieces, format_)
        self._shown = card.buffer(self._strip_rows * frame.width * _PIXEL_BYTES)
        self._bytes = card.buffer(self._strip_rows * frame.width * 3 + 64)
        eye_width = frame.views[0].width
        noise = dither(eye_width)
        self._dither = Shelf(card).filled("dither", noise)

    def fits(self, frame: SceneFrame) -> bool:
        """Whether its pictures are as large."""
        size = [(v.width, v.height) for v in frame.views]
        return (self._layout, self._views) == (frame.layout, size)

    def draw(self, commands: Commands, frame: SceneFrame, eyes: list[_Eye], buffer: Any) -> None:
        """Paint the eyes and put the bytes into ``buffer``."""
        if self._layout is StereoLayout.TOP_BOTTOM:
            pieces = [[(eye, view, 0)] for eye, view in zip(eyes, frame.views, strict=True)]
        else:
            width = frame.views[0].width
            row = zip(eyes, frame.views, strict=True)
            pieces = [[(eye, view, i * width) for i, (eye, view) in enumerate(row)]]
        for number, piece in enumerate(pieces):
            for top in range(0, self._piece_rows, self._strip_rows):
                rows = min(self._strip_rows, self._piece_rows - top)
                for eye, view, column in piece:
                    self._paint(commands, frame, eye, view, (top, rows, column))
                self._pack(commands, top, rows, number, buffer)

    def _paint(
        self,
        commands: Commands,
        frame: SceneFrame,
        eye: _Eye,
        view: View,
        place: tuple[int, int, int],
    ) -> None:
        top, rows, column = place
        light = (eye.gain, frame.exposure, frame.bloom_strength, float(scale_of(view)))
        commands.run(
            self._card.program("paint", "draw", repeat=_AT_ONCE),
            uniform(
                (view.width, view.height, top, code_of(view)),
                (self._width, rows, column),
                tuple(map(float, light)),
                (float(view.focal_px),),
            ),
            (eye.behind, eye.spilled, self._shown),
            (-(-view.width // 64), -(-rows // k.BAND_ROWS)),
            eye.lists,
        )

    def _pack(self, commands: Commands, top: int, rows: int, piece: int, buffer: Any) -> None:
        """Bytes of the strip, and their copies where the planes have them."""
        width = self._width
        sizes = [-(-n // 4) for n in _plane_bytes(width, rows, self._format)]
        ends = np.cumsum(sizes).tolist()
        settings = uniform(
            (width, rows, self._views[0][0], top), (ends[0], ends[1] if len(ends) > 1 else 0)
        )
        for entry, words in zip(_ENTRIES[self._format], sizes, strict=False):
            groups = -(-words // 64)
            commands.run(
                self._card.program("bytes", entry),
                settings,
                (self._shown, None if "chroma" in entry else self._dither, self._bytes),
                (min(groups, _PER_RUN), -(-groups // _PER_RUN)),
            )
        before = _plane_bytes(width, top, self._format)
        for plane, words, end, start in zip(self._planes, sizes, ends, before, strict=True):
            commands.copy(
                self._bytes, 4 * (end - words), buffer, plane.starts[piece] + start, 4 * words
            )

    def picture(self, frame: SceneFrame, buffer: Any) -> Picture:
        """The picture in ``buffer``, once it is drawn."""
        whole = np.frombuffer(read(buffer), np.uint8)
        kind = np.uint16 if self._format is PixelFormat.YUV420P10 else np.uint8
        planes: list[NDArray[Any]] = []
        for plane in self._planes:
            parts = [whole[at : at + plane.piece_bytes].view(kind) for at in plane.starts]
            one = parts[0] if len(parts) == 1 else _joined(whole, plane, kind)
            planes.append(one.reshape(plane.shape))
        return Picture(
            frame=frame.number,
            width=self._width,
            height=self._height,
            format=self._format,
            planes=tuple(planes),
        )


_ENTRIES = {
    PixelFormat.RGB24: ("rgb8",),
    PixelFormat.YUV420P: ("luma8", "chroma8"),
    PixelFormat.YUV420P10: ("luma10", "chroma10"),
}


def _plane_bytes(width: int, rows: int, format_: PixelFormat) -> tuple[int, ...]:
    if format_ is PixelFormat.RGB24:
        return (3 * width * rows,)
    each = 2 if format_ is PixelFormat.YUV420P10 else 1
    chroma = each * (width // 2) * (rows // 2)
    return each * width * rows, chroma, chroma


def _planes(
    width: int, piece_rows: int, pieces: int, format_: PixelFormat
) -> tuple[tuple[_Plane, ...], int]:
    """Where the planes are, and how many bytes there are in all."""
    planes, at = [], 0
    for number, size in enumerate(_plane_bytes(width, piece_rows, format_)):
        starts = []
        for _ in range(pieces):
            starts.append(at)
            at += -(-size // 4) * 4
        at = -(-at // 8) * 8
        rows = piece_rows * pieces
        if format_ is PixelFormat.RGB24:
            shape: tuple[int, ...] = (rows, width, 3)
        else:
            shape = (rows // 2, width // 2) if number else (rows, width)
        planes.append(_Plane(shape, tuple(starts), size))
    return tuple(planes), at


def _joined(whole: NDArray[np.uint8], plane: _Plane, kind: Any) -> NDArray[Any]:
    """The pieces as one plane; a copy only where words lie between them."""
    first, size = plane.starts[0], plane.piece_bytes
    if size % 4 == 0:
        return whole[first : first + size * len(plane.starts)].view(kind)
    return np.concatenate([whole[at : at + size].view(kind) for at in plane.starts])

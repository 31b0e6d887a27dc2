"""What is behind everything: the Star Nest sky as numbers, panoramas from files."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from helios.errors import DecodeError
from helios.files.whole import input_sha256
from helios.media.pictures import count_pictures, decode_pictures, read_image
from helios.media.probe import probe
from helios.model.picture import Picture
from helios.scene.kernels.frames import StarNest
from helios.scene.template import Sky
from helios.scene.template import StarNest as Parameters

_TIME = 0.05
"""Sky time per second of film."""
_FROM_MIRRORS = 0.27
"""Share of a tile that the viewer keeps from the mirrors of the fold, at least."""
_STANDING = _FROM_MIRRORS, 1.3 * _FROM_MIRRORS, 1.6 * _FROM_MIRRORS
"""How far from a mirror whoever was nearer stands, along each axis."""
_FROM_AXES, _FROM_DIAGONALS = 0.2, 0.1
"""Shares of a tile from mirrors at which no symmetry shows, by the panoramas of all presets."""
_SURELY_APART = (0.32, 0.5, 0.68)
_SWAY = 0.03
"""Share of a tile by which a sky that drifts moves from its place."""


def is_static(sky: Sky) -> bool:
    """Whether every frame has the same sky."""
    if sky.kind != "starNest":
        return sky.kind != "video"
    p = sky.parameters()
    turns = sky.rotation_speed != 0 and any(p.rotation[:3])
    drifts = sky.drift_speed != 0 and p.scroll[3] != 0 and any(p.scroll[:3])
    return not (turns or drifts or p.hue_speed)


def star_nest_at(sky: Sky, at_s: float) -> StarNest:
    """The Star Nest sky at ``at_s`` seconds of its own time.

    The origin is reduced by whole tiles, which the fold cannot tell apart, so that long films
    keep their precision.
    """
    p = sky.parameters()
    period = 2 * p.tile / 1000
    facing = _rotation(-math.radians(sky.pitch), -math.radians(sky.yaw), 0.0)
    x, y, z = np.mod(_place(sky, p, at_s), period).tolist()
    return StarNest(
        iterations=p.iterations,
        volsteps=p.volsteps,
        formuparam=p.formuparam / 1000,
        step_size=p.step_size / 1000,
        tile=p.tile / 1000,
        brightness=p.brightness / 1000,
        darkmatter=p.darkmatter / 100,
        distfading=p.distfading / 100,
        saturation=p.saturation / 100,
        colour=p.color,
        origin=(x, y, z),
        turn=_turn(sky, p, at_s) @ facing,
        hue=p.hue_shift + at_s * p.hue_speed,
        hue_saturation=p.post_saturation,
        uses_hsv=bool(p.hue_shift or p.hue_speed or p.post_saturation),
    )


def between_mirrors(nest: StarNest) -> StarNest:
    """The sky seen from where no mirror of its fold across an axis goes through the viewer.

    From a place on a mirror each star has a twin on the other side, which shows where one picture
    holds both sides.
    """
    x, y, z = _off_axes(np.array(nest.origin), nest.tile).tolist()
    return replace(nest, origin=(x, y, z))


def star_nest_around(sky: Sky, at_s: float) -> StarNest:
    """The sky at ``at_s`` for films that go all around, from between its mirrors.

    The fold mirrors space at planes across its axes, and wherever two axes are alike. A sky that
    drifts would come through them: it sways in its place instead, no faster.
    """
    nest = star_nest_at(sky, at_s)
    p = sky.parameters()
    begin, now = _place(sky, p, 0.0), _place(sky, p, at_s)
    reach = _SWAY * nest.tile
    x, y, z = (_apart(begin, nest.tile) + reach * np.sin((now - begin) / reach)).tolist()
    return replace(nest, origin=(x, y, z))


def _apart(place: NDArray[np.float64], tile: float) -> NDArray[np.float64]:
    """The place itself, as far as it is away from all mirrors, or another that is."""
    moved = _off_axes(place, tile)
    folded = np.sort(_folded(moved, tile))
    from_axes = min(folded[0], 1 - folded[2])
    if from_axes >= _FROM_AXES and np.diff(folded).min() >= _FROM_DIAGONALS:
        return moved
    ranks = np.argsort(np.argsort(_folded(place, tile), kind="stable"))
    return tile * (1 - np.array(_SURELY_APART)[ranks])


def _off_axes(place: NDArray[np.float64], tile: float) -> NDArray[np.float64]:
    """The place, moved along the axes whose mirrors are near."""
    nearest = tile * np.round(place / tile)
    is_near = np.abs(place - nearest) < _FROM_MIRRORS * tile * 0.999
    return np.where(is_near, nearest + tile * np.array(_STANDING), place)


def _folded(place: NDArray[np.float64], tile: float) -> NDArray[np.float64]:
    """Where the fold sees each coordinate, 0 to 1; both ends are mirrors."""
    return np.abs(tile - np.mod(place, 2 * tile)) / tile


def _place(sky: Sky, p: Parameters, at_s: float) -> NDArray[np.float64]:
    """Where the sky is seen from, in its own space."""
    drift = sky.drift_speed * p.scroll[3] * (p.center[3] + at_s * _TIME)
    seen_from: NDArray[np.float64] = _turn(sky, p, at_s) @ np.array(
        [c + s * drift for c, s in zip(p.center, p.scroll[:3], strict=False)]
    )
    return seen_from + np.array(sky.place) * p.tile / 1000


def _turn(sky: Sky, p: Parameters, at_s: float) -> NDArray[np.float64]:
    time = p.center[3] + at_s * _TIME
    return _rotation(*(r * sky.rotation_speed * time * 0.1 for r in p.rotation[:3]))


def _rotation(x: float, y: float, z: float) -> NDArray[np.float64]:
    """About z, then y, then x."""
    c, s = math.cos, math.sin
    about_z = np.array([[c(z), -s(z), 0], [s(z), c(z), 0], [0, 0, 1]])
    about_y = np.array([[c(y), 0, s(y)], [0, 1, 0], [-s(y), 0, c(y)]])
    about_x = np.array([[1, 0, 0], [0, c(x), -s(x)], [0, s(x), c(x)]])
    turn: NDArray[np.float64] = about_x @ about_y @ about_z
    return turn


class Panorama(Protocol):
    """An equirectangular picture for every frame."""

    def picture(self, time_s: Fraction) -> NDArray[np.uint8]:
        """(H, W, 3) sRGB of that moment; the same array as long as it does not change."""
        ...

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path, SHA-256)."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


def open_panorama(sky: Sky) -> Panorama | None:
    """What supplies the panorama, if the sky is one.

    Raises:
        DecodeError: the file cannot be read.
    """
    if sky.kind == "image":
        return ImagePanorama(Path(sky.file))
    return VideoPanorama(Path(sky.file)) if sky.kind == "video" else None


class ImagePanorama:
    """One equirectangular picture."""

    def __init__(self, path: Path) -> None:
        self._input = _digested(path)
        self._pixels = np.ascontiguousarray(read_image(path)[..., :3])

    def picture(self, time_s: Fraction) -> NDArray[np.uint8]:
        """The picture."""
        del time_s
        return self._pixels

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path, SHA-256)."""
        return (self._input,)

    def close(self) -> None:
        """Nothing to let go of."""


class VideoPanorama:
    """An equirectangular film, frame-exact, repeated when it is shorter than the scene."""

    def __init__(self, path: Path) -> None:
        self._input = _digested(path)
        info = probe(path).video
        if info is None or not info.frame_count:
            raise DecodeError(f"{path} contains no video")
        self._path, self._fps, self._packets = path, info.fps, info.frame_count
        self._decoded: int | None = None
        self._frames: Iterator[Picture] = iter(())
        self._next = 0
        self._shown: tuple[int, NDArray[np.uint8]] | None = None

    def picture(self, time_s: Fraction) -> NDArray[np.uint8]:
        """The film's frame at that moment.

        Raises:
            DecodeError: the film is damaged there.
        """
        wanted = math.floor(time_s * self._fps)
        if wanted >= (self._decoded or self._packets):
            wanted %= self._count()
        if self._shown is not None and self._shown[0] == wanted:
            return self._shown[1]
        if wanted < self._next or self._shown is None:
            self._frames, self._next = decode_pictures(self._path), 0
        for picture in self._frames:
            self._next += 1
            if self._next > wanted:
                pixels = np.array(picture.planes[0][..., :3], dtype=np.uint8)
                self._shown = (wanted, pixels)
                return pixels
        if self._decoded is not None:
            raise DecodeError(f"{self._path} has no frame {wanted}")
        self._count()
        return self.picture(time_s)

    def _count(self) -> int:
        """Frames that decode: a film that was cut without encoding holds packets that do not."""
        if self._decoded is None:
            self._decoded = count_pictures(self._path)
        if not self._decoded:
            raise DecodeError(f"{self._path} contains no picture that can be decoded")
        return self._decoded

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path, SHA-256)."""
        return (self._input,)

    def close(self) -> None:
        """Let go of the film."""
        self._frames = iter(())
        self._shown = None


def _digested(path: Path) -> tuple[str, str]:
    try:
        return (str(path), input_sha256(path))
    except OSError as error:
        raise DecodeError(
            f"cannot read the sky {path}: {error.strerror}",
            hint="A template's sky is looked for beside the template.",
        ) from error

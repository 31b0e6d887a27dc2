"""What is infinitely far away, drawn by a card and kept as long as it does not change."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from helios.model.formats import Projection
from helios.scene.kernels.cpu.backdrop import decoding, sky_key
from helios.scene.kernels.cpu.baked import ALL_AROUND, baked_width, grid_of, places_of
from helios.scene.kernels.cpu.packed_view import code_of
from helios.scene.kernels.cpu.polar import zones
from helios.scene.kernels.frames import SkyFrame, StarNest
from helios.scene.kernels.gpu.card import Card, Commands, Shelf, uniform
from helios.scene.kernels.view import View

_MOST_PIXELS = 8 << 20
"""Drawn by one command: desktops stop a card that does not answer for seconds."""
Rows = tuple[tuple[float, ...] | tuple[int, ...], ...]


def view_rows(view: View, *, flip: bool = False) -> Rows:
    """A view as programs read it; ``flip`` turns rays upside down, as level water mirrors them."""
    axes = [(x, -y if flip else y, z) for x, y, z in (view.right, view.up, view.forward)]
    size = float(view.width), float(view.height), float(view.focal_px)
    return (size, (code_of(view),), *axes, tuple(map(float, view.position)))


class Backdrop:
    """A sky in a texture (rgba16float, linear light), as large as the view."""

    def __init__(self, card: Card, baked: Baked | None = None, *, flip: bool = False) -> None:
        self._card, self._flip = card, flip
        self._baked = baked or Baked(card)
        self._key: object = None
        self._light: Any = None
        self._panorama: object = None
        self._shelf = Shelf(card)

    def draw(self, commands: Commands, what: SkyFrame | None, view: View) -> Any:
        """The texture; it is used again for the next sky."""
        view = replace(view, eye_m=0.0, position=(0.0, 0.0, 0.0))
        key = sky_key(what, view)
        if key == self._key:
            return self._light
        self._light = self._shelf.texture("light", view.width, view.height)
        if what is not None:
            self._draw(commands, what, view)
        self._key = key
        return self._light

    def _draw(self, commands: Commands, what: SkyFrame, view: View) -> None:
        nest = what.star_nest
        if what.is_baked and nest is not None:
            self._from_baked(commands, what, view)
        elif nest is not None:
            march = March(self._card, self._shelf, nest, what.contrast, flip=self._flip)
            if what.samples == 1 and view.projection is Projection.EQUIRECT:
                march.draw_by_zones(commands, view, self._light)
            else:
                march.draw(commands, view, self._light, samples=what.samples)
        elif what.panorama is not None:
            self._wrap(commands, what, view)

    def _from_baked(self, commands: Commands, what: SkyFrame, view: View) -> None:
        size, groups = (view.width, view.height), tiles(view.width, view.height)
        if view.projection is Projection.EQUIRECT:
            around = self._baked.as_light(commands, what, view)
            # Straight ahead of the film and of the picture are apart by the view's own direction.
            ahead = math.atan2(view.forward[0], -view.forward[2])
            shift = -(ahead + what.turn_rad) / (2 * math.pi) * view.width
            commands.run(
                self._card.program("baked", "turn"),
                uniform((*size, 1, 1), (*map(float, what.tint), shift), (int(self._flip),)),
                (around, self._light),
                groups,
            )
            return
        around = self._baked.as_roots(commands, what, view)
        grid = grid_of(view)
        width, height = around.size[:2]
        places = places_of(view, grid, (height, width), what.turn_rad, flip=self._flip)
        buffer = self._shelf.filled("places", places)
        columns, count = places.shape[2], places.shape[1] * places.shape[2]
        commands.run(
            self._card.program("baked", "see"),
            uniform((*size, grid, columns), (*map(float, what.tint), 0.0), (0, count)),
            (around, self._light, buffer),
            groups,
        )

    def _wrap(self, commands: Commands, what: SkyFrame, view: View) -> None:
        assert what.panorama is not None
        height, width = what.panorama.shape[:2]
        picture = self._shelf.texture("panorama", width, height, "rgba8uint")
        if self._panorama is not what.panorama:
            rgba = np.empty((height, width, 4), np.uint8)
            rgba[..., :3] = what.panorama
            self._card.write_texture(picture, rgba)
            self._panorama = what.panorama
        pitch = what.pitch_rad
        angles = (what.yaw_rad, math.sin(pitch), math.cos(pitch))
        commands.run(
            self._card.program("panorama", "draw"),
            uniform(*view_rows(view, flip=self._flip), angles),
            (decoded_by(self._shelf, what.contrast), picture, self._light),
            tiles(view.width, view.height),
        )


class March:
    """Draws Star Nest into textures."""

    def __init__(
        self, card: Card, shelf: Shelf, nest: StarNest, contrast: float, *, flip: bool = False
    ) -> None:
        self._card, self._shelf, self._nest, self._flip = card, shelf, nest, flip
        self._decode = decoded_by(shelf, contrast)
        self._program = card.program("star_nest", "draw", repeat=nest.iterations)

    def draw_by_zones(self, commands: Commands, view: View, out: Any) -> None:
        """All around, with fewer rays towards the poles."""
        for first, last, step in zones(view.width, view.height):
            if step == 1:
                self.draw(commands, view, out, rows=(first, last))
                continue
            narrow = replace(view, width=view.width // step)
            few = self._shelf.texture(f"few {first}", narrow.width, last - first)
            self.draw(commands, narrow, few, rows=(first, last), top=0)
            commands.run(
                self._card.program("widen", "widen"),
                uniform((last - first, first, narrow.width, step)),
                (few, out),
                (-(-view.width // 64), last - first),
            )

    def draw(
        self,
        commands: Commands,
        view: View,
        out: Any,
        *,
        samples: int = 1,
        rows: tuple[int, int] | None = None,
        top: int | None = None,
        roots: bool = False,
    ) -> None:
        """Rows ``rows`` of the view (all of them by default) into ``out``, from row ``top`` on;
        their square roots, if asked."""
        first, last = rows or (0, view.height)
        away = first - (first if top is None else top)
        at_once = max(8, _MOST_PIXELS // view.width // samples**2)
        for y in range(first, last, at_once):
            count = min(at_once, last - y)
            commands.run(
                self._program,
                uniform(
                    *view_rows(view, flip=self._flip),
                    (0, y, y - away, samples),
                    (view.width, count, self._nest.volsteps, int(roots)),
                    *_nest_rows(self._nest),
                ),
                (self._decode, out),
                (-(-view.width // 32), -(-count // 8)),
            )


class Baked:
    """The last Star Nest that was drawn all around."""

    def __init__(self, card: Card) -> None:
        self._card, self._shelf = card, Shelf(card)
        self._key: object = None
        self._around: Any = None

    def as_light(self, commands: Commands, what: SkyFrame, view: View) -> Any:
        """As large as the view."""
        return self._drawn(commands, what, view.width, view.height, roots=False)

    def as_roots(self, commands: Commands, what: SkyFrame, view: View) -> Any:
        """As sharp as the view needs; square roots of light."""
        width = baked_width(view)
        return self._drawn(commands, what, width, width // 2, roots=True)

    def _drawn(
        self, commands: Commands, what: SkyFrame, width: int, height: int, *, roots: bool
    ) -> Any:
        nest = what.star_nest
        assert nest is not None
        key = (_nest_key(nest), what.contrast, width, height, roots)
        if key != self._key:
            around = replace(ALL_AROUND, width=width, height=height)
            self._around = self._shelf.texture("around", width, height)
            march = March(self._card, self._shelf, nest, what.contrast)
            if roots:
                march.draw(commands, around, self._around, roots=True)
            else:
                march.draw_by_zones(commands, around, self._around)
            self._key = key
        return self._around


def decoded_by(shelf: Shelf, contrast: float) -> Any:
    """Light of display values, 0 to 1, as a table."""
    return shelf.filled("decode", decoding(contrast))


def tiles(width: int, height: int) -> tuple[int, int]:
    """Groups of 8 by 8 pixels that a picture takes."""
    return -(-width // 8), -(-height // 8)


def _nest_key(nest: StarNest) -> object:
    return sky_key(SkyFrame(star_nest=nest), ALL_AROUND)


def _nest_rows(nest: StarNest) -> Rows:
    # The distance of each step, added up as the processor does.
    steps, at = [], 0.1
    for _ in range(60):
        steps.append(at)
        at += nest.step_size
    turn = nest.turn.astype(float)
    return (
        (nest.formuparam, nest.tile, nest.brightness, nest.darkmatter),
        (nest.distfading, nest.saturation, float(nest.hue), nest.hue_saturation),
        (*map(float, nest.colour), float(nest.uses_hsv)),
        tuple(map(float, nest.origin)),
        *(tuple(row) for row in turn),
        *(tuple(steps[i : i + 4]) for i in range(0, 60, 4)),
    )

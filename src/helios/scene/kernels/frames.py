"""A scene at one moment, in words that any back end understands.

A :class:`SceneFrame` says everything about one frame: lengths are in world units, angles in
radians, times in seconds, light is linear. How a back end packs that for its kernels is its own
affair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helios.model.formats import StereoLayout
from helios.scene.kernels.view import Vec, View
from helios.scene.words import ColourBy, SpawnShape, Wobble

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Bytes = NDArray[np.uint8]

BANDS = 8
"""Bands of the sound that particles follow; each particle follows one."""
VARIANTS, RAMP_STEPS = 8, 64
"""A layer's colours: VARIANTS kinds of particles, each over RAMP_STEPS of its life."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerStyle:
    """What stays the same about a layer's particles over the whole film."""

    life_s: float
    shape: SpawnShape
    radius: float
    """Of that shape."""
    exponent: float
    """How births spread over the radius: 0 at its end, 1 more in the middle."""
    speed: float
    rise: float
    outward: float
    swirl: float
    taper: float
    turbulence_scale: float
    wobble: Wobble
    fade_in: float
    """Share of a life until full light; 0: it is there all its life."""
    fade_hold: float
    """Share of a life at which the light begins to go."""
    size_at_birth: float
    size_at_peak: float
    size_at_death: float
    peak_at: float
    """Share of a life."""
    diameter: float
    """Of a particle of size 1."""
    size_range: tuple[float, float]
    """Sizes of particles lie between these."""
    fps: float
    """Rows of ``LayerFrame.births`` in a second."""
    stretch: Vec
    offset: Vec
    drift: Vec = (0.0, 0.0, 0.0)
    """Units a second."""
    rows: int = 1
    """Lines, loops, pillars or arches that the particles make together."""
    remembers: bool = False
    """Whether a particle keeps what was heard at its birth."""
    echo: float = 0.0
    """Units a second at which sound spreads from the middle of the layer; 0: it is everywhere."""
    lift: float = 0.0
    """Units by which the sound raises a particle."""
    dent: float = 0.0
    """Units by which the middle of the layer sinks."""
    colour_by: ColourBy = "life"
    """What leads through the colours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerFrame:
    """One layer of particles at one moment."""

    count: int
    seed: np.uint64
    style: LayerStyle
    spread: float
    """Factor of the distance from the origin."""
    turbulence: float
    turbulence_phase: float
    origin: Vec
    orientation: Doubles
    """(3, 3): turns the layer about its origin."""
    births: Floats
    """(frames, 2): the share of particles born and their speed, at every frame of the film."""
    gains: Floats
    """(BANDS, 2): size and light of the particles that follow each band."""
    ramp: Floats
    """(VARIANTS, RAMP_STEPS, 3): colours over a life."""
    heard: Floats | None = None
    """(frames, BANDS, 3): size, light and level at every frame of the film; None where a layer
    hears only what is heard now."""
    heard_gains: tuple[float, float] = (1.0, 1.0)
    """Factors, in this frame, of that size and light."""
    is_mirrored: bool = True
    """Whether water shows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyFrame:
    """A ball at one moment that hides what is behind it: sky, and particles."""

    centre: Vec
    radius: float
    opacity: float
    """Share of the light that it hides."""
    softness: float
    """Share of its radius over which its edge goes."""
    lens: float = 0.0
    """How its gravity bends the light of particles behind it: Einstein's radius squared, at a far
    source, by the body's radius and distance."""
    after: int
    """How many of the layers are wholly behind it; of the others, only what is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StarNest:
    """The Star Nest sky at one moment, by the names of its shader."""

    iterations: int
    volsteps: int
    formuparam: float
    step_size: float
    tile: float
    brightness: float
    darkmatter: float
    distfading: float
    saturation: float
    colour: Vec
    origin: Vec
    """Within one period of the fold, from 0 to twice ``tile``."""
    turn: Doubles
    """(3, 3): turns rays of the world into rays of the sky."""
    hue: float
    hue_saturation: float
    uses_hsv: bool
    """Whether hue and its saturation change anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkyFrame:
    """What is infinitely far away: Star Nest or a panorama."""

    star_nest: StarNest | None = None
    panorama: Bytes | None = None
    """(h, w, 3) equirectangular, sRGB, its centre straight ahead (-z); the same array as long as
    the picture does not change."""
    yaw_rad: float = 0.0
    pitch_rad: float = 0.0
    contrast: float = 1.0
    """Power applied to the light."""
    samples: int = 1
    """Rays per pixel and axis."""
    is_baked: bool = False
    """Whether Star Nest is drawn once, all around, and then seen from every side."""
    turn_rad: float = 0.0
    """How far a baked sky has turned about the upright axis, to the left."""
    tint: Vec = (1.0, 1.0, 1.0)
    """Factors of a baked sky's light."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterFrame:
    """A plane of water at one moment."""

    height: float
    time_s: float
    waves: float
    reflectivity: float
    colour: Vec


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneFrame:
    """Everything about one frame, once for all eyes."""

    number: int
    time_s: float
    views: tuple[View, ...]
    """One, or those of the left and the right eye; all of one size, with even sides."""
    layout: StereoLayout = StereoLayout.MONO
    """How the views lie in the picture."""
    layers: tuple[LayerFrame, ...]
    body: BodyFrame | None = None
    sky: SkyFrame | None
    sky_gain: float
    exposure: float
    bloom_strength: float = 0.0
    bloom_radius: float = 0.0
    water: WaterFrame | None = None

    @property
    def width(self) -> int:
        """Pixels of the whole picture, all eyes."""
        return self.views[0].width * (2 if self.layout is StereoLayout.LEFT_RIGHT else 1)

    @property
    def height(self) -> int:
        """Pixels of the whole picture, all eyes."""
        return self.views[0].height * (2 if self.layout is StereoLayout.TOP_BOTTOM else 1)

"""What a scene is made of: the one schema of a template.

Lengths are world units (the orb hangs six units before the camera), times seconds, colours sRGB
from 0 to 1. Every field has a default, so a template says only what makes it itself.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from helios.errors import OptionError
from helios.scene.part import AnyColour, Colour, Factor, Part, Unit, Vector, Vector4
from helios.scene.presets import response_values, sky_values
from helios.scene.score import Score, ShotBody
from helios.scene.words import ColourBy, SpawnShape, Wobble

TEMPLATE_VERSION = 1
MAX_PARTICLES = 2_000_000
"""Particles of one layer."""
ORDERED_SHAPES = ("line", "loop", "lattice", "pillars", "towers")
"""Shapes that particles draw by their numbers, not by chance."""


class Feature(Part):
    """One thing in the sound that moves one thing in the picture.

    ``target`` becomes ``target · (1 + amount · f)``; hue is shifted by ``amount · f`` turns and
    ``cameraOrbit`` by ``amount · f`` radians. ``f`` is 0 to 1, followed with the given rise and
    fall times.
    """

    source: Literal[
        "amplitude",
        "bass",
        "mid",
        "high",
        "beat",
        "onset",
        "energy",
        "drop",
        "calm",
        "build",
        "silence",
        "subBass",
        "lowBass",
        "lowMid",
        "midBand",
        "upperMid",
        "presence",
        "brilliance",
        "air",
    ]
    target: Literal[
        "size",
        "spread",
        "brightness",
        "emission",
        "speed",
        "turbulence",
        "hue",
        "skyBrightness",
        "skySpeed",
        "bloom",
        "exposure",
        "zoom",
        "cameraOrbit",
        "waterWaves",
    ]
    amount: float = Field(ge=-20, le=20)
    stem: str = Field("", description="of which stem; without it, or without such one, the song")
    layer: str = Field("*", description="a layer's id; * is all of them")
    rise_s: float = Field(0.02, ge=0, le=60)
    fall_s: float = Field(0.3, ge=0, le=60)


class Layer(Part):
    """One population of particles."""

    id: str = Field(min_length=1, max_length=80)
    name: str = ""
    enabled: bool = True
    particle_count: int = Field(50, ge=1, le=MAX_PARTICLES)
    base_size: float = Field(5.0, gt=0, le=1000, description="diameter in units of 0.1295")
    size_range: tuple[Factor, Factor] = Field((0.15, 2.0), description="smallest, largest")
    spawn_radius: float = Field(0.3, ge=0, le=1000)
    spawn_shape: SpawnShape = "ball"
    rows: int = Field(
        1, ge=1, le=2048, description="lines, loops, pillars or arches the particles make together"
    )
    spawn_exponent: float = Field(0.5, gt=0, le=10, description="0.5 even, above 1 a dense core")
    stretch: Vector = (1.0, 1.0, 1.0)
    offset: Vector = (0.0, 0.0, 0.0)
    max_speed: float = Field(0.02, ge=0, le=100)
    lifetime: float = Field(3.0, gt=0, le=3600)
    rise: float = Field(0.0, ge=-100, le=100, description="upward drift, units per second")
    outward: float = Field(0.0, ge=-100, le=100, description="drift away from the centre")
    swirl: float = Field(0.0, ge=-100, le=100, description="turning about the upright axis, rad/s")
    spin: float = Field(0.0, ge=-100, le=100, description="turning of the whole layer, rad/s")
    turn: float = Field(0.0, ge=-360, le=360, description="degrees it is turned about its axis")
    tilt: float = Field(0.0, ge=-360, le=360, description="degrees the layer leans to the viewer")
    taper: float = Field(0.0, ge=-5, le=1, description="how much a life narrows towards the axis")
    drift: Vector = Field((0.0, 0.0, 0.0), description="units per second")
    remembers: bool = Field(False, description="keeps what was heard at its birth")
    echo: float = Field(
        0.0, ge=0, le=1000, description="units per second at which sound spreads from the middle"
    )
    lift: float = Field(0.0, ge=-100, le=100, description="units by which the sound raises it")
    dent: float = Field(0.0, ge=-100, le=100, description="units by which its middle sinks")
    color_by: ColourBy = "life"
    surrounds: bool = Field(
        False,
        description="is about the viewer, not about the orb, in films that go all around; no "
        "others have it",
    )
    faces: bool = Field(
        False, description="is turned to the camera, where it moves, as halos and coronas are"
    )
    mirrored: bool = Field(True, description="is seen in the water; what lies on it is not")
    turbulence: float = Field(0.0, ge=0, le=100, description="how far the flow carries, units")
    turbulence_scale: float = Field(1.5, gt=0, le=100, description="eddies per unit")
    turbulence_speed: float = Field(0.25, ge=0, le=100)
    wobble: Wobble = "none"
    fade: Literal["soft", "flame", "mist", "none"] = "soft"
    audio_reactivity: float = Field(2.0, ge=0, le=50)
    frequency_band: Literal["bass", "mids", "treble", "all", "spectrum"] = "all"
    stem: str = Field("", description="which stem it hears; without it, or without such one, all")
    size_at_birth: float = Field(0.3, ge=0, le=10)
    size_at_peak: float = Field(1.0, ge=0, le=10)
    size_at_death: float = Field(0.3, ge=0, le=10)
    peak_lifetime: float = Field(0.3, ge=0, le=1)
    colors: tuple[AnyColour, ...] = Field(((1.0, 1.0, 1.0),), min_length=1, max_length=8)
    hue_spread: Unit = Field(0.0, description="turns of hue over which single particles differ")
    opacity: Unit = 1.0
    glow: float = Field(1.0, ge=0, le=1000, description="light of one particle")
    emission: Unit = Field(1.0, description="share of the particles that are born at rest")

    @property
    def listens(self) -> bool:
        """Whether it needs to know what was heard at other times, or how loud it is."""
        return (
            self.spawn_shape in ("arch", *ORDERED_SHAPES)
            or self.remembers
            or self.echo != 0
            or self.lift != 0
            or self.color_by == "level"
        )

    @field_validator("frequency_band", mode="before")
    @classmethod
    def _band(cls, value: object) -> object:
        return _BAND_ALIASES.get(value, value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _filled(self) -> Layer:
        rows = self.rows**2 if self.spawn_shape == "towers" else self.rows
        if rows > self.particle_count:
            raise OptionError(
                f"layer {self.id!r} has {self.particle_count} particles for {rows} rows",
                hint="Give it more particles, or fewer rows.",
            )
        if self.remembers and self.echo:
            raise OptionError(
                f"layer {self.id!r} remembers and has an echo",
                hint="Keep one: what its particles heard at their birth, or what spreads now.",
            )
        return self

    @model_validator(mode="before")
    @classmethod
    def _ramp(cls, values: Any) -> Any:
        """colorStart and colorEnd are a ramp of two."""
        if not isinstance(values, dict):
            return values
        values = dict(values)
        start, end = values.pop("colorStart", None), values.pop("colorEnd", None)
        if (start or end) and "colors" not in values:
            values["colors"] = [start or end, end or start]
        return values


_BAND_ALIASES = {
    "mid": "mids",
    "middle": "mids",
    "high": "treble",
    "highs": "treble",
    "low": "bass",
    "full": "all",
    "bands": "spectrum",
}


class StarNest(Part):
    """Parameters of the Star Nest fractal by Pablo Román Andrioli (MIT), in the scaled units of
    its skybox form: brightness, stepSize, tile and formuparam in thousandths, darkmatter,
    distfading and saturation in hundredths."""

    iterations: int = Field(15, ge=1, le=40)
    volsteps: int = Field(8, ge=1, le=60)
    formuparam: float = 420.0
    step_size: float = 355.0
    tile: float = Field(700.0, gt=0)
    brightness: float = 0.5
    darkmatter: float = 555.0
    distfading: float = 55.0
    saturation: float = 77.0
    color: Colour = (1.0, 1.0, 1.0)
    center: Vector4 = (1.0, 0.3, 0.5, 0.0)
    scroll: Vector4 = (0.1, 0.1, -0.3, 0.0)
    rotation: Vector4 = (0.0, 0.0, 0.0, 0.01)
    hue_shift: float = 0.0
    hue_speed: float = 0.0
    post_saturation: float = 0.0


class Sky(Part):
    """What is behind everything, infinitely far away."""

    kind: Literal["starNest", "image", "video", "none"] = "starNest"
    preset: str = "darkWorld1"
    star_nest: StarNest | None = Field(None, description="own parameters in place of a preset")
    place: Vector = Field(
        (0.0, 0.0, 0.0), description="tiles that the viewer stands away from the preset's place"
    )
    rotation_speed: float = Field(
        0.0, ge=-10, le=10, description="in place of the preset's rotation"
    )
    drift_speed: float = Field(1.0, ge=-10, le=10, description="factor on the preset's scroll")
    audio_reactive: bool = True
    audio_reactivity: float = Field(1.0, ge=0, le=10)
    brightness: float = Field(1.0, ge=0, le=10)
    contrast: float = Field(1.0, ge=0.2, le=5, description="power on the light; above 1 is darker")
    file: str = Field("", description="equirectangular image or video, beside the template")
    yaw: float = Field(0.0, ge=-360, le=360, description="degrees")
    pitch: float = Field(0.0, ge=-90, le=90, description="degrees")

    def parameters(self) -> StarNest:
        """The Star Nest parameters meant.

        Raises:
            OptionError: no preset of that name.
        """
        return self.star_nest or StarNest.model_validate(sky_values(self.preset))

    @model_validator(mode="after")
    def _known(self) -> Sky:
        if self.kind == "starNest":
            self.parameters()
        elif self.kind != "none" and not self.file:
            raise OptionError(f"a sky of kind {self.kind} needs a file")
        return self


class Water(Part):
    """A plane of water that mirrors the sky and the particles."""

    enabled: bool = False
    color: AnyColour = (0.039, 0.094, 0.157)
    reflectivity: Unit = 0.4
    height: float = Field(-0.8, ge=-1000, le=1000)
    waves: float = Field(1.0, ge=0, le=10)


class Orbit(Part):
    """The camera circling the orb."""

    enabled: bool = False
    speed: float = Field(0.4, ge=-20, le=20, description="radians per second")
    radius: float = Field(8.0, gt=0, le=1000)
    height: float = Field(0.0, ge=-1000, le=1000)


class Camera(Part):
    """Where it is seen from."""

    fov: float = Field(50.0, ge=5, le=150, description="degrees, upright, of a 16:9 picture")
    position: Vector = (0.0, 2.0, 10.0)
    look_at: Vector = (0.0, 0.0, 0.0)
    orbit: Orbit = Orbit()


class Orb(Part):
    """Where the particles hang."""

    anchor: Literal["viewer", "world", "orbit"] = "viewer"
    distance: float = Field(6.0, gt=0, le=1000)
    height: float = Field(0.0, ge=-1000, le=1000)
    side: float = Field(0.0, ge=-1000, le=1000)
    position: Vector = (0.0, 0.9, 4.5)
    scale: float = Field(1.0, gt=0, le=100)


class Body(Part):
    """A ball where the particles hang that hides what is behind it: the sky, and particles."""

    radius: float = Field(gt=0, le=1000)
    offset: Vector = Field((0.0, 0.0, 0.0), description="units from where the particles hang")
    opacity: Unit = Field(1.0, description="share of the light that it hides")
    softness: Unit = Field(0.0, description="share of the radius over which its edge goes")
    lens: float = Field(
        0.0,
        ge=0,
        le=4,
        description="how its gravity bends the light of particles behind it; of a black hole 0.77",
    )
    grows_with: str = Field("", description="the layer with which it swells")
    hides: tuple[str, ...] = Field(
        (), max_length=32, description="layers wholly behind it, such as halos"
    )


class AudioResponse(Part):
    """How sound becomes movement; speeds are the share followed per 1/60 second."""

    beat_sensitivity: float = Field(1.0, ge=0, le=3)
    attack_speed: float = Field(0.4, gt=0, le=1)
    decay_speed: float = Field(0.04, gt=0, le=1)
    min_brightness: Unit = 0.15
    audio_input_gain: float = Field(1.0, ge=0, le=8)
    audio_noise_gate: float = Field(0.02, ge=0, lt=1)
    audio_response_curve: float = Field(0.85, gt=0, le=4)
    audio_dynamic_range: float = Field(1.0, ge=0, le=5)
    audio_transient_boost: float = Field(0.25, ge=0, le=5)
    audio_beat_pulse_amount: float = Field(0.15, ge=0, le=1)
    audio_visibility_boost: float = Field(1.25, ge=0, le=8)
    audio_size_cap_amount: float = Field(0.4, ge=0, le=4)
    audio_position_cap_amount: float = Field(0.2, ge=0, le=4)
    audio_bass_weight: float = Field(1.15, ge=0, le=4)
    audio_mids_weight: float = Field(1.0, ge=0, le=4)
    audio_treble_weight: float = Field(0.9, ge=0, le=4)


class Bloom(Part):
    """Light that spills."""

    strength: float = Field(0.0, ge=0, le=4)
    radius: float = Field(0.04, gt=0, le=0.3, description="share of the picture's size")


def _response(value: object) -> object:
    return response_values(value) if isinstance(value, str) else value


class Template(Part):
    """A scene."""

    version: int = Field(TEMPLATE_VERSION, ge=1)
    name: str = Field(min_length=1, max_length=80)
    title: str = ""
    description: str = ""
    mode: Literal["flame", "mist", "solar"] = "flame"
    intensity: float = Field(1.0, ge=0, le=10)
    exposure: float = Field(1.0, ge=0, le=100)
    unit_scale: float = Field(
        2.0, gt=0, le=1_000_000, description="world units in a metre, which sets how deep stereo is"
    )
    hue_speed: float = Field(0.0, ge=-10, le=10, description="turns per second of all particles")
    layers: tuple[Layer, ...] = Field(max_length=48)
    sky: Sky = Sky()
    water: Water = Water()
    camera: Camera = Camera()
    orb: Orb = Orb()
    body: Body | None = None
    response: Annotated[AudioResponse, BeforeValidator(_response)] = AudioResponse()
    bloom: Bloom = Bloom()
    features: tuple[Feature, ...] = Field((), max_length=64)
    score: Score = Score()

    @property
    def stems(self) -> tuple[str, ...]:
        """The stems that layers and features name."""
        named = {layer.stem for layer in self.layers} | {each.stem for each in self.features}
        return tuple(sorted(named - {""}))

    @field_validator("version")
    @classmethod
    def _not_newer(cls, value: int) -> int:
        if value > TEMPLATE_VERSION:
            raise OptionError(
                f"this template has version {value}, newer than {TEMPLATE_VERSION}",
                hint="Update Helios.",
            )
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Template:
        ids = [layer.id for layer in self.layers]
        if len(ids) != len(set(ids)):
            raise OptionError("two layers have the same id")
        known = f"There are: {', '.join(ids)}."
        for feature in self.features:
            if feature.layer != "*" and feature.layer not in ids:
                raise OptionError(
                    f"a feature names layer {feature.layer!r}, which does not exist", hint=known
                )
        for name in (*self.body.hides, self.body.grows_with) if self.body else ():
            if name and name not in ids:
                raise OptionError(
                    f"the body names layer {name!r}, which does not exist", hint=known
                )
        for shot in self.score.shots:
            if self.body is None and shot.body != ShotBody():
                raise OptionError(
                    "a shot of the score changes the body, and the template has none",
                    hint='Give the template one: "body": {"radius": 1}.',
                )
            for name in shot.layers:
                if name not in ids:
                    raise OptionError(
                        f"a shot of the score names layer {name!r}, which does not exist",
                        hint=known,
                    )
        return self

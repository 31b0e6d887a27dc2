"""A scene: what each frame holds, as a function of template, seed, table and frame number."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from helios.errors import OptionError
from helios.model.formats import Projection, StereoLayout
from helios.scene import colour
from helios.scene.audio_input import AudioColumns, fitted, silent_table, whole
from helios.scene.direction import COMFORT_M_PER_S, Direction, direct
from helios.scene.kernels.frames import (
    BANDS,
    RAMP_STEPS,
    VARIANTS,
    BodyFrame,
    LayerFrame,
    LayerStyle,
    SceneFrame,
    SkyFrame,
    WaterFrame,
)
from helios.scene.kernels.view import Vec, View, look
from helios.scene.response import LayerCurves, prepare
from helios.scene.skies import (
    Panorama,
    between_mirrors,
    is_static,
    open_panorama,
    star_nest_around,
    star_nest_at,
)
from helios.scene.template import Layer, Template

WORLD_SIZE = 0.1295
"""World diameter of a particle of size 1."""
DOME_LIFT = math.radians(45)
"""How far up a dome the orb hangs: straight ahead is the dome's edge."""
LIGHT = 0.2
"""Linear light at the heart of one particle of intensity and glow 1."""
_ABOVE_WATER = 0.15
"""How near a moving camera comes to the water."""
_FADES = {"soft": (0.1, 0.7), "flame": (0.05, 0.5), "mist": (0.15, 0.6), "none": (0.0, 1.0)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneSettings:
    """Everything the pixels of a scene depend on."""

    template: Template
    width: int
    height: int
    """Pixels of one eye's picture."""
    fps: Fraction
    total_frames: int
    seed: int = 0x12345678
    table: AudioColumns | None = None
    """None: silence."""
    stems: Mapping[str, AudioColumns] = field(default_factory=dict)
    """Parts of the sound that are heard apart, by name."""
    projection: Projection = Projection.PERSPECTIVE
    stereo: StereoLayout = StereoLayout.MONO
    ipd: float = 0.0
    """Between the eyes, in world units."""
    is_offset: bool = False
    """Eyes are two cameras side by side; by default every direction has its own eyes."""
    supersample: int = 1
    """Rays a pixel and axis for moving skies."""

    @property
    def is_all_around(self) -> bool:
        """Whether the picture has no frame that something could fill."""
        return self.projection is not Projection.PERSPECTIVE

    def __post_init__(self) -> None:
        if self.width < 2 or self.height < 2 or self.width % 2 or self.height % 2:
            raise OptionError(f"a scene's size must be even, not {self.width}x{self.height}")
        if self.total_frames < 1:
            raise OptionError("a scene needs at least one frame")


class Scene:
    """Describes frames; draws nothing. Used by one thread."""

    def __init__(self, settings: SceneSettings) -> None:
        s = self.settings = settings
        given = s.table or silent_table(s.total_frames, s.fps)
        table = whole(given, s.total_frames, s.fps)
        stems = {n: fitted(each, table.total_frames, s.fps) for n, each in s.stems.items()}
        self._layers = [
            layer
            for layer in s.template.layers
            if layer.enabled and (s.is_all_around or not layer.surrounds)
        ]
        self._hidden = s.template.body.hides if s.template.body else ()
        self._layers.sort(key=lambda layer: layer.id not in self._hidden)
        shown = s.template.model_copy(update={"layers": tuple(self._layers)})
        self.curves = prepare(shown, table, stems)
        self.direction: Direction | None = None
        self._styles = {layer.id: _style(layer, s) for layer in self._layers}
        self._seeds = {layer.id: _seed(s.seed, layer.id) for layer in self._layers}
        if s.template.score.shots:
            ids = tuple(layer.id for layer in self._layers)
            self.direction = direct(s.template.score, table, ids, self._comfort())
        self._ramps: dict[tuple[object, ...], NDArray[np.float32]] = {}
        self._panorama: Panorama | None = open_panorama(s.template.sky)
        self._static_sky = is_static(s.template.sky)

    def frame(self, number: int) -> SceneFrame:
        """Frame ``number`` in numbers.

        Raises:
            OptionError: no such frame.
        """
        s, t = self.settings, self.settings.template
        if not 0 <= number < s.total_frames:
            raise OptionError(f"frame {number} is not among the {s.total_frames} of this scene")
        time_s = float(Fraction(number) / s.fps)
        shown, curves = self.direction, self.curves
        clock_s = float(shown.clock_s[number]) if shown else time_s
        view, orb = self._camera(number, time_s)
        viewer = view.position
        facing: NDArray[np.float64] = np.eye(3)
        light, sky_light, bloom = 1.0, 1.0, 1.0
        if shown:
            view = self._posed(view, orb, number, shown)
            if not s.is_all_around:
                facing = _facing(view.position, orb)
            # Who comes near shuts the lens a little: the picture would be all light.
            near = float(shown.pose.distance[number]) if not s.is_all_around else 1.0
            light, bloom = float(shown.light[number]) * near, float(shown.bloom[number])
            sky_light = float(shown.sky_light[number])
        # A layer that the shot leaves out gives no light, but would take as long as any other.
        lit = [layer for layer in self._layers if not shown or shown.layers[layer.id][number] > 0]
        return SceneFrame(
            number=number,
            time_s=time_s,
            views=self._eyes(view),
            layout=s.stereo,
            layers=tuple(
                self._layer(layer, number, clock_s, viewer if layer.surrounds else orb, facing)
                for layer in lit
            ),
            body=self._body(number, orb, after=sum(layer.id in self._hidden for layer in lit)),
            sky=self._sky(number),
            sky_gain=t.sky.brightness * float(curves.sky_brightness[number]) * sky_light,
            exposure=t.exposure * float(curves.exposure[number]) * light,
            bloom_strength=t.bloom.strength * float(curves.bloom[number]) * bloom,
            bloom_radius=t.bloom.radius,
            water=self._water(number, time_s),
        )

    def inputs(self) -> tuple[tuple[str, str], ...]:
        """(path, SHA-256) of the files the scene reads."""
        return self._panorama.inputs() if self._panorama else ()

    def close(self) -> None:
        """Let go of the sky's film."""
        if self._panorama:
            self._panorama.close()

    def _camera(self, number: int, time_s: float) -> tuple[View, Vec]:
        s, camera, orb = self.settings, self.settings.template.camera, self.settings.template.orb
        turn = float(self.curves.camera_orbit[number])
        position, target = camera.position, camera.look_at
        if camera.orbit.enabled:
            turn += camera.orbit.speed * time_s
            target = orb.position if orb.anchor == "world" else (0.0, 0.0, 0.0)
            r = camera.orbit.radius
            position = (
                target[0] + r * math.sin(turn),
                target[1] + camera.orbit.height,
                target[2] + r * math.cos(turn),
            )
        elif turn:
            target = _turned(target, position, turn)
        if s.is_all_around:
            target = (target[0], position[1], target[2])
        view = look(position, target, s.width, s.height, camera.fov, s.projection)
        zoom = float(self.curves.zoom[number])
        view = replace(view, focal_px=view.focal_px * zoom)
        if orb.anchor == "viewer":
            parts = zip(view.position, view.forward, view.up, view.right, strict=True)
            lift = DOME_LIFT if s.projection is Projection.FULLDOME else 0.0
            ahead = orb.distance * math.cos(lift) - orb.height * math.sin(lift)
            above = orb.distance * math.sin(lift) + orb.height * math.cos(lift)
            x, y, z = (p + f * ahead + u * above + r * orb.side for p, f, u, r in parts)
            return view, (x, y, z)
        return view, orb.position if orb.anchor == "world" else (0.0, 0.0, 0.0)

    def _comfort(self) -> float:
        """The longest way of the viewer in a second, in distances from the orb; 0: any."""
        s = self.settings
        if not s.is_all_around:
            return 0.0
        view, orb = look_at_start(s.template)
        return COMFORT_M_PER_S * s.template.unit_scale / max(math.dist(view, orb), 0.1)

    def _posed(self, view: View, orb: Vec, number: int, shown: Direction) -> View:
        """The view turned, lifted and moved about the orb, which keeps its place in the picture."""
        pose, s = shown.pose, self.settings
        lift, distance = float(pose.lift[number]), float(pose.distance[number])
        if s.is_all_around:
            x, y, z = (o + (p - o) * distance for p, o in zip(view.position, orb, strict=True))
            away = math.hypot(x - orb[0], z - orb[2])
            return replace(view, position=self._dry((x, y + away * math.sin(lift), z)))
        turned = _turning(view.right, float(pose.turn[number]), lift)
        aside = _turning(
            _times(turned, view.right),
            float(pose.yaw[number])
            + math.atan(float(pose.aside[number]) * s.width / (2 * view.focal_px)),
            float(pose.pitch[number])
            + math.atan(float(pose.above[number]) * s.height / (2 * view.focal_px)),
        )
        offset = tuple((p - o) * distance for p, o in zip(view.position, orb, strict=True))
        moved = _times(turned, (offset[0], offset[1], offset[2]))
        position = (orb[0] + moved[0], orb[1] + moved[1], orb[2] + moved[2])
        return replace(
            view,
            position=self._dry(position),
            right=_times(aside, _times(turned, view.right)),
            up=_times(aside, _times(turned, view.up)),
            forward=_times(aside, _times(turned, view.forward)),
        )

    def _dry(self, position: Vec) -> Vec:
        """Above the water."""
        water = self.settings.template.water
        if not water.enabled:
            return position
        return (position[0], max(position[1], water.height + _ABOVE_WATER), position[2])

    def _eyes(self, view: View) -> tuple[View, ...]:
        s = self.settings
        if s.stereo is StereoLayout.MONO:
            return (view,)
        eyes = (-s.ipd / 2, s.ipd / 2)
        if s.is_offset:
            return tuple(view.moved(eye) for eye in eyes)
        return tuple(replace(view, eye_m=eye) for eye in eyes)

    def _layer(
        self,
        layer: Layer,
        number: int,
        clock_s: float,
        middle: Vec,
        facing: NDArray[np.float64],
    ) -> LayerFrame:
        curves: LayerCurves = self.curves.layers[layer.id]
        shown = self.direction
        size, light, spread, turbulence, hue = 1.0, 1.0, 1.0, 1.0, 0.0
        if shown:
            size, spread = float(shown.size[number]), float(shown.spread[number])
            light, hue = float(shown.layers[layer.id][number]), float(shown.hue[number])
            turbulence = float(shown.turbulence[number])
        gains = np.empty((BANDS, 2), np.float32)
        gains[:, 0] = curves.size[number] * size
        gains[:, 1] = curves.light[number] * (LIGHT * layer.glow * light)
        hue += float(curves.hue[number]) + self.settings.template.hue_speed * clock_s
        # What is all around does not swell: the viewer would feel moved.
        grown = 1.0 if layer.surrounds else self._grown(layer.id, number, spread)
        return LayerFrame(
            count=layer.particle_count,
            seed=self._seeds[layer.id],
            style=self._styles[layer.id],
            spread=grown,
            turbulence=layer.turbulence * float(curves.turbulence[number]) * turbulence,
            turbulence_phase=layer.turbulence_speed * clock_s,
            origin=middle,
            orientation=(facing if layer.faces else np.eye(3)) @ _orientation(layer, clock_s),
            births=curves.births,
            gains=gains,
            ramp=self._coloured(layer, hue, number),
            heard=curves.heard,
            heard_gains=(size, LIGHT * layer.glow * light),
            is_mirrored=layer.mirrored,
        )

    def _grown(self, layer: str, number: int, spread: float) -> float:
        """How much larger than the template says a layer is; without a name, the whole orb."""
        own = float(self.curves.layers[layer].spread[number].mean()) if layer else 1.0
        return own * self.settings.template.orb.scale * spread

    def _body(self, number: int, orb: Vec, after: int) -> BodyFrame | None:
        body = self.settings.template.body
        if body is None:
            return None
        spread, factor, opacity, moved = 1.0, 1.0, 1.0, (0.0, 0.0, 0.0)
        if self.direction:
            spread, bodies = float(self.direction.spread[number]), self.direction.bodies
            shot = bodies.shots[bodies.number[number]]
            factor, moved, opacity = shot.radius, shot.offset, float(bodies.opacity[number])
        if not factor or not opacity:
            return None
        with_ = body.grows_with if body.grows_with in self.curves.layers else ""
        grown = self._grown(with_, number, spread)
        x, y, z = (
            o + grown * (own + away) for o, own, away in zip(orb, body.offset, moved, strict=True)
        )
        return BodyFrame(
            centre=(x, y, z),
            radius=body.radius * factor * grown,
            opacity=body.opacity * opacity,
            softness=body.softness,
            lens=body.lens,
            after=after,
        )

    def _coloured(self, layer: Layer, hue: float, number: int) -> NDArray[np.float32]:
        """The layer's colours in this frame, between those of two shots."""
        if not self.direction:
            return self._ramp(layer, hue)
        palettes = self.direction.palettes
        after = self._ramp(layer, hue, palettes.shots[palettes.after[number]])
        mix = float(palettes.mix[number])
        if mix >= 1 or palettes.after[number] == palettes.before[number]:
            return after
        before = self._ramp(layer, hue, palettes.shots[palettes.before[number]])
        mixed: NDArray[np.float32] = (before + (after - before) * np.float32(mix)).astype(
            np.float32
        )
        return mixed

    def _ramp(
        self, layer: Layer, hue: float, palette: tuple[tuple[float, ...], ...] = ()
    ) -> NDArray[np.float32]:
        key = (layer.id, round(hue * 512) % 512, palette)
        if key not in self._ramps:
            if len(self._ramps) > 2048:
                self._ramps.clear()
            display = colour.ramp(layer.colors, VARIANTS, RAMP_STEPS, layer.hue_spread)
            if palette:
                display = colour.mapped(display, palette)
            if key[1]:
                display = colour.turn_hue(display, key[1] / 512)
            self._ramps[key] = colour.to_linear(display)
        return self._ramps[key]

    def _sky(self, number: int) -> SkyFrame | None:
        sky = self.settings.template.sky
        if sky.kind == "none":
            return None
        frame = SkyFrame(
            yaw_rad=math.radians(sky.yaw), pitch_rad=math.radians(sky.pitch), contrast=sky.contrast
        )
        if self._panorama:
            return replace(
                frame, panorama=self._panorama.picture(Fraction(number) / self.settings.fps)
            )
        at = float(self.curves.sky_time_s[number])
        if self.direction:
            # A sky that would move by itself turns instead: to draw it anew costs ten times more.
            red, green, blue = self.direction.sky_tint[number].tolist()
            return replace(
                frame,
                star_nest=between_mirrors(star_nest_at(sky, 0.0)),
                is_baked=True,
                turn_rad=float(self.direction.sky_turn[number]),
                tint=(red, green, blue),
            )
        seen = star_nest_around if self.settings.is_all_around else star_nest_at
        return replace(
            frame,
            star_nest=seen(sky, at),
            samples=max(2 if self._static_sky else 1, self.settings.supersample),
        )

    def _water(self, number: int, time_s: float) -> WaterFrame | None:
        water = self.settings.template.water
        if not water.enabled:
            return None
        red, green, blue = colour.to_linear(water.color).tolist()
        waves = float(self.direction.waves[number]) if self.direction else 1.0
        return WaterFrame(
            height=water.height,
            time_s=time_s,
            waves=water.waves * float(self.curves.water_waves[number]) * waves,
            reflectivity=water.reflectivity,
            colour=(red, green, blue),
        )


def _seed(seed: int, layer_id: str) -> np.uint64:
    digest = hashlib.sha256(f"{seed}/{layer_id}".encode()).digest()
    return np.uint64(int.from_bytes(digest[:8], "little"))


def look_at_start(template: Template) -> tuple[Vec, Vec]:
    """Where the template's camera and its orb are, without any movement."""
    camera, orb = template.camera, template.orb
    if orb.anchor == "viewer":
        x, y, z = camera.position
        return camera.position, (x, y + orb.height, z - orb.distance)
    return camera.position, orb.position if orb.anchor == "world" else (0.0, 0.0, 0.0)


def _facing(viewer: Vec, orb: Vec) -> NDArray[np.float64]:
    """The rotation that turns what looks along +z to the viewer, upright."""
    back = np.subtract(viewer, orb)
    back /= max(float(np.linalg.norm(back)), 1e-9)
    right = np.cross((0.0, 1.0, 0.0), back)
    right /= max(float(np.linalg.norm(right)), 1e-9)
    return np.stack([right, np.cross(back, right), back], axis=1)


Rows = tuple[Vec, Vec, Vec]


def _turning(right: Vec, turn: float, lift: float) -> Rows:
    """The rotation by ``turn`` about the upright axis, after one upwards by ``lift`` about
    ``right``."""
    x, y, z = right
    c, s = math.cos(-lift), math.sin(-lift)
    k = 1 - c
    lifted: Rows = (
        (c + x * x * k, x * y * k - z * s, x * z * k + y * s),
        (y * x * k + z * s, c + y * y * k, y * z * k - x * s),
        (z * x * k - y * s, z * y * k + x * s, c + z * z * k),
    )
    c, s = math.cos(turn), math.sin(turn)
    about: Rows = ((c, 0.0, s), (0.0, 1.0, 0.0), (-s, 0.0, c))
    columns = [_times(about, (lifted[0][i], lifted[1][i], lifted[2][i])) for i in range(3)]
    rows = tuple(zip(*columns, strict=True))
    return (rows[0], rows[1], rows[2])


def _times(rows: Rows, v: Vec) -> Vec:
    x, y, z = (r[0] * v[0] + r[1] * v[1] + r[2] * v[2] for r in rows)
    return (x, y, z)


def _turned(target: Vec, centre: Vec, angle: float) -> Vec:
    x, z = target[0] - centre[0], target[2] - centre[2]
    s, c = math.sin(angle), math.cos(angle)
    return (centre[0] + x * c - z * s, target[1], centre[2] + x * s + z * c)


def _orientation(layer: Layer, time_s: float) -> NDArray[np.float64]:
    """The layer's own turning: turn and spin about its axis, then the tilt of that axis."""
    a, b, c = layer.spin * time_s, math.radians(layer.tilt), math.radians(layer.turn)
    spin = np.array([[math.cos(a), 0, math.sin(a)], [0, 1, 0], [-math.sin(a), 0, math.cos(a)]])
    tilt = np.array([[1, 0, 0], [0, math.cos(b), -math.sin(b)], [0, math.sin(b), math.cos(b)]])
    turn = np.array([[math.cos(c), 0, math.sin(c)], [0, 1, 0], [-math.sin(c), 0, math.cos(c)]])
    if layer.spawn_shape == "loop":
        # It stands upright: its axis leads to the viewer.
        turn = np.array([[math.cos(c), -math.sin(c), 0], [math.sin(c), math.cos(c), 0], [0, 0, 1]])
    turned: NDArray[np.float64] = tilt @ spin @ turn
    return turned


def _style(layer: Layer, settings: SceneSettings) -> LayerStyle:
    fade_in, fade_hold = _FADES[layer.fade]
    scale = 1.0 if layer.surrounds else settings.template.orb.scale
    return LayerStyle(
        life_s=layer.lifetime,
        shape=layer.spawn_shape,
        radius=layer.spawn_radius,
        exponent=layer.spawn_exponent,
        speed=layer.max_speed,
        rise=layer.rise,
        outward=layer.outward,
        swirl=layer.swirl,
        taper=layer.taper,
        turbulence_scale=layer.turbulence_scale,
        wobble=layer.wobble,
        fade_in=fade_in,
        fade_hold=fade_hold,
        size_at_birth=layer.size_at_birth,
        size_at_peak=layer.size_at_peak,
        size_at_death=layer.size_at_death,
        peak_at=layer.peak_lifetime,
        diameter=WORLD_SIZE * layer.base_size * scale,
        size_range=layer.size_range,
        fps=float(settings.fps),
        stretch=layer.stretch,
        offset=layer.offset,
        drift=layer.drift,
        rows=layer.rows,
        remembers=layer.remembers,
        echo=layer.echo,
        lift=layer.lift,
        dent=layer.dent,
        colour_by=layer.color_by,
    )

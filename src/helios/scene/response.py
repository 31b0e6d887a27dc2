"""From features to movement, for the whole film at once.

Filters run over the whole table when a scene is set up, so a frame does not depend on where a
chunk begins. Coefficients are per 1/60 s and converted to the film's rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from helios.scene.audio_input import FeatureColumns
from helios.scene.kernels.loops import follow
from helios.scene.template import AudioResponse, Feature, Layer, Template

Curve = NDArray[np.float32]
_BEAT_HOLD_S = 0.08
_OPENING_S = 0.5
"""How long a film takes to begin: until then it looks as it does after that time."""
_BAND_COLUMNS = {
    name: i
    for i, name in enumerate(
        ("subBass", "lowBass", "lowMid", "midBand", "upperMid", "presence", "brilliance", "air")
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerCurves:
    """How one layer moves, per frame; the first three are (frames, 8)."""

    size: Curve
    spread: Curve
    light: Curve
    births: Curve
    """(frames, 2): share born, speed."""
    turbulence: Curve
    hue: Curve
    heard: Curve | None
    """(frames, 8, 3): size, light, level; None for a layer that does not listen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneCurves:
    """How the scene moves, per frame."""

    layers: dict[str, LayerCurves]
    sky_time_s: NDArray[np.float64]
    sky_brightness: Curve
    bloom: Curve
    exposure: Curve
    zoom: Curve
    camera_orbit: Curve
    water_waves: Curve


def follow_time(
    signal: Curve, rise_s: float, fall_s: float, fps: float, start: float = 0.0
) -> Curve:
    """The signal with exponential rise and fall, from ``start`` on; 0 follows at once."""
    up = 1 - np.exp(-1 / (rise_s * fps)) if rise_s > 0 else 1.0
    down = 1 - np.exp(-1 / (fall_s * fps)) if fall_s > 0 else 1.0
    result: Curve = follow(np.ascontiguousarray(signal, np.float32), float(up), float(down), start)
    return result


def _share(coefficient: float, fps: float) -> float:
    return float(1 - (1 - min(coefficient, 0.9999)) ** (60 / fps))


def prepare(
    template: Template, table: FeatureColumns, stems: Mapping[str, FeatureColumns] | None = None
) -> SceneCurves:
    """All curves of ``template`` over ``table``, and over the stems that it names."""
    fps = float(table.fps)
    heard = {name: each for name, each in (stems or {}).items() if name in template.stems}
    sources = _Sources(table, heard)
    layers = {
        layer.id: _layer(layer, template, heard.get(layer.stem, table), sources)
        for layer in template.layers
        if layer.enabled
    }
    drive = 0.3 * table.amplitude + 0.2 * table.bass
    reactivity = template.sky.audio_reactivity if template.sky.audio_reactive else 0.0
    pace = (1 + drive.astype(np.float64) * reactivity) * sources.product(template, "skySpeed")
    return SceneCurves(
        layers=layers,
        sky_time_s=np.concatenate([[0.0], np.cumsum(pace)[:-1]]) / fps,
        sky_brightness=opened(sources.product(template, "skyBrightness"), fps),
        bloom=opened(sources.product(template, "bloom"), fps),
        exposure=opened(sources.product(template, "exposure"), fps),
        zoom=sources.product(template, "zoom"),
        camera_orbit=sources.total(template, "cameraOrbit"),
        water_waves=sources.product(template, "waterWaves"),
    )


class _Sources:
    """The signals a feature may follow."""

    def __init__(
        self, table: FeatureColumns, stems: Mapping[str, FeatureColumns] | None = None
    ) -> None:
        self.table = table
        self.stems = {name: _Sources(stem) for name, stem in (stems or {}).items()}
        self.fps = float(table.fps)
        level = _relative_energy(table)
        drop, build = _drops(table, level)
        # From their first values: a song that begins loudly does not begin with a calm.
        energy = follow_time(level, 0.4, 1.2, self.fps, _first(level))
        loud = follow_time(table.amplitude, 0.1, 0.6, self.fps, _first(table.amplitude))
        self.derived = {
            "beat": table.is_beat,
            "drop": drop,
            "build": build,
            "energy": energy,
            "calm": _absence(1.6, energy, loud),
            "silence": _absence(8, energy, loud),
        }

    def signal(self, feature: Feature) -> Curve:
        raw = self.stems.get(feature.stem, self).raw(feature.source)
        return follow_time(raw, feature.rise_s, feature.fall_s, self.fps, _first(raw))

    def raw(self, name: str) -> Curve:
        """What a source does, before it is followed."""
        if name in self.derived:
            return self.derived[name]
        if name in _BAND_COLUMNS:
            return self.table.bands[:, _BAND_COLUMNS[name]]
        column: Curve = self.table[name]
        return column

    def product(self, template: Template, target: str, layer: str = "*") -> Curve:
        """∏ (1 + amount · f), never below 0."""
        result = np.ones(self.table.total_frames, np.float32)
        for feature in template.features:
            if feature.target == target and feature.layer in ("*", layer):
                result *= np.maximum(0, 1 + feature.amount * self.signal(feature))
        return result

    def total(self, template: Template, target: str, layer: str = "*") -> Curve:
        """Σ amount · f."""
        result = np.zeros(self.table.total_frames, np.float32)
        for feature in template.features:
            if feature.target == target and feature.layer in ("*", layer):
                result += np.float32(feature.amount) * self.signal(feature)
        return result


Numbers = TypeVar("Numbers", np.float32, np.float64)


def opened(curve: NDArray[Numbers], fps: float) -> NDArray[Numbers]:
    """The curve without a flash at its beginning, whatever is struck there."""
    until = min(round(_OPENING_S * fps), len(curve) - 1)
    result = curve.copy()
    if until > 0:
        share = ((np.arange(until) / until) ** 2).astype(curve.dtype)
        share = share.reshape(-1, *(1,) * (curve.ndim - 1))
        result[:until] = curve[until] + (curve[:until] - curve[until]) * share
    return result


def _first(signal: Curve) -> float:
    return float(signal[0]) if len(signal) else 0.0


def _absence(gain: float, energy: Curve, loud: Curve) -> Curve:
    """1 where nothing is heard, 0 from a level of 1/``gain`` on."""
    result: Curve = (1 - np.clip(gain * np.maximum(energy, loud), 0, 1)).astype(np.float32)
    return result


def _relative_energy(table: FeatureColumns) -> Curve:
    """Energy between the song's quiet and loud parts; a song that is loud throughout stays loud."""
    if not table.energy.any():
        return table.energy
    quiet, loud = (float(q) for q in np.percentile(table.energy, (5, 95)))
    quiet = min(quiet, 0.45)
    scaled = (table.energy - quiet) / max(0.35, loud - quiet)
    result: Curve = np.clip(scaled, 0, 1).astype(np.float32)
    return result


def _drops(table: FeatureColumns, level: Curve) -> tuple[Curve, Curve]:
    """When the sound bursts out, decaying over seconds, and the rise towards it.

    A drop is where two seconds are clearly louder than the two before; the whole film is known,
    so a build-up can be felt before its drop.
    """
    fps, total = float(table.fps), table.total_frames
    span = max(1, round(2 * fps))
    loud = 0.4 * table.bass.astype(np.float64) + 0.3 * table.amplitude + 0.3 * level
    sums = np.concatenate([[0.0], np.cumsum(loud)])
    at = np.arange(total)
    before, after = np.maximum(0, at - span), np.minimum(total, at + span)
    earlier = (sums[at] - sums[before]) / span
    later = (sums[after] - sums[at]) / span
    step = later - earlier
    drop, build = np.zeros(total, np.float32), np.zeros(total, np.float32)
    rise = max(1, round(6 * fps))
    while total and step.max() > 0.2:
        peak = int(step.argmax())
        strength = min(1.0, float(step[peak]) * 2)
        tail = np.exp(-np.arange(total - peak) / (2.5 * fps)) * strength
        drop[peak:] = np.maximum(drop[peak:], tail)
        start = max(0, peak - rise)
        climb = ((np.arange(start, peak) - (peak - rise)) / rise) ** 2 * strength
        build[start:peak] = np.maximum(build[start:peak], climb)
        step[max(0, peak - 2 * span) : peak + 2 * span] = 0
    return drop, build


def _beat_pulse(response: AudioResponse, table: FeatureColumns, fps: float) -> Curve:
    """0 to 1: up at each beat, held briefly, and let go at the decay speed."""
    held = np.zeros(table.total_frames, np.float32)
    hold = max(1, round(_BEAT_HOLD_S * fps))
    for frame in np.flatnonzero(table.is_beat):
        held[frame : frame + hold] = 1
    up = _share(0.3 * max(response.beat_sensitivity, 0.3), fps)
    result: Curve = follow(held, max(up, 0.5), _share(response.decay_speed, fps), 0.0)
    return result


def _levels(layer: Layer, response: AudioResponse, table: FeatureColumns) -> Curve:
    """(frames, 8): what the particles of each band hear."""
    r = response
    weights = r.audio_bass_weight, r.audio_mids_weight, r.audio_treble_weight
    if layer.frequency_band == "spectrum":
        spectrum = np.repeat(np.array(weights, np.float32), (3, 2, 3))
        return np.maximum(table.bands, table.envelopes) * spectrum
    columns = table.bass, table.mid, table.high
    if layer.frequency_band == "all":
        mean = sum(w * c for w, c in zip(weights, columns, strict=True)) / max(sum(weights), 1e-6)
        one = np.asarray(mean)
    else:
        i = ("bass", "mids", "treble").index(layer.frequency_band)
        one = weights[i] * columns[i]
    return np.repeat(one[:, None].astype(np.float32), 8, axis=1)


def _heard(level: Curve, response: AudioResponse, fps: float) -> Curve:
    """Gate, gain, smooth, lift transients, shape, smooth again."""
    gate = response.audio_noise_gate
    target = np.maximum(0, level - gate) / (1 - gate) * response.audio_input_gain
    up, down = _share(response.attack_speed, fps), _share(response.decay_speed, fps)
    # From their first values: what sounds from the start does not begin with a flash.
    raw = follow(target.astype(np.float32), up, down, _first(target))
    previous = np.concatenate([raw[:1], raw[:-1]])
    transient = np.maximum(0, target - previous)
    shaped = raw * response.audio_dynamic_range + transient * response.audio_transient_boost
    shaped = np.clip(shaped, 0, 3) ** response.audio_response_curve
    result: Curve = follow(shaped.astype(np.float32), up, down, _first(shaped))
    return result


def _layer(
    layer: Layer, template: Template, table: FeatureColumns, sources: _Sources
) -> LayerCurves:
    r, fps = template.response, float(table.fps)
    beat = _beat_pulse(r, table, fps)
    levels = _levels(layer, r, table)
    distinct = 8 if layer.frequency_band == "spectrum" else 1
    heard = np.stack([_heard(levels[:, b], r, fps) for b in range(distinct)], axis=1)
    heard = np.repeat(heard, 8 // distinct, axis=1)
    sens = r.beat_sensitivity
    pulse = 1 + r.audio_beat_pulse_amount * sens * beat
    reach = heard * layer.audio_reactivity
    size = np.minimum(1 + 0.5 * reach, 1 + r.audio_size_cap_amount * sens) * pulse[:, None]
    spread = np.minimum(1 + 0.15 * reach, 1 + r.audio_position_cap_amount * sens)
    seen = np.sqrt(1 - np.exp(-heard * r.audio_visibility_boost))
    light = r.min_brightness + (1 - r.min_brightness) * seen
    light = light * (layer.opacity * template.intensity)

    def product(target: str) -> Curve:
        return sources.product(template, target, layer.id)

    born = np.clip(layer.emission * product("emission"), 0, 1)
    size = opened((size * product("size")[:, None]).astype(np.float32), fps)
    light = opened((light * product("brightness")[:, None]).astype(np.float32), fps)
    return LayerCurves(
        size=size,
        spread=opened((spread * product("spread")[:, None]).astype(np.float32), fps),
        light=light,
        births=np.stack([born, product("speed")], axis=1).astype(np.float32),
        turbulence=product("turbulence"),
        hue=sources.total(template, "hue", layer.id),
        heard=np.stack([size, light, opened(heard, fps)], axis=2) if layer.listens else None,
    )

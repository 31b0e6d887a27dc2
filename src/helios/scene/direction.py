"""A score over a song: what every frame shows, for the whole film at once.

Everything is a look-up or a sum over the table, so a frame depends on no other and not on chunks.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from helios.scene import colour
from helios.scene.audio_input import FeatureColumns
from helios.scene.form import Stretch, film_bars, stretches
from helios.scene.response import opened
from helios.scene.score import TYPICAL_ENERGY, Clock, Move, Score, Shot, ShotBody

Curve = NDArray[np.float64]
COMFORT_M_PER_S = 0.5
"""How fast the viewer is moved in films that go all around."""
COMFORT_TURN = math.radians(3)
"""Radians a second that a sky turns there."""
_COMFORT_FADE_S = 2.0
_COMFORT_DISTANCE = 0.9, 1.0
"""Nearer eyes would have to squint, from farther there is no depth."""
_SHAKE = math.radians(1)
_SHAKE_FALL_S = 0.25
_BEAT_EASE_S = 0.25
_SWELL = 2.0
"""Factor of the light where a song that swells is loudest; half where it is softest."""
_SWELL_SPAN = 0.12
"""Energy between softest and loudest, at least: a song that is loud throughout stays even."""
_SILENT = 0.03
"""Amplitude below which nothing is heard, of the loudest."""
_ENDS_S = 4.0
"""How long a film's beginning and end are; as long again they go over into the rest."""
_HELD = 0.6
"""Share of the light that goes while a song that swells holds its breath."""
_BREATH_S = 0.25
_LANDING_S = 4.0
"""How long a drop that was hushed for is as loud as the loudest: its energy is heard only later."""
_BURST, _BURST_S = 1.8, 2.5
"""What light and bloom gain where a section begins that was hushed for, as a factor over 1, and
the seconds in which most of that goes."""
_HUSHED = 0.7
"""Share of the light that goes before a section that is hushed for."""
_DIM = 0.45
"""Power on light below 1: a quiet shot, a soft song and a hush together would leave a black
picture. Light above 1, as of drops, stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Where the camera is, relative to the template's, per frame."""

    turn: Curve
    """Radians about the orb."""
    lift: Curve
    """Radians upwards about the orb."""
    distance: Curve
    """Factor."""
    yaw: Curve
    """Radians by which it looks past the orb."""
    pitch: Curve
    aside: Curve
    """Where the orb stands in the picture, from -1 at the left to 1."""
    above: Curve
    """From -1 at the bottom to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Palettes:
    """Which colours a frame has: ``mix`` of the way from one shot's to another's."""

    shots: tuple[tuple[tuple[float, ...], ...], ...]
    before: NDArray[np.int32]
    after: NDArray[np.int32]
    mix: Curve


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodies:
    """The body of each frame, relative to the template's."""

    shots: tuple[ShotBody, ...]
    number: NDArray[np.int32]
    """Which of ``shots`` a frame has."""
    opacity: Curve
    """Factor: none has gone over into another but unseen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """What the score asks for, per frame; factors unless said otherwise."""

    clock_s: Curve
    pose: Pose
    palettes: Palettes
    hue: Curve
    """Turns."""
    layers: dict[str, Curve]
    light: Curve
    bloom: Curve
    size: Curve
    spread: Curve
    turbulence: Curve
    waves: Curve
    sky_light: Curve
    sky_tint: Curve
    """(frames, 3), linear."""
    sky_turn: Curve
    """Radians."""
    bodies: Bodies


def direct(
    score: Score, table: FeatureColumns, layer_ids: tuple[str, ...], comfort: float = 0.0
) -> Direction:
    """The score over the song; ``comfort`` is the longest way a second for films that go all
    around, in units of the camera's distance, 0 for others."""
    fps, total = float(table.fps), table.total_frames
    bars = film_bars(table)
    parts = stretches(table, bars, score.phrase_bars, score.phrase_from)
    shots = choose(score, parts)
    swell = _landed(swelling(table, score.swell), score.swell, shots, parts, fps)
    silence = _silence(table)
    clock = clock_s(score.clock, table, swell)
    fades = [
        _fade(shot, bars, part, fps, calm=comfort > 0)
        for shot, part in zip(shots, parts, strict=True)
    ]

    def followed(value: Callable[[Shot], float]) -> Curve:
        out = np.empty(total)
        before = value(shots[0])
        for shot, part, weight in zip(shots, parts, fades, strict=True):
            out[part.start : part.end] = before + (value(shot) - before) * weight
            before = float(out[part.end - 1])
        return out

    hush, burst = _hush(shots, parts, bars), _burst(shots, parts, fps, total)
    tints = [colour.to_linear(shot.sky.tint) for shot in shots]
    sky_rate = followed(lambda shot: math.radians(shot.sky.turn)) * np.diff(bars, prepend=bars[0])
    if comfort:
        sky_rate = sky_rate.clip(-COMFORT_TURN / fps, COMFORT_TURN / fps)
    return Direction(
        clock_s=clock,
        pose=_pose(
            score,
            shots,
            parts,
            fades,
            table,
            clock,
            comfort,
            (
                followed(lambda shot: shot.camera.aside),
                followed(lambda shot: shot.camera.above),
            ),
        ),
        palettes=_palettes(shots, parts, fades, total),
        hue=followed(lambda shot: shot.hue),
        layers={
            name: followed(lambda shot, name=name: shot.layers.get(name, 1.0))  # type: ignore[misc]
            for name in layer_ids
        },
        light=opened(
            _seen(
                followed(lambda shot: shot.light)
                * _ended(swell, silence, fps)
                * (1 - _HELD * score.swell * silence)
                * hush
            )
            * burst,
            fps,
        ),
        bloom=followed(lambda shot: shot.bloom) * burst,
        size=followed(lambda shot: shot.size),
        spread=followed(lambda shot: shot.spread),
        turbulence=followed(lambda shot: shot.turbulence),
        waves=followed(lambda shot: shot.waves),
        sky_light=followed(lambda shot: shot.sky.light),
        sky_tint=np.stack(
            [
                followed(lambda shot, c=c: float(tints[shots.index(shot)][c]))  # type: ignore[misc]
                for c in range(3)
            ],
            axis=1,
        ),
        sky_turn=np.cumsum(sky_rate),
        bodies=_bodies(shots, parts, fades, total),
    )


def swelling(table: FeatureColumns, share: float) -> Curve:
    """Factors of light and pace between the softest and the loudest of the song."""
    energy = np.asarray(table.energy, np.float64)
    heard = energy[energy > 0]
    if not share or not len(heard):
        return np.ones(len(energy))
    low, high = (float(q) for q in np.percentile(heard, (5, 95)))
    middle, span = (low + high) / 2, max(high - low, _SWELL_SPAN)
    loud = ((energy - middle) / span).clip(-0.5, 0.5)
    factors: Curve = _SWELL ** (2 * share * loud)
    return factors


def _landed(
    swell: Curve, share: float, shots: list[Shot], parts: tuple[Stretch, ...], fps: float
) -> Curve:
    """The swell, full where a section begins that the song held its breath for."""
    landed = swell.copy()
    for shot, part in zip(shots, parts, strict=True):
        if part.begins and part.start and shot.hush_bars:
            since_s = np.arange(part.end - part.start) / fps
            full = _SWELL ** (share * (2 * np.exp(-since_s / _LANDING_S) - 1))
            landed[part.start : part.end] = np.maximum(landed[part.start : part.end], full)
    return landed


def _ended(swell: Curve, silence: Curve, fps: float) -> Curve:
    """The swell, of which a soft song takes no light where the film begins and ends: that is where
    people look whether there is something to see. Where nothing is heard it takes all the same."""
    away_s = np.minimum(np.arange(len(swell)), np.arange(len(swell))[::-1]) / fps
    share = (1 - (away_s - _ENDS_S) / _ENDS_S).clip(0, 1) * (1 - silence)
    lit: Curve = np.where(swell < 1, swell ** (1 - share * share * (3 - 2 * share)), swell)
    return lit


def _silence(table: FeatureColumns) -> Curve:
    """In each frame how much of the moment around it is silent, from 0 to 1; 0 in a film that is
    wholly so."""
    silent = (np.asarray(table.amplitude) < _SILENT).astype(np.float64)
    around = max(1, round(_BREATH_S * float(table.fps)))
    if not silent.any() or silent.all():
        return np.zeros(len(silent))
    # The song is known: the light goes as the sound does, not after it.
    padded = np.pad(silent, around // 2, mode="edge")
    held: Curve = np.convolve(padded, np.ones(around) / around, "same")
    return held[around // 2 :][: len(silent)]


def _hush(shots: list[Shot], parts: tuple[Stretch, ...], bars: Curve) -> Curve:
    """Share of the light before sections whose first shot is hushed for."""
    light = np.ones(len(bars))
    for shot, part in zip(shots, parts, strict=True):
        if not (part.begins and part.start and shot.hush_bars):
            continue
        begin = float(bars[part.start]) - shot.hush_bars
        first = int(np.searchsorted(bars[: part.start], begin))
        # It is dark in the second half: a drop comes out of it.
        share = (2 * (bars[first : part.start] - begin) / shot.hush_bars).clip(0, 1)
        light[first : part.start] = 1 - _HUSHED * share * share * (3 - 2 * share)
    return light


def _burst(shots: list[Shot], parts: tuple[Stretch, ...], fps: float, total: int) -> Curve:
    """Factor of the light where sections begin that were hushed for."""
    light = np.ones(total)
    for shot, part in zip(shots, parts, strict=True):
        if part.begins and part.start and shot.hush_bars:
            since_s = np.arange(total - part.start) / fps
            lit = 1 + _BURST * np.exp(-since_s / _BURST_S)
            light[part.start :] = np.maximum(light[part.start :], lit)
    return light


def _seen(light: Curve) -> Curve:
    """The light, dim where it would be dark."""
    raised: Curve = np.where(light < 1, light**_DIM, light)
    return raised


def clock_s(clock: Clock, table: FeatureColumns, swell: Curve | None = None) -> Curve:
    """Seconds of the picture's own time when each frame begins."""
    fps = float(table.fps)
    pace = np.ones(table.total_frames)
    for each in clock.add:
        pace += each.amount * np.asarray(table[each.source], np.float64)
    if swell is not None:
        pace *= swell
    steps = np.zeros(table.total_frames)
    ease = max(1, round(_BEAT_EASE_S * fps))
    for frame in np.flatnonzero(table.is_beat):
        part = steps[frame : frame + ease]
        part += clock.beat_step / ease
    rate: Curve = clock.rate * pace / fps + steps
    return np.concatenate([[0.0], np.cumsum(rate)[:-1]])


def choose(score: Score, parts: tuple[Stretch, ...]) -> list[Shot]:
    """A shot for every stretch: of those that fit, the next one each time. Those for bars as long
    as the stretch's come before those for any."""
    seen: dict[tuple[int, ...], int] = {}
    chosen = []
    for part in parts:
        able = [n for n, shot in enumerate(score.shots) if shot.suits(part.bar_s)]
        able = able or list(range(len(score.shots)))
        fits = [n for n in able if part.kind in score.shots[n].sections]
        if not fits:
            away = {
                n: min(abs(TYPICAL_ENERGY[kind] - part.energy) for kind in score.shots[n].sections)
                for n in able
            }
            fits = [n for n, far in away.items() if far <= min(away.values()) + 1e-9]
        fits = [n for n in fits if score.shots[n].bar_s is not None] or fits
        turn = seen.get(tuple(fits), 0)
        seen[tuple(fits)] = turn + 1
        chosen.append(score.shots[fits[turn % len(fits)]])
    return chosen


def _fade(shot: Shot, bars: Curve, part: Stretch, fps: float, *, calm: bool) -> Curve:
    """0 to 1: how much of a stretch's shot is shown."""
    frames = np.arange(part.end - part.start)
    if not part.start:
        return np.ones(len(frames))
    if calm:
        length = max(_COMFORT_FADE_S * fps, 1.0)
        share = (frames + 1) / length
    elif shot.enter == "cut" or not shot.fade_bars:
        return np.ones(len(frames))
    else:
        share = (bars[part.start : part.end] - np.floor(bars[part.start])) / shot.fade_bars
    share = share.clip(0, 1)
    smooth: Curve = share * share * (3 - 2 * share)
    return smooth


def _pose(
    score: Score,
    shots: list[Shot],
    parts: tuple[Stretch, ...],
    fades: list[Curve],
    table: FeatureColumns,
    clock: Curve,
    comfort: float,
    place: tuple[Curve, Curve],
) -> Pose:
    total, fps = table.total_frames, float(table.fps)
    turn, lift, distance = np.zeros(total), np.zeros(total), np.ones(total)
    moves = [
        _Move(shot.camera, part, n * score.step, clock)
        for n, (shot, part) in enumerate(zip(shots, parts, strict=True))
    ]
    for n, (move, part, weight) in enumerate(zip(moves, parts, fades, strict=True)):
        at = np.arange(part.start, part.end)
        earlier = moves[max(n - 1, 0)]
        for out, new, old in zip((turn, lift, distance), move.at(at), earlier.at(at), strict=True):
            out[part.start : part.end] = old + (new - old) * weight
    yaw, pitch = _shaken(shots, parts, table)
    if comfort:
        way = comfort / fps
        still = np.zeros(total)
        distance = _slowed(distance.clip(*_COMFORT_DISTANCE), way)
        return Pose(
            turn=still,
            lift=_slowed(lift, way),
            distance=distance,
            yaw=still,
            pitch=still,
            aside=still,
            above=still,
        )
    return Pose(
        turn=turn,
        lift=lift,
        distance=distance,
        yaw=yaw,
        pitch=pitch,
        aside=place[0],
        above=place[1],
    )


class _Move:
    """Turn, lift and distance of a shot, before, in and after its stretch."""

    def __init__(self, move: Move, part: Stretch, step: float, clock: Curve) -> None:
        self._move, self._step, self._clock = move, step, clock
        self._start_s = float(clock[part.start])
        self._length_s = max(float(clock[part.end - 1]) - self._start_s, 1e-6)

    def at(self, frames: NDArray[np.int64]) -> tuple[Curve, Curve, Curve]:
        move = self._move
        share = (self._clock[frames] - self._start_s) / self._length_s
        turn = np.full(len(frames), math.radians(move.turn + self._step))
        lift = np.full(len(frames), math.radians(move.lift))
        distance = np.full(len(frames), move.distance)
        if move.move == "orbit":
            turn += math.radians(move.amount) * share
        elif move.move == "crane":
            lift += math.radians(move.amount) * share
        elif move.move == "dolly":
            distance *= max(move.amount, 0.05) ** share.clip(0, 1.5)
        elif move.move == "drift":
            wander = math.radians(move.amount)
            turn += wander * np.sin(2.1 * share + self._step)
            lift += 0.5 * wander * np.sin(3.3 * share + 1.3 * self._step)
        return turn, lift.clip(math.radians(-35), math.radians(60)), distance


def _shaken(
    shots: list[Shot], parts: tuple[Stretch, ...], table: FeatureColumns
) -> tuple[Curve, Curve]:
    """Radians by which a shaken camera looks aside: three sines, as strong as the last beat."""
    fps, total = float(table.fps), table.total_frames
    strength = np.zeros(total)
    for shot, part in zip(shots, parts, strict=True):
        strength[part.start : part.end] = shot.camera.shake
    if not strength.any():
        return np.zeros(total), np.zeros(total)
    force, keep = np.zeros(total), math.exp(-1 / (_SHAKE_FALL_S * fps))
    value = 0.0
    for n in range(total):
        value = max(float(table.bass[n]) if table.is_beat[n] else 0.0, value * keep)
        force[n] = value
    reach = strength * force * _SHAKE
    time = np.arange(total) / fps
    yaw = sum(
        np.sin(time * rate + phase) for rate, phase in ((31.0, 0.0), (47.3, 1.0), (73.1, 2.0))
    )
    pitch = sum(
        np.sin(time * rate + phase) for rate, phase in ((37.7, 3.0), (53.9, 4.0), (67.3, 5.0))
    )
    return reach * yaw / 3, reach * pitch / 3


def _slowed(curve: Curve, most: float) -> Curve:
    """The curve, changing by ``most`` a frame at most."""
    out = np.empty(len(curve))
    value = float(curve[0]) if len(curve) else 0.0
    for n, wanted in enumerate(curve):
        value += min(max(float(wanted) - value, -most), most)
        out[n] = value
    return out


def _palettes(
    shots: list[Shot], parts: tuple[Stretch, ...], fades: list[Curve], total: int
) -> Palettes:
    known = tuple(dict.fromkeys(shot.palette for shot in shots))
    before, after = np.zeros(total, np.int32), np.zeros(total, np.int32)
    mix = np.ones(total)
    numbers = [known.index(shot.palette) for shot in shots]
    for old, new, part, weight in zip([numbers[0], *numbers], numbers, parts, fades, strict=False):
        frames = slice(part.start, part.end)
        before[frames], after[frames], mix[frames] = old, new, weight
    return Palettes(shots=known, before=before, after=after, mix=mix)


def _bodies(
    shots: list[Shot], parts: tuple[Stretch, ...], fades: list[Curve], total: int
) -> Bodies:
    known = tuple(dict.fromkeys(shot.body for shot in shots))
    number, opacity = np.zeros(total, np.int32), np.ones(total)
    numbers = [known.index(shot.body) for shot in shots]
    for old, new, part, weight in zip([numbers[0], *numbers], numbers, parts, fades, strict=False):
        if old == new:
            number[part.start : part.end] = new
            continue
        # A ball that grew or ran from place to place would be seen as one that does.
        number[part.start : part.end] = np.where(weight < 0.5, old, new)
        opacity[part.start : part.end] = abs(2 * weight - 1)
    return Bodies(shots=known, number=number, opacity=opacity)

"""Whether the film of a song lives: measures of pictures, each with its limit.

Pictures are small, linear light from 0 to 1, (n, h, w, 3): some a second over the whole film
(``overview``), and passages of consecutive frames. What a film does not have (a drop, a silence) is
not judged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from helios.scene.colour import to_display

Floats = NDArray[np.float64]
OVERVIEW_PER_S = 2
ACTS = 6
_FAR_S = 20
_ALIKE = 0.9
_LOUD_LUFS, _EVENT_S = -20.0, 4
_LUMA = np.array([0.2126, 0.7152, 0.0722])
_WINDOWS = 18, 36
"""Windows of ten degrees, over the height and around."""
_MIRROR_MOMENTS = 12
_VISIBLE = 0.02
"""Change of a window's light as displayed, from 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One of them."""

    name: str
    value: float | None
    """None: there is nothing to measure it by."""
    limit: float
    at_least: bool
    """Whether the limit is the least that passes; else it is the most."""

    @property
    def passes(self) -> bool:
        """Whether it does; what cannot be measured does."""
        if self.value is None:
            return True
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the song does in each picture of the overview."""

    loudness: Floats
    """LUFS."""
    silent: NDArray[np.bool_]
    drops: tuple[int, ...]
    """Numbers of the pictures in which drops begin."""


def film_measures(
    overview: Floats, heard: Heard, passages: tuple[Floats, ...], first_frames: Floats
) -> tuple[Measure, ...]:
    """All that one film tells; ``first_frames`` are its frames from 0 to 15."""
    luma = overview @ _LUMA
    return (
        _least("acts", _acts(overview), 0.35),
        _least("drop", _drop(luma, heard), 2.5),
        _most("one gain", _one_gain(passages), 0.15),
        _least("hues", _hues(overview), 40.0),
        _least("follows loudness", _follows(luma, heard), 0.5),
        _most("silence", _silence(luma, heard), 1.0),
        _most("frame 0", _first(first_frames @ _LUMA), 0.1),
        _most("no event", _longest_wait(luma, heard), float(_EVENT_S)),
        _most("repeats", _repeats(luma), 0.05),
        _most("flash", _flashes(passages), 3.0),
    )


def _acts(overview: Floats) -> float | None:
    """How much the means of six parts of the film differ, for how light they are."""
    if len(overview) < 2 * ACTS:
        return None
    acts = [part.mean(axis=0) for part in np.array_split(overview, ACTS)]
    apart = [float(np.abs(a - b).mean()) for i, a in enumerate(acts) for b in acts[:i]]
    return float(np.mean(apart)) / max(float(overview.mean()), 1e-6)


def silhouettes_measure(one: Floats, other: Floats) -> Measure:
    """How alike the overviews of two songs' films are, on an average second."""
    count = min(len(one), len(other))
    alike = [silhouette(one[n], other[n]) for n in range(0, count, OVERVIEW_PER_S)]
    return _most("like another song", float(np.mean(alike)) if alike else None, 0.3)


def silhouette(one: Floats, other: Floats) -> float:
    """How alike two pictures are, 1 for the same forms in whatever light."""
    return _correlation(one @ _LUMA, other @ _LUMA)


def _correlation(one: Floats, other: Floats) -> float:
    a, b = one - one.mean(), other - other.mean()
    return float((a * b).sum() / max(math.sqrt(float((a * a).sum() * (b * b).sum())), 1e-12))


def _steps(luma: Floats, pictures: int) -> Floats:
    steps: Floats = np.abs(luma[pictures:] - luma[:-pictures]).mean(axis=(1, 2))
    return steps


def _drop(luma: Floats, heard: Heard) -> float | None:
    """How much more the picture changes in the two seconds about a drop than it usually does."""
    reach = 2 * OVERVIEW_PER_S
    drops = [n for n in heard.drops if reach <= n < len(luma) - reach]
    if not drops:
        return None
    usual = float(np.median(_steps(luma, reach)))
    changes = [float(np.abs(luma[n + reach // 2] - luma[n - reach // 2]).mean()) for n in drops]
    return max(changes) / max(usual, 1e-6)


def _one_gain(passages: tuple[Floats, ...]) -> float | None:
    """The share of what changes from frame to frame that is one factor of the whole picture."""
    shares = []
    for passage in passages:
        luma = passage @ _LUMA
        for before, now in pairwise(luma):
            change = now - before
            whole = float((change * change).sum())
            gain = float((change * before).sum()) ** 2 / max(float((before * before).sum()), 1e-12)
            if whole > 1e-9:
                shares.append(gain / whole)
    return float(np.mean(shares)) if shares else None


def _hues(overview: Floats) -> float | None:
    """Degrees between which nine tenths of the pictures' hues lie."""
    flat = overview.reshape(len(overview), -1, 3).mean(axis=1)
    x = flat[:, 0] - 0.5 * (flat[:, 1] + flat[:, 2])
    y = math.sqrt(3) / 2 * (flat[:, 1] - flat[:, 2])
    hues = np.arctan2(y, x)[np.hypot(x, y) > 1e-3]
    if len(hues) < 4:
        return None
    middle = math.atan2(float(np.sin(hues).mean()), float(np.cos(hues).mean()))
    away = np.degrees((hues - middle + math.pi) % (2 * math.pi) - math.pi)
    low, high = np.percentile(away, (5, 95))
    return float(high - low)


def _follows(luma: Floats, heard: Heard) -> float | None:
    """How light times movement goes with loudness."""
    if len(luma) < 16 or np.ptp(heard.loudness) < 3:
        return None
    moved = _steps(luma, 1)
    light = luma.mean(axis=(1, 2))[1:]
    lively = np.convolve(light * moved, np.ones(8) / 8, "same")
    loud = np.convolve(heard.loudness[1:].clip(-50, 0), np.ones(8) / 8, "same")
    return _correlation(np.log(lively + 1e-6), loud)


def _silence(luma: Floats, heard: Heard) -> float | None:
    """The lightest picture of silence, for the median of the film."""
    light = luma.mean(axis=(1, 2))
    if not heard.silent.any() or heard.silent.all():
        return None
    return float(light[heard.silent].max()) / max(float(np.median(light)), 1e-6)


def _first(luma: Floats) -> float:
    """How much lighter or darker frame 0 is than frame 15."""
    light = luma.mean(axis=(1, 2))
    return abs(float(light[0]) / max(float(light[-1]), 1e-6) - 1)


def _longest_wait(luma: Floats, heard: Heard) -> float | None:
    """The longest loud time, in seconds, in which nothing happens in the picture."""
    if len(luma) < 4:
        return None
    moved = np.concatenate([[0.0], _steps(luma, 1)])
    happens = moved > 0.03 * max(float(luma.mean()), 1e-6)
    longest = waiting = 0
    for loud, event in zip(heard.loudness > _LOUD_LUFS, happens, strict=True):
        waiting = waiting + 1 if loud and not event else 0
        longest = max(longest, waiting)
    return longest / OVERVIEW_PER_S


def _repeats(luma: Floats) -> float | None:
    """The share of pairs of pictures more than 20 s apart that are nearly the same."""
    few = luma[:: 2 * OVERVIEW_PER_S].reshape(len(luma[:: 2 * OVERVIEW_PER_S]), -1)
    apart = _FAR_S // 2
    if len(few) <= apart:
        return None
    few = few - few.mean(axis=1, keepdims=True)
    few /= np.maximum(np.linalg.norm(few, axis=1, keepdims=True), 1e-9)
    alike = few @ few.T
    far = np.abs(np.subtract.outer(np.arange(len(few)), np.arange(len(few)))) > apart
    return float((alike[far] > _ALIKE).mean())


def around_measures(minute: Floats, passages: tuple[Floats, ...]) -> tuple[Measure, ...]:
    """All that a minute of a film tells that goes all around; pictures are equirectangular."""
    luma = minute @ _LUMA
    return (
        _least("active sphere", _active(luma), 0.35),
        _most("mirror", _mirrors(luma), 0.2),
        _most("flash in 10 degrees", _flashes(passages, _WINDOWS, 0.0), 3.0),
    )


def _windows(luma: Floats, grid: tuple[int, int]) -> Floats:
    """(n, rows, columns): the mean of each window."""
    rows, columns = grid
    height, width = luma.shape[1] // rows, luma.shape[2] // columns
    cells = luma[:, : rows * height, : columns * width]
    means: Floats = cells.reshape(len(luma), rows, height, columns, width).mean(axis=(2, 4))
    return means


def _active(luma: Floats) -> float:
    """The share of the sphere whose light, in windows of ten degrees, visibly changes."""
    seen = to_display(_windows(luma, _WINDOWS))
    changes = np.ptp(seen, axis=0) >= _VISIBLE
    rows = _WINDOWS[0]
    area = np.cos(np.pi * ((np.arange(rows) + 0.5) / rows - 0.5))
    return float((changes.mean(axis=1) * area).sum() / area.sum())


def _mirrors(minute: Floats) -> float:
    """How alike the two sides are, on average over the minute.

    Waves and rays are now and then alike by chance: one moment does not tell a mirror.
    """
    step = max(len(minute) // _MIRROR_MOMENTS, 1)
    return float(np.mean([_mirror(picture) for picture in minute[step // 2 :: step]]))


def _mirror(luma: Floats) -> float:
    """How alike the details are on both sides of the upright plane where they are most alike.

    What lies within 20 degrees of a plane does not count: a round body is alike on both sides of
    its own middle, and so is a flame.
    """
    rows, columns = _WINDOWS
    shown: Floats = to_display(luma).astype(np.float64)
    coarse = _windows(shown[None], _WINDOWS)[0]
    height, width = shown.shape[0] // rows, shown.shape[1] // columns
    detail = shown[: rows * height, : columns * width]
    detail = detail - np.repeat(np.repeat(coarse, height, axis=0), width, axis=1)
    # What is level all around, as a horizon, is alike on both sides of any plane: no mirror.
    detail = detail - detail.mean(axis=1, keepdims=True)
    # Stars near the poles are drawn wide: they count for what they cover of the sphere.
    latitudes = np.pi * ((np.arange(len(detail)) + 0.5) / len(detail) - 0.5)
    detail = detail * np.sqrt(np.cos(latitudes))[:, None]
    places = np.arange(detail.shape[1])
    alike = []
    # A plane lies at half of each number of columns, and half around from there.
    for twice in places:
        away = np.abs((2 * places - twice + len(places) / 2) % len(places) - len(places) / 2)
        far = away > len(places) / 9
        one, other = detail[:, far], detail[:, (twice - places) % len(places)][:, far]
        alike.append(float((one * other).sum()) / max(float((one * one).sum()), 1e-12))
    return max(alike)


def _flashes(
    passages: tuple[Floats, ...], grid: tuple[int, int] = (9, 16), share: float = 0.25
) -> float | None:
    """The most flashes in a second of a share of the picture, as WCAG 2.3.1 counts them; 0: of
    any window of the grid.

    Passages have 30 frames a second.
    """
    most = 0.0
    for passage in passages:
        means = _windows(passage @ _LUMA, grid)
        extreme, rising = means[0].copy(), np.zeros(means[0].shape, bool)
        turns = np.zeros(means.shape)
        for n, now in enumerate(means):
            up, down = now - extreme >= 0.1, extreme - now >= 0.1
            turned = (up & ~rising) | (down & rising)
            turns[n][turned] = 1
            rising = np.where(turned, up, rising)
            extreme = np.where(rising, np.maximum(extreme, now), np.minimum(extreme, now))
            extreme = np.where(turned, now, extreme)
        sums = np.cumsum(np.concatenate([np.zeros((1, *means[0].shape)), turns]), axis=0)
        in_a_second = sums[30:] - sums[:-30] if len(sums) > 30 else sums[-1:]
        widest = np.sort(in_a_second.reshape(len(in_a_second), -1), axis=1)
        most = max(most, float(widest[:, -max(int(widest.shape[1] * share), 1)].max()) / 2)
    return most if passages else None


def _least(name: str, value: float | None, limit: float) -> Measure:
    return Measure(name=name, value=value, limit=limit, at_least=True)


def _most(name: str, value: float | None, limit: float) -> Measure:
    return Measure(name=name, value=value, limit=limit, at_least=False)

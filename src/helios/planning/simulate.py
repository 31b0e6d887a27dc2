"""How long a film takes on how many machines, and what it costs: a model of a farm. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

STILL_HELPS = 1.05
"""More machines help as long as the film takes longer than the fastest by this factor."""
_LONGEST_CHUNK_FRAMES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What one machine needs, as measured, and how fast its link is."""

    start_s: float
    """Until a machine draws its first frame: processes, browser, kernels, the bundle."""
    frame_s: float
    """To draw and encode a frame."""
    chunk_s: float
    """What each chunk costs beside its frames."""
    frame_bytes: float
    """Of the film."""
    busy_cores: float = 0.0
    """Cores that one machine's work keeps busy, if it has as many."""
    replay_s: float = 0.0
    """To live through a frame that is not drawn: what comes before a machine's first chunk."""
    look_s: float = 0.0
    """What went before: to look at the composition and to plan."""
    finish_s: float = 0.0
    """To join a frame and to mix and encode its sound."""
    film_frame_bytes: float = 0.0
    """Of the finished film, with its sound."""
    own_bytes: int = 0
    """Memory of the process that steers."""
    worker_bytes: int = 0
    """Memory of one that draws, with its browser."""
    link_bytes_per_s: float = 12.5e6
    """Between each machine and the store."""
    merge_bytes_per_s: float = 100e6
    """At which chunks are joined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A film on so many machines."""

    machines: int
    chunk_frames: int
    """The chunk size with which it takes least time."""
    seconds: float
    machine_hours: float


def estimate(costs: Costs, frames: int, chunk_frames: int, machines: int) -> Estimate:
    """The time of a film whose chunks have ``chunk_frames`` frames.

    Machines draw runs of adjacent chunks, all of them at once; when the last is done, one joins.
    """
    chunks = math.ceil(frames / chunk_frames)
    working = min(machines, chunks)
    longest = math.ceil(chunks / working)
    sent_s = costs.frame_bytes / costs.link_bytes_per_s
    drawn_frames = min(frames, longest * chunk_frames)
    drawing_s = drawn_frames * (costs.frame_s + sent_s) + longest * costs.chunk_s
    # The last machine lives through all that the others draw.
    replayed_s = (frames - drawn_frames if working > 1 else 0) * costs.replay_s
    film_bytes = frames * costs.frame_bytes
    merging_s = film_bytes / costs.link_bytes_per_s + film_bytes / costs.merge_bytes_per_s
    all_drawing_s = frames * (costs.frame_s + sent_s) + chunks * costs.chunk_s
    all_replayed_s = replayed_s * working / 2  # from nothing to all of it
    return Estimate(
        machines=machines,
        chunk_frames=chunk_frames,
        seconds=costs.start_s + replayed_s + drawing_s + merging_s,
        machine_hours=(working * costs.start_s + all_drawing_s + all_replayed_s + merging_s) / 3600,
    )


def simulated(
    costs: Costs, frames: int, group_frames: int, machines: Iterable[int]
) -> list[Estimate]:
    """The best that each number of machines can do; chunks are whole groups of pictures."""
    return [
        min(
            (estimate(costs, frames, size, count) for size in _sizes(frames, group_frames, count)),
            key=lambda found: (round(found.seconds, 6), -found.chunk_frames),
        )
        for count in machines
    ]


def enough(estimates: Sequence[Estimate]) -> Estimate:
    """The fewest machines after which more of them hardly help."""
    fastest = min(found.seconds for found in estimates)
    return next(found for found in estimates if found.seconds <= STILL_HELPS * fastest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a render takes and makes."""

    seconds: float
    memory_bytes: int
    """Of all its processes together."""
    film_bytes: int


def expected(costs: Costs, frames: int, workers: int, cores: int) -> Expected:
    """What a film takes on this machine, with so many chunks drawn at once on so many cores."""
    run = math.ceil(frames / workers)  # adjacent chunks are drawn in one go
    here = replace(costs, link_bytes_per_s=math.inf, merge_bytes_per_s=math.inf)
    alone = estimate(here, frames, run, workers)
    # One that was measured alone had all cores: together they are no faster than the cores are.
    shared_s = alone.machine_hours * 3600 * costs.busy_cores / cores
    return Expected(
        seconds=costs.look_s + max(alone.seconds, shared_s) + frames * costs.finish_s,
        memory_bytes=costs.own_bytes + workers * costs.worker_bytes,
        film_bytes=round(frames * costs.film_frame_bytes),
    )


def _sizes(frames: int, group_frames: int, machines: int) -> list[int]:
    """Sizes that may be best: as few chunks as give each machine one, two, ... of them."""
    found = set()
    for each in (1, 2, 3, 4, 6, 8, 12, 16):
        even = math.ceil(frames / (machines * each))
        groups = min(math.ceil(even / group_frames), _LONGEST_CHUNK_FRAMES // group_frames)
        found.add(max(1, groups) * group_frames)
    return sorted(found)


# -- as a picture ----------------------------------------------------------------------------------

_WIDTH, _HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 30, 50, 50


def as_svg(estimates: Sequence[Estimate], title: str) -> str:
    """Time over machines, both logarithmic, with the point after which more hardly help."""
    times = [found.seconds for found in estimates]
    low, high = math.floor(math.log10(min(times))), math.ceil(math.log10(max(times)))
    most = max(2, estimates[-1].machines)

    def place(machines: float, seconds: float) -> tuple[float, float]:
        across = math.log10(machines) / math.log10(most)
        up = (math.log10(seconds) - low) / max(1, high - low)
        return (
            round(_LEFT + across * (_WIDTH - _LEFT - _RIGHT), 1),
            round(_HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM), 1),
        )

    line = " ".join("{},{}".format(*place(found.machines, found.seconds)) for found in estimates)
    best = enough(estimates)
    x, y = place(best.machines, best.seconds)
    found = f"{best.machines}: {duration(best.seconds)}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}">',
        '<g font-family="sans-serif" font-size="13">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="28" font-size="16">{_escaped(title)}</text>',
    ]
    for power in range(low, max(high, low + 1) + 1):
        left, across = place(1, 10.0**power)
        text = duration(10.0**power)
        parts.append(
            f'<path d="M{left} {across}H{_WIDTH - _RIGHT}" stroke="#ddd"/>'
            f'<text x="{left - 8}" y="{across + 4}" text-anchor="end">{text}</text>'
        )
    for power in range(int(math.log10(most)) + 1):
        across, _ = place(10.0**power, times[0])
        parts.append(
            f'<path d="M{across} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#ddd"/>'
            f'<text x="{across}" y="{_HEIGHT - 28}" text-anchor="middle">{10**power}</text>'
        )
    parts += [
        f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 8}" text-anchor="end">machines</text>',
        f'<polyline points="{line}" fill="none" stroke="#06c" stroke-width="2"/>',
        f'<circle cx="{x}" cy="{y}" r="5" fill="#c30"/>',
        f'<text x="{x}" y="{y - 12}" text-anchor="middle">{found}</text>',
        "</g></svg>",
    ]
    return "\n".join(parts) + "\n"


def duration(seconds: float) -> str:
    """For people.

    Example:
        >>> duration(0.5), duration(75), duration(9000)
        ('0.5 s', '1.2 min', '2.5 h')
    """
    for most, unit, size in ((60, "s", 1), (3600, "min", 60), (math.inf, "h", 3600)):
        if seconds < most:
            return f"{seconds / size:.3g} {unit}"
    raise AssertionError


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")

"""Which chunks each of several workers draws next. Pure: it only counts frames.

A worker that goes on where it stopped pays nothing; one that starts elsewhere in a page lives
through the frames between unpainted, at a share of the cost of drawing them. So every worker gets
one contiguous part of the film, takes it in runs, and one that has finished takes over the later
part of what another has left, split where both end at the same time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Generic, Protocol, TypeVar


class Frames(Protocol):
    """A half-open range of frames."""

    @property
    def start_frame(self) -> int: ...
    @property
    def frame_count(self) -> int: ...


Chunk = TypeVar("Chunk", bound=Frames)


@dataclass(slots=True)
class _Lane:
    """Indices [first, stop) of the chunks that a worker has left, and where it stands."""

    first: int
    stop: int
    position: int = 0
    """The frame that the worker is ready to draw."""


class Schedule(Generic[Chunk]):
    """Hands out runs of adjacent chunks.

    Args:
        chunks: what is to be drawn, in the film's order; there may be gaps.
        lanes: how many workers draw at once.
        replay_cost: cost of living through a frame unpainted, as a share of drawing it, in [0, 1).
        singly: hand out one chunk at a time, so that one may stop after any.

    Example:
        >>> from collections import namedtuple
        >>> Chunk = namedtuple("Chunk", "id start_frame frame_count")
        >>> schedule = Schedule([Chunk(n, n * 10, 10) for n in range(8)], lanes=2)
        >>> [[c.id for c in schedule.next_run(lane)] for lane in (0, 1)]
        [[0, 1], [4, 5]]
    """

    def __init__(
        self,
        chunks: Sequence[Chunk],
        lanes: int,
        replay_cost: float = 0.0,
        *,
        singly: bool = False,
    ) -> None:
        self._chunks = chunks
        self._singly = singly
        self._replay_cost = replay_cost
        # Frames before each chunk, and of all: a farm has thousands of chunks, hundreds of lanes.
        self._before = list(accumulate((chunk.frame_count for chunk in chunks), initial=0))
        total = self._before[-1]
        # With replay every lane ends at the same time if each part is (1 - cost) of the one before.
        weights = [(1.0 - replay_cost) ** lane for lane in range(max(1, lanes))]
        shares = accumulate(weights)
        cuts = [0]
        for share in shares:
            cut = self._nearest(total * share / sum(weights))
            cuts.append(max(cut, cuts[-1]))
        cuts[-1] = len(chunks)
        self._lanes = [_Lane(a, b) for a, b in pairwise(cuts)]

    def next_run(self, lane_id: int) -> tuple[Chunk, ...]:
        """The adjacent chunks that a worker draws next; empty when nothing is left for it.

        One worker alone gets all in one go; several get half of their part at a time, so that
        what is left can still be taken over.
        """
        lane = self._lanes[lane_id]
        if lane.first == lane.stop and not self._take_over(lane):
            return ()
        left = lane.stop - lane.first
        count = left if len(self._lanes) == 1 else (left + 1) // 2
        if self._singly:
            count = 1
        run = [self._chunks[lane.first]]
        for chunk in self._chunks[lane.first + 1 : lane.first + count]:
            if chunk.start_frame != run[-1].start_frame + run[-1].frame_count:
                break
            run.append(chunk)
        lane.first += len(run)
        lane.position = run[-1].start_frame + run[-1].frame_count
        return tuple(run)

    def _take_over(self, thief: _Lane) -> bool:
        """Give ``thief`` the later part of the longest rest, if that ends sooner so."""
        victim = max(self._lanes, key=lambda lane: self._frames(lane.first, lane.stop))
        left = self._frames(victim.first, victim.stop)
        if not left:
            return False
        start = self._chunks[victim.first].start_frame
        # A page cannot go back: it begins anew.
        away = start - thief.position if thief.position <= start else start
        cost = self._replay_cost
        # victim: s frames drawn; thief: (away + s) replayed and left - s drawn; equal at
        kept = (left + away * cost) / (2.0 - cost)
        kept += self._before[victim.first]
        cut = bisect_right(self._before, kept, victim.first, victim.stop + 1) - 1
        if cut == victim.stop:
            return False
        thief.first, thief.stop = cut, victim.stop
        victim.stop = cut
        return True

    def _nearest(self, frames: float) -> int:
        """How many of the first chunks have so many frames, as nearly as can be."""
        after = bisect_left(self._before, frames, hi=len(self._before) - 1)
        around = (max(0, after - 1), after)
        return min(around, key=lambda count: abs(self._before[count] - frames))

    def _frames(self, first: int, stop: int) -> int:
        return self._before[stop] - self._before[first]

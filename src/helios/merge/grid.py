"""One global grid of time stamps for the packets of many parts.

Packets keep their order and their pictures; only their time stamps are written anew, in frames:
``pts = start of the part + position in the part`` and ``dts = packets so far - delay``. Adding an
offset to the old stamps would not do, because a part of one or two frames has no room for the
decoder's delay before its first frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction


class OffGrid(ValueError):
    """A packet's time stamp does not fall on the film's frames."""


@dataclass(slots=True)
class FrameGrid:
    """Places packets, part by part. ``delay`` is how many frames decoding runs ahead."""

    fps: Fraction
    delay: int
    frame_count: int = 0
    """Frames of the parts that are complete."""
    _packets: int = 0
    _first_pts: int | None = None
    _scale: int = 1
    _tick: int = 1
    """Between two frames, where stamps are ``_scale`` times what they are: whole numbers, for sums
    of fractions took half of the time of joining."""
    _slack: int = 0
    """How far from a frame a stamp may lie, in the same units."""
    _seen: bytearray = field(default_factory=bytearray)

    def begin_part(self, time_base: Fraction) -> None:
        """The next packets belong to a new part with stamps in ``time_base``."""
        tick = 1 / (self.fps * time_base)
        self._tick, self._scale = tick.as_integer_ratio()
        # Containers that count milliseconds round each of two stamps by half a unit.
        self._slack = int(self._tick * min(Fraction(49, 100), 1 / tick + Fraction(1, 100)))
        self._first_pts = None
        self._packets = 0
        self._seen = bytearray()

    def place(self, pts: int) -> tuple[int, int]:
        """(pts, dts) in frames of the film for the part's next packet, in decoding order.

        Raises:
            OffGrid: the stamp is not on the grid, taken twice, or before the part's first packet.
        """
        if self._first_pts is None:
            self._first_pts = pts
        exact = (pts - self._first_pts) * self._scale
        position = (2 * exact + self._tick) // (2 * self._tick)
        if abs(exact - position * self._tick) > self._slack:
            raise OffGrid(f"a frame lies between two frames of {self.fps} per second")
        if position < 0:
            raise OffGrid("a frame comes before the first key frame")
        self._take(position)
        number = self.frame_count + self._packets
        self._packets += 1
        stamp = self.frame_count + position
        if stamp < number - self.delay:
            raise OffGrid(f"frames are reordered by more than {self.delay}")
        return stamp, number - self.delay

    def end_part(self) -> int:
        """Frames of the part that is now complete.

        Raises:
            OffGrid: frames are missing in between.
        """
        count = self._packets
        if len(self._seen) != count:
            missing = self._seen.find(0)
            raise OffGrid(f"frame {missing} of {len(self._seen)} is missing")
        self.frame_count += count
        self._packets = 0
        return count

    def _take(self, position: int) -> None:
        if position > len(self._seen) + 4096:
            raise OffGrid(f"there is a gap before frame {position}")
        if position >= len(self._seen):
            self._seen.extend(bytes(position + 1 - len(self._seen)))
        if self._seen[position]:
            raise OffGrid(f"two frames share the time of frame {position}")
        self._seen[position] = 1

"""Blank, frozen and repeated pictures in a run of frames."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from helios.findings.cells import Plane, change
from helios.findings.finding import Finding

FROZEN_S = 2.0
"""Shorter stretches without change are holds."""
BLANK_S = 0.5
"""Shorter blanks are cuts, if what comes after is something else."""
FADED_BLANK_S = 2.0
"""What is faded out and in again may be away for longer."""
STILL_LEVELS = 3.0
"""What an encoder may change in a cell of a picture that stands still."""
REPEATED_LEVELS = 0.5
_MOVING_SHARE = 0.01
_SAME_COLOUR = 6
_HARD_CUT = 24.0
_SUDDEN = 0.5
"""Of what moved before, at a stop that no easing leads to."""
_JUMP = 1.5
"""Times what moved before, at once, where a stretch of time is left out."""
_REMEMBERED = 8
_ALIKE_SHARE = 0.25
_ALIKE_LEVELS = 10.0
_LONGEST_REPEAT = 3
_LEAST_REPEATS = 5
_REPEATED_SHARE = 0.2


@dataclass(slots=True)
class _Blank:
    start_s: float
    is_hard: bool
    """It came from one frame to the next."""
    before: Plane | None


@dataclass(slots=True)
class _Still:
    start_s: float
    usual: float
    """How much moved from frame to frame until then; 0 if it came to rest, or never moved."""


class MovementWatch:
    """Looks at frames one after the other.

    Give it the frames in order with ``see``; where some are left out, call ``cut`` first.
    """

    def __init__(self) -> None:
        self._last: Plane | None = None
        self._reference: Plane | None = None
        self._still: _Still | None = None
        self._blank: _Blank | None = None
        self._changes: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)
        """Of the last frames, what changed most in a cell, and in all of the picture."""
        self._lively: deque[bool] = deque(maxlen=_REMEMBERED)
        self._repeats = 0
        self._repeated = 0
        self._moved = 0
        self._first_repeat_s: float | None = None
        self._frames = 0
        self._blanks = 0
        self._ever_moved = False
        self._start_s = 0.0
        self._found: list[Finding] = []

    def cut(self) -> None:
        """What comes next does not follow what was seen last."""
        self._end_still(None)
        self._last = self._reference = self._blank = None
        self._changes.clear()
        self._lively.clear()
        self._repeats = 0

    def see(self, planes: tuple[Plane, ...], start_s: float) -> None:
        """Look at one more frame: brightness first, then colour if there is any."""
        if not self._frames:
            self._start_s = start_s
        self._frames += 1
        luma = planes[0]
        moved = None if self._last is None else change(self._last, luma)
        step = 0.0 if moved is None else float(moved.max())
        self._see_blank(planes, start_s, step)
        if moved is not None:
            self._see_repeats(float((moved > STILL_LEVELS).mean()), step, start_s)
        extent = 0.0 if moved is None else float(moved.mean())
        self._see_still(luma, start_s, step, extent)
        self._changes.append((step, extent))
        self._last = luma.copy()

    def findings(self, end_s: float) -> list[Finding]:
        """All that was found; ``end_s`` is where the last frame ends."""
        if self._frames > 1 and self._blanks == self._frames:
            return [
                Finding(
                    check="blank",
                    status="problem",
                    what="every frame has one and the same colour throughout",
                    start_s=self._start_s,
                    end_s=end_s,
                    remedy="Look at a frame of the composition with helios still, and at its "
                    "warnings.",
                )
            ]
        if self._frames > 1 and not self._ever_moved:
            return [
                Finding(
                    check="frozen",
                    status="note",
                    what="nothing ever changes in the picture",
                    start_s=self._start_s,
                    end_s=end_s,
                    why="a film that is meant to be still looks so",
                )
            ]
        self._end_blank(end_s, None, is_hard=False)
        self._end_still(end_s)
        return [*self._found, *self._repeat_findings()]

    # -- blank -------------------------------------------------------------------------------------

    def _see_blank(self, planes: tuple[Plane, ...], start_s: float, step: float) -> None:
        if _is_blank(planes):
            self._blanks += 1
            if self._blank is None:
                self._blank = _Blank(start_s, step >= _HARD_CUT, self._last)
        else:
            self._end_blank(start_s, planes[0], is_hard=step >= _HARD_CUT)

    def _end_blank(self, end_s: float, after: Plane | None, *, is_hard: bool) -> None:
        blank, self._blank = self._blank, None
        if blank is None:
            return
        seconds = end_s - blank.start_s
        between = blank.before is not None and after is not None
        if between and blank.is_hard and is_hard and _are_alike(blank.before, after):
            what = "the picture is away, and what comes after is what was before"
        elif between and seconds >= (BLANK_S if blank.is_hard or is_hard else FADED_BLANK_S):
            what = "one colour throughout, between other pictures"
        elif not between and seconds >= FADED_BLANK_S:
            what = "one colour throughout, " + ("at the end" if after is None else "at the start")
        else:
            return
        self._found.append(
            Finding(
                check="blank",
                status="problem",
                what=what,
                start_s=blank.start_s,
                end_s=end_s,
                why=f"longer than {BLANK_S:g} s at a cut, {FADED_BLANK_S:g} s at a fade, or a "
                "picture that goes and comes back",
                remedy="Draw this moment with helios still; if it shows more, render the film "
                "again.",
            )
        )

    # -- frozen ------------------------------------------------------------------------------------

    def _see_still(self, luma: Plane, start_s: float, step: float, extent: float) -> None:
        if self._reference is None:
            self._reference = luma.copy()
            self._still = _Still(start_s, 0.0)
            return
        since = step if self._still is None else float(change(self._reference, luma).max())
        if since > STILL_LEVELS:
            self._ever_moved = True
            self._end_still(start_s, extent)
            self._reference = luma.copy()
        elif self._still is None:
            self._still = _Still(start_s, self._usual_until_stop())

    def _usual_until_stop(self) -> float:
        """How much moved, if all frames until here did, and the last one no less than others."""
        moving = [extent for step, extent in self._changes if step > STILL_LEVELS]
        if len(self._changes) < _REMEMBERED or len(moving) < _REMEMBERED - 1:
            return 0.0
        usual = float(np.median(moving))
        return usual if self._changes[-1][1] >= _SUDDEN * usual else 0.0

    def _end_still(self, end_s: float | None, extent: float | None = None) -> None:
        """``extent`` is how much moves then; None: nothing comes."""
        still, self._still = self._still, None
        if still is None or end_s is None or end_s - still.start_s < FROZEN_S:
            return
        if self._found and self._found[-1].check == "blank" and self._found[-1].end_s == end_s:
            return
        is_last = extent is None
        is_problem = extent is not None and 0 < _JUMP * still.usual <= extent
        where = "to the end" if is_last else "and then goes on"
        self._found.append(
            Finding(
                check="frozen",
                status="problem" if is_problem else "note",
                what=f"the picture stands still {where}",
                start_s=still.start_s,
                end_s=end_s,
                why="it stops out of a movement from one frame to the next, and goes on with a jump"
                if is_problem
                else f"for {FROZEN_S:g} s or longer; what is held on purpose looks so",
                remedy="Draw this moment with helios still; if it moves there, render the film "
                "again."
                if is_problem
                else "",
            )
        )

    # -- repeated ----------------------------------------------------------------------------------

    def _see_repeats(self, share: float, step: float, start_s: float) -> None:
        if step < REPEATED_LEVELS:
            self._repeats += 1
            return
        is_lively = share >= _MOVING_SHARE
        if is_lively:
            self._moved += 1
        was_lively = bool(self._lively) and self._lively[-1]
        if is_lively and was_lively and 0 < self._repeats <= _LONGEST_REPEAT:
            self._repeated += self._repeats
            if self._first_repeat_s is None:
                self._first_repeat_s = start_s
        self._lively.append(is_lively)
        self._repeats = 0

    def _repeat_findings(self) -> Iterator[Finding]:
        share = self._repeated / max(1, self._repeated + self._moved)
        if self._repeated < _LEAST_REPEATS or share < _REPEATED_SHARE:
            return
        yield Finding(
            check="duplicate",
            status="problem",
            what=f"{self._repeated} frames in the midst of movement repeat the one before "
            f"({share:.0%})",
            start_s=self._first_repeat_s,
            why="what moves stutters: it is drawn at a lower frame rate than the film's",
            remedy="Render at the rate at which the composition moves (--fps), or let it move with "
            "every frame.",
        )


def _is_blank(planes: tuple[Plane, ...]) -> bool:
    # Most pictures show in a few rows that they are not.
    for plane in planes:
        if int(np.ptp(plane[::16])) > _SAME_COLOUR:
            return False
    return all(int(np.ptp(plane)) <= _SAME_COLOUR for plane in planes)


def _are_alike(one: Plane | None, other: Plane | None) -> bool:
    if one is None or other is None or one.shape != other.shape:
        return False
    return float((change(one, other) > _ALIKE_LEVELS).mean()) < _ALIKE_SHARE

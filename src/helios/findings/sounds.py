"""Silence, lost sound, clipping and loudness of a sound at 48 kHz."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from helios.audio.columns import SILENT_LUFS
from helios.audio.loudness import LoudnessMeter
from helios.findings.finding import Finding, ok

SAMPLE_RATE = 48_000
SILENT_PEAK = 10 ** (-70 / 20)
LOST_S = 0.2
"""A gap that sound falls into from one moment to the next, and comes out of so."""
SILENCE_S = 5.0
END_S = 2.0
QUIET_LUFS, LOUD_LUFS = -35.0, -8.0
_HOP = 480
_FULL, _TOP, _BELOW_TOP = 0.97, 0.88, 0.7
_PILED = 3
"""Times as many samples at the top as just below it: a sine has less than two, music under one."""
_LEAST_TOP = 50
_CLIPPED_SHARE = 0.02
_EDGE = 3
"""Hops beside a silence in which an encoder's echo may lie."""
_LOUD_PEAK = 10 ** (-34 / 20)
_BEFORE = 10
_SPARSE = 0.2

Block = NDArray[np.float32]


class SoundWatch:
    """Hears a sound block by block."""

    def __init__(self) -> None:
        self._meter: LoudnessMeter | None = None
        self._rest: Block | None = None
        self._peaks: list[NDArray[np.float32]] = []
        self._piles: list[NDArray[np.int64]] = []
        """Of every hop, how many samples are at the top of the scale, and just below it."""
        self.samples = 0

    def hear(self, block: Block) -> None:
        """Hear one more block (n, channels)."""
        self.samples += len(block)
        if self._meter is None:
            self._meter = LoudnessMeter(min(2, block.shape[1]))
        self._meter.add(np.ascontiguousarray(block[:, :2]))
        loud = np.abs(block)
        rest = loud if self._rest is None else np.concatenate([self._rest, loud])
        whole = len(rest) // _HOP * _HOP
        hops = rest[:whole].reshape(-1, _HOP, rest.shape[1])
        self._peaks.append(hops.max((1, 2), initial=0))
        top = (hops >= _TOP).sum((1, 2))
        self._piles.append(np.stack([top, (hops >= _BELOW_TOP).sum((1, 2)) - top], axis=1))
        self._rest = rest[whole:]

    def findings(self, film_s: float) -> list[Finding]:
        """All that was found, in a film of ``film_s`` seconds."""
        peaks = np.concatenate(self._peaks) if self._peaks else np.zeros(0, np.float32)
        is_silent = peaks < SILENT_PEAK
        if is_silent.all():
            return [
                Finding(
                    check="silence",
                    status="problem",
                    what="there is a sound, and all of it is silent",
                    start_s=0.0,
                    end_s=film_s,
                    remedy="Listen to the sound that was given (--audio), its volume and offset.",
                )
            ]
        assert self._meter is not None
        return [
            *_silences(is_silent, peaks, film_s),
            *self._clipping(),
            *_loudness(self._meter.lufs()),
        ]

    def _clipping(self) -> Iterator[Finding]:
        piles = np.concatenate(self._piles)
        starts = np.arange(0, len(piles), SAMPLE_RATE // _HOP)
        seconds = np.add.reduceat(piles, starts)
        peaks = np.maximum.reduceat(np.concatenate(self._peaks), starts)
        top, below = seconds[:, 0], seconds[:, 1]
        clipped = np.flatnonzero((peaks >= _FULL) & (top >= _LEAST_TOP) & (top > _PILED * below))
        share = len(clipped) / len(seconds)
        if not share or share < _CLIPPED_SHARE:
            return
        yield Finding(
            check="clipping",
            status="problem",
            what=f"the sound is cut off at full scale in {len(clipped)} of {len(seconds)} seconds",
            start_s=float(clipped[0]),
            end_s=min(float(clipped[-1]) + 1, self.samples / SAMPLE_RATE),
            why="it is heard as distortion",
            remedy="Lower the volume (--audio FILE,volume=0.5) or ask for a loudness "
            "(--loudness -14).",
        )


def _loudness(lufs: float) -> Iterator[Finding]:
    what = f"{lufs:.1f} LUFS over all"
    if QUIET_LUFS <= lufs <= LOUD_LUFS:
        yield ok("loudness", what)
        return
    yield Finding(
        check="loudness",
        status="note" if lufs > SILENT_LUFS else "problem",
        what=what,
        why="platforms play at about -14 LUFS: they turn loud sound down, and quiet sound stays so",
        remedy="Ask for a loudness: --loudness -14.",
    )


def _silences(
    is_silent: NDArray[np.bool_], peaks: NDArray[np.float32], film_s: float
) -> Iterator[Finding]:
    hop_s = _HOP / SAMPLE_RATE
    runs = list(_runs(is_silent))
    silent = int(is_silent.sum())
    for start, stop in runs:
        seconds = (stop - start) * hop_s
        is_first, is_last = start == 0, stop == len(peaks)
        lead = peaks[max(0, start - _BEFORE) : start].max(initial=0)
        follow = peaks[stop : stop + _BEFORE].max(initial=0)
        rest = (silent - (stop - start)) / len(peaks)
        falls = lead >= _LOUD_PEAK and _stays(
            peaks[max(0, start - 2 * _BEFORE) : max(0, start - _EDGE)]
        )
        comes = follow >= _LOUD_PEAK and _stays(peaks[stop + _EDGE : stop + 2 * _BEFORE])
        is_lost = falls and comes and rest < _SPARSE and seconds >= LOST_S
        if is_lost:
            status, what = "problem", "the sound is away, and comes back"
        elif (is_last and seconds >= END_S) or seconds >= SILENCE_S:
            place = "at the end" if is_last else "at the start" if is_first else "between sounds"
            status, what = "note", f"silence {place}"
        else:
            continue
        yield Finding(
            check="silence",
            status="problem" if status == "problem" else "note",
            what=what,
            start_s=start * hop_s,
            end_s=film_s if is_last else stop * hop_s,
            why="it falls silent from full sound within a hundredth of a second" if is_lost else "",
            remedy="Listen to this moment of the sound that was given." if is_lost else "",
        )


def _stays(peaks: NDArray[np.float32]) -> bool:
    """Whether a sound is there all of the time, and does not fade."""
    return len(peaks) >= _BEFORE and float(peaks.min()) >= SILENT_PEAK * 10


def _runs(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    for start, stop in edges.reshape(-1, 2):
        yield int(start), int(stop)

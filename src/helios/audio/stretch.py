"""Change the speed of a sound and keep its pitch.

Attacks (what is suddenly twice as loud) stand exactly where they belong: the sound is cut at each,
and every part begins with its attack unchanged, at ``round(attack / rate)``. Inside a part it is
waveform-similarity overlap-add (Verhelst and Roelands, ICASSP 1993): output frame k is centred on
output sample (k + 1)·H and shows the input around (k + 1)·H·rate, moved by at most ``_SLACK``
samples to where it continues the previous frame best, and never out of its part: no attack is
heard twice, none is left out. Errors do not add up, and the length is exactly ``round(n / rate)``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_HOP = 1024
_SLACK = 512
_FFT = 4096
_LEAD = 128
"""Samples before an attack over which one part fades into the next."""
_CELL = 48
"""Samples that are as loud as the loudest of them, where attacks are looked for."""


def _rising(count: int) -> Floats:
    phase = np.pi * (np.arange(count, dtype=np.float32) + 0.5) / (2 * max(count, 1))
    return (np.sin(phase) ** 2)[:, None].astype(np.float32)


_FADE = _rising(_HOP)


def stretch(blocks: Iterator[Floats], rate: float) -> Iterator[Floats]:
    """Play ``blocks`` (n, channels) ``rate`` times as fast, pitch kept, in constant memory."""
    if rate == 1:
        yield from blocks
        return
    window = _Window(blocks)
    start = begin = made = (
        0  # where the part starts in the input and in the output, and what is made
    )
    ending = expected = None  # of the part before, fading out; of the frame before, continued
    while True:
        wanted = max(start + round((made - begin + _HOP) * rate) - _HOP, start)
        reach = max(wanted + _SLACK + 2 * _HOP, round((made + _HOP + _LEAD) * rate) + 1)
        window.fill(reach)
        attack = window.attacks[0] if window.attacks else None
        limit = attack if attack is not None else window.total
        lead = 0 if attack is None else min(_LEAD, round(attack / rate) - made)
        until = None if limit is None else round(limit / rate) - lead
        if expected is None:
            current = window.read(start, 2 * _HOP, limit)
            piece = current[:_HOP].copy()
            if ending is not None:
                fade = _rising(len(ending))
                piece[: len(ending)] = ending * (1 - fade) + piece[: len(ending)] * fade
        else:
            last = wanted + _SLACK if limit is None else min(wanted + _SLACK, limit - _HOP)
            first = max(min(wanted - _SLACK, last), start + (2 * _LEAD if start else 0))
            count = max(last - first, 0) + _HOP
            shift = _best_shift(window.read(first, count, limit), expected, wanted - first)
            current = window.read(first + shift, 2 * _HOP, limit)
            piece = expected * (1 - _FADE) + current[:_HOP] * _FADE
        expected = current[_HOP:]
        heard = piece if until is None else piece[: max(until - made, 0)]
        made += len(heard)
        if len(heard):
            yield heard
        if until is not None and made >= until:
            if attack is None:
                return
            ending = np.concatenate([piece, expected])[len(heard) :][:lead]
            start, begin, expected = attack - lead, made, None
            window.attacks.popleft()
        window.forget(start if expected is None else min(wanted, limit or wanted) - _HOP)


def _best_shift(around: Floats, wanted: Floats, usual: int) -> int:
    """Where in ``around`` ``wanted`` is most alike; in silence the quietest, or ``usual``."""
    heard, want = around.sum(axis=1), wanted.sum(axis=1)
    places = len(heard) - _HOP + 1
    spectrum = np.fft.rfft(heard, _FFT) * np.conj(np.fft.rfft(want, _FFT))
    alike = np.fft.irfft(spectrum)[:places]
    energy = np.concatenate(([0.0], np.cumsum(heard.astype(np.float64) ** 2)))
    power = energy[_HOP : _HOP + places] - energy[:places]
    if power.max() < 1e-9:
        return min(max(usual, 0), places - 1)
    if float(want @ want) < 1e-9:
        return int(np.argmin(power))
    return int(np.argmax(alike / np.sqrt(power + 1e-6)))


class _Attacks:
    """Finds where a stream is suddenly louder than it was just before."""

    _BEFORE = 25
    """Cells that an attack is louder than: half a period of 20 Hz, so that no tone is one."""
    _TIMES = 2
    _QUIET = 1e-3
    _APART = 960
    """Samples: what comes sooner belongs to the attack before."""

    def __init__(self) -> None:
        self._peaks = np.zeros(self._BEFORE, np.float32)
        self._rest = np.zeros(0, np.float32)
        self._at = 0
        self._last = -self._APART

    def hear(self, block: Floats) -> Iterator[int]:
        """The samples, counted from the stream's start, at which attacks in ``block`` begin."""
        loud = np.concatenate([self._rest, np.abs(block).max(axis=1)])
        count = len(loud) // _CELL
        cells = loud[: count * _CELL].reshape(count, _CELL)
        peaks = np.concatenate([self._peaks, cells.max(axis=1)])
        before = np.lib.stride_tricks.sliding_window_view(peaks, self._BEFORE)[:count].max(axis=1)
        new = peaks[self._BEFORE :]
        for cell in np.flatnonzero((new > self._TIMES * before) & (new > self._QUIET)):
            rise = int(np.argmax(cells[cell] > max(before[cell], new[cell] / 4)))
            place = self._at + int(cell) * _CELL + rise
            if place - self._last >= self._APART:
                self._last = place
                if place > 0:
                    yield place
        self._peaks, self._rest = peaks[count:], loud[count * _CELL :]
        self._at += count * _CELL


class _Window:
    """Random access to a stream, as far back as it was not forgotten; silence outside it."""

    def __init__(self, blocks: Iterator[Floats]) -> None:
        self._blocks = blocks
        self._listener = _Attacks()
        self._kept = np.zeros((0, 1), np.float32)
        self._base = 0
        self.attacks: deque[int] = deque()
        """Where attacks begin, as far as the stream was heard."""
        self.total: int | None = None

    def read(self, start: int, count: int, limit: int | None) -> Floats:
        """Samples from ``start`` on; from ``limit`` on silence."""
        end = start + count if limit is None else min(start + count, max(limit, start))
        self.fill(end)
        low = max(start, self._base)
        part = self._kept[low - self._base : max(end - self._base, 0)]
        before = min(max(low - start, 0), count)
        after = count - before - len(part)
        return np.pad(part, ((before, after), (0, 0))) if before or after else part

    def forget(self, before: int) -> None:
        cut = min(max(before - self._base, 0), len(self._kept))
        if cut > 1 << 16:
            self._kept, self._base = self._kept[cut:].copy(), self._base + cut

    def fill(self, end: int) -> None:
        """Hear the stream until ``end``, and a cell more, so that attacks before it are known."""
        while self.total is None and self._base + len(self._kept) < end + _CELL:
            block = next(self._blocks, None)
            if block is None:
                self.total = self._base + len(self._kept)
            else:
                self._kept = np.concatenate([self._kept, block]) if len(self._kept) else block
                self.attacks.extend(self._listener.hear(block))

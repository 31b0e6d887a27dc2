"""The final sound of a film: tracks laid on an exact sample grid and summed.

Nothing is normalised: a track at volume 1 sounds as loud as its file, however many others play.
Where the sum leaves the range ±1 it is cut there, counted, and said in a warning; lower the
volumes, or ask for a loudness, which also keeps true peaks below a ceiling.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from math import log10

import numpy as np
from numpy.typing import NDArray

from helios.audio.ducking import Ducker
from helios.audio.fades import fade_gains
from helios.audio.normalise import normalised
from helios.audio.stretch import stretch
from helios.errors import HeliosError, OptionError
from helios.media.fetch import fetch_sound
from helios.media.sound import decode_sound
from helios.model.audio import SAMPLE_RATE, AudioTrack

_HOPS_PER_BLOCK = 64
_HOPS_PER_S = 100
_log = logging.getLogger(__name__)


class Mix(Iterator[NDArray[np.float32]]):
    """The blocks of a mix, and what was seen while they were made."""

    def __init__(self, blocks: Iterator[NDArray[np.float32]]) -> None:
        self._blocks = blocks
        self.peak = 0.0
        """The highest absolute sample before the cut at 1.0."""
        self.clipped_samples = 0

    def __next__(self) -> NDArray[np.float32]:
        try:
            block = next(self._blocks)
        except StopIteration:
            self._report()
            raise
        peak = float(np.abs(block).max(initial=0.0))
        self.peak = max(self.peak, peak)
        if peak > 1:
            self.clipped_samples += int((np.abs(block) > 1).sum())
            block = block.clip(-1, 1)
        return block

    def _report(self) -> None:
        if self.clipped_samples:
            _log.warning(
                "the mix clips: %d samples, up to %+.1f dB; lower a volume or use a loudness",
                self.clipped_samples,
                20 * log10(self.peak),
            )


def mix_tracks(
    tracks: Sequence[AudioTrack],
    total_samples: int,
    *,
    sample_rate: int = SAMPLE_RATE,
    channels: int = 2,
    loudness_lufs: float | None = None,
) -> Mix:
    """Mix ``tracks`` into blocks (n, channels) of float32: exactly ``total_samples`` in all.

    A track begins at sample ``round(offset * sample_rate)``, after ``seek`` seconds of its sound
    were skipped; each pass of a loop skips them again. One that begins before the film is mixed
    from its own start and cut, so that its fades and loops are where they belong. Fades are
    linear; the fade-out ends where the track or the film ends. Memory is constant in the length
    of film and sounds.

    With ``loudness_lufs`` (say -14) the mix is made twice: measured by EBU R128, then brought to
    that loudness with true peaks below -1 dBTP.

    Raises:
        OptionError: a track's sound cannot be read (the message names it), or the loudness is
            not between -70 and 0, or is wanted at another rate than 48 kHz.
    """
    hop = max(sample_rate // _HOPS_PER_S, 1)
    lead = max(0, *(-round(track.offset * sample_rate) for track in tracks), 0)
    span = range(lead, lead + total_samples)

    def make() -> Iterator[NDArray[np.float32]]:
        voices = [_Voice(track, span, sample_rate, channels) for track in tracks]
        return _without(lead, _sum(voices, span.stop, channels, hop))

    if loudness_lufs is None:
        return Mix(make())
    if not -70 < loudness_lufs <= 0:
        raise OptionError(f"loudness must lie between -70 and 0 LUFS, not {loudness_lufs}")
    if sample_rate != SAMPLE_RATE:
        raise OptionError(f"loudness is measured at {SAMPLE_RATE} Hz, not {sample_rate}")
    return Mix(normalised(make, loudness_lufs, channels))


def _without(samples: int, blocks: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """What is mixed after the first ``samples``."""
    for block in blocks:
        if samples < len(block):
            yield block[samples:]
        samples = max(samples - len(block), 0)


def _sum(
    voices: list[_Voice], total: int, channels: int, hop: int
) -> Iterator[NDArray[np.float32]]:
    leading = [voice for voice in voices if not voice.track.duck]
    following = [(voice, Ducker(voice.track.duck, hop)) for voice in voices if voice.track.duck]
    for start in range(0, total, hop * _HOPS_PER_BLOCK):
        count = min(hop * _HOPS_PER_BLOCK, total - start)
        block = np.zeros((count, channels), np.float32)
        for voice in leading:
            voice.add_to(block, start)
        key = block.copy() if following else block
        for voice, ducker in following:
            own = np.zeros_like(block)
            voice.add_to(own, start)
            block += own * ducker.gains(key)
        yield block
    for voice in voices:
        voice.end()


class _Voice:
    """One track, read in step with the film.

    Samples are counted from where the first track begins, if that is before the film.
    """

    def __init__(self, track: AudioTrack, film: range, sample_rate: int, channels: int) -> None:
        self.track = track
        self._rate, self._channels = sample_rate, channels
        self._film = film
        self._start = film.start + round(track.offset * sample_rate)
        self._heard_to = self._start
        self._end = film.stop
        self._fades = [round(s * sample_rate) for s in (track.fade_in, track.fade_out)]
        self._rest = np.zeros((0, channels), np.float32)
        try:
            self._source = fetch_sound(track.file)
            if track.fade_out and not track.loop:
                self._end = min(film.stop, self._start + self._count())
            self._sound = self._open()
            self._rest = next(self._sound, self._rest)
        except HeliosError as error:
            raise self._explain(error) from error
        if not len(self._rest):
            _log.warning("%s ends before second %s: it is silent", track.file, float(track.seek))
        elif film and self._start >= film.stop:
            _log.warning("%s begins after the film's end: it is not heard", track.file)

    def add_to(self, block: NDArray[np.float32], start: int) -> None:
        """Add this track's part of the film from sample ``start`` on."""
        low = max(self._start, start)
        high = min(self._end, start + len(block))
        while low < high and len(part := self._take(high - low)):
            gains = self._gains(low, len(part))
            block[low - start : low - start + len(part)] += part * gains
            low += len(part)
            self._heard_to = low

    def end(self) -> None:
        """Say so if nothing of the track was heard, since it was over before the film begins."""
        if self._start < self._heard_to <= self._film.start:
            name, over_s = self.track.file, (self._film.start - self._heard_to) / self._rate
            _log.warning("%s is over %.3g s before the film begins: it is not heard", name, over_s)

    def _take(self, count: int) -> NDArray[np.float32]:
        if not len(self._rest):
            try:
                self._rest = next(self._sound, self._rest)
            except HeliosError as error:
                raise self._explain(error) from error
        part, self._rest = self._rest[:count], self._rest[count:]
        return part

    def _gains(self, start: int, count: int) -> NDArray[np.float32] | np.float32:
        fade_in, fade_out = self._fades
        volume = np.float32(self.track.volume)
        if not fade_in and not fade_out:
            return volume
        at = np.arange(start - self._start, start - self._start + count)
        length = self._end - self._start
        gains = fade_gains(at, length, fade_in=fade_in, fade_out=fade_out)
        return (gains[:, None] * volume).astype(np.float32)

    def _open(self) -> Iterator[NDArray[np.float32]]:
        return stretch(self._passes(), self.track.rate)

    def _passes(self) -> Iterator[NDArray[np.float32]]:
        while True:
            heard = 0
            for block in self._decode(self._channels):
                heard += len(block)
                yield block
            if not self.track.loop or not heard:
                return

    def _decode(self, channels: int) -> Iterator[NDArray[np.float32]]:
        return decode_sound(
            self._source, sample_rate=self._rate, channels=channels, start_s=self.track.seek
        )

    def _count(self) -> int:
        return round(sum(map(len, self._decode(1))) / self.track.rate)

    def _explain(self, error: HeliosError) -> OptionError:
        message = error.message.replace("sound in memory", "its sound")
        return OptionError(f"audio track {self.track.file}: {message}", hint=error.hint)

"""Read the sound of any file PyAV decodes, as float32 blocks on an exact sample grid.

Sample 0 is the sound's time 0: encoder delay that the container declares is removed, a stream
that begins later than its container starts with silence, and gaps in its time stamps are filled.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import logging
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO, Any, Self, TypeAlias

import av
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from helios.errors import DecodeError, OptionError
from helios.files.near import did_you_mean
from helios.files.unread import unread
from helios.media.ogg import Section, ogg_links
from helios.media.remix import remix_matrix
from helios.media.truncation import declared_seconds, refuse_cut_file
from helios.model.audio import TRACK_SETTINGS

SoundSource: TypeAlias = str | Path | bytes
Block: TypeAlias = NDArray[np.float32]
"""Samples (n, channels)."""

_OF_SOUND = "Give audio (WAV, FLAC, MP3, M4A, Ogg, ...), or a video with sound."
MIN_SAMPLE_RATE = 1_000
MAX_SAMPLE_RATE = 1_536_000
MAX_CHANNELS = 256
_FIRST_GAP_S = 0.001
_GAP_S = 0.1
_MAX_GAP_S = 3600
_MAX_DAMAGED_PACKETS = 20
_SILENCE = 1 << 16

_BARE = ("mp3", "aac", "flac", "ac3", "eac3")

SONG_TAGS = ("title", "artist", "album")
"""What pages over a film are told of its song."""
_LONGEST_TAG = 500
"""Characters: more is no title."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundInfo:
    """What a sound is before it is decoded. ``duration_s`` is the container's word, or a count."""

    sample_rate: int
    channels: int
    duration_s: Fraction
    codec: str
    layout: str


def probe_sound(source: SoundSource, *, exact: bool = True) -> SoundInfo:
    """Look at a sound without decoding more of it than needed.

    Where the container does not declare a length the sound is decoded once to count it; with
    ``exact=False`` the length may be a guess from the file's size, or 0.

    Raises:
        OptionError: the file does not exist or may not be read.
        DecodeError: it is empty, damaged, not audio, or a video without sound.
    """
    with _Input(source) as opened:
        info = opened.info(Fraction(0))
        seconds = opened.length_s if opened.link_count == 1 else None
        if seconds is None and not exact:
            seconds = Fraction(opened.container.duration or 0, av.time_base)
    if seconds is None:
        count = sum(len(block) for block in decode_sound(source, channels=1))
        seconds = Fraction(count, info.sample_rate)
    return SoundInfo(
        sample_rate=info.sample_rate,
        channels=info.channels,
        duration_s=seconds,
        codec=info.codec,
        layout=info.layout,
    )


def read_tags(source: SoundSource, names: tuple[str, ...] = SONG_TAGS) -> dict[str, str]:
    """Tags that a sound says it has; those that it does not say are left out.

    Args:
        source: the sound.
        names: the tags that are wanted, as FFmpeg calls them.

    Raises:
        OptionError: the file does not exist or may not be read.
        DecodeError: it is empty, damaged, not audio, or a video without sound.
    """
    with _Input(source) as opened:
        # Ogg keeps them with the stream, all others with the file.
        found = {**opened.container.metadata, **opened.stream.metadata}
    tags = {name.lower(): " ".join(text.replace("\0", " ").split()) for name, text in found.items()}
    return {name: tags[name][:_LONGEST_TAG] for name in names if tags.get(name)}


def decode_sound(
    source: SoundSource,
    *,
    sample_rate: int | None = None,
    channels: int | None = None,
    start_s: Fraction = Fraction(0),
) -> Iterator[Block]:
    """Decode ``source`` in blocks (n, channels) of float32, full scale 1.0, in constant memory.

    Args:
        source: a path, or the bytes of a file. URLs are fetched first (``media.fetch``).
        sample_rate: Hz to convert to; None keeps the sound's own.
        channels: 1 or 2 to mix down or up to (rules: ``media.remix``); None keeps the sound's own.
        start_s: seconds to skip. The sound is decoded from its beginning and cut at
            ``round(start_s * rate)``, so the cut is exact in every format.

    Raises:
        OptionError: the file does not exist or may not be read.
        DecodeError: it is empty, damaged, truncated, not audio, changed while it was read, or
            holds samples that are not numbers.
    """
    with _Input(source) as opened:
        rate = sample_rate or opened.rate
        skip = round(start_s * rate)
        for block in _linked(source, opened, rate, channels):
            if skip >= len(block):
                skip -= len(block)
                continue
            yield block[skip:]
            skip = 0
        opened.check_unchanged()


def _linked(source: SoundSource, first: _Input, rate: int, channels: int | None) -> Iterator[Block]:
    """All links of a chain in the form of the first; most sounds are one."""
    yield from _at_rate(first.blocks(channels), first.rate, rate)
    for link in range(1, first.link_count):
        with _Input(source, link) as opened:
            yield from _at_rate(opened.blocks(channels or first.channels), opened.rate, rate)


def _at_rate(blocks: Iterator[Block], rate: int, wanted: int) -> Iterator[Block]:
    return blocks if rate == wanted else _resample(blocks, rate, wanted)


class _Input:
    """One opened sound. PyAV gets a Python file object, so no name is taken for a protocol."""

    def __init__(self, source: SoundSource, link: int = 0) -> None:
        """``link`` counts those of a chained Ogg file."""
        self.name = "sound in memory" if isinstance(source, bytes) else str(source)
        self._file = _open_file(source, self.name)
        self._stat = self._identity()
        try:
            links = ogg_links(self._file)
            self.link_count = max(1, len(links))
            self._open(Section(self._file, *links[link]) if links else self._file)
        except BaseException:
            self._file.close()
            raise

    def _open(self, file: IO[bytes] | Section) -> None:
        if not file.read(1):
            raise DecodeError(f"{self.name} is empty", hint="Export or download it again.")
        file.seek(0)
        try:
            # Playlists would open further files and addresses: no protocol is allowed for them.
            self.container: Any = av.open(file, options={"protocol_whitelist": "none"})
        except (av.error.FFmpegError, ValueError) as error:
            raise DecodeError(
                f"{self.name} is not a sound file we can read", hint=_OF_SOUND
            ) from error
        self.stream: Any = self.container.streams.best("audio")
        if self.stream is None:
            raise DecodeError(f"{self.name} has no sound", hint=_OF_SOUND)
        context: Any = self.stream.codec_context
        if context is None:
            raise DecodeError(
                f"{self.name} holds sound of a codec we cannot decode",
                hint="Convert it to FLAC, WAV or MP3 first.",
            )
        self.rate: int = context.sample_rate or 0
        self.channels: int = context.channels or 0
        if not MIN_SAMPLE_RATE <= self.rate <= MAX_SAMPLE_RATE:
            allowed = f"{MIN_SAMPLE_RATE} to {MAX_SAMPLE_RATE} Hz"
            raise DecodeError(f"{self.name} has a sample rate of {self.rate} Hz, not {allowed}")
        if not 1 <= self.channels <= MAX_CHANNELS:
            raise DecodeError(f"{self.name} has {self.channels} channels")
        refuse_cut_file(self._file, self.container.format.name, self.name)
        self.declared = declared_seconds(self.container, self.stream, self._file)
        """Seconds of the stream itself, from where it starts."""
        self.length_s = None if self.declared is None else self.declared + self._late_s()
        """Seconds of what is decoded: a stream that starts late starts with silence."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.container.close()
        self._file.close()

    def info(self, duration_s: Fraction) -> SoundInfo:
        context = self.stream.codec_context
        return SoundInfo(
            sample_rate=self.rate,
            channels=self.channels,
            duration_s=duration_s,
            codec=context.name,
            layout=context.layout.name,
        )

    def blocks(self, channels: int | None) -> Iterator[Block]:
        """All samples at the stream's own rate, gaps filled, cut to the declared length."""
        limit, done = None, 0
        # The length of an MP3 is counted in whole frames.
        if self.length_s is not None and self.container.format.name != "mp3":
            limit = round(self.length_s * self.rate)
        for block in self._timeline(channels):
            kept = block if limit is None else block[: max(limit - done, 0)]
            done += len(kept)
            if not np.isfinite(kept.sum()):
                self._refuse_non_numbers(kept, done - len(kept))
            if len(kept):
                yield kept
        self._check_length(done)

    def _timeline(self, channels: int | None) -> Iterator[Block]:
        """Every stretch of frames at the stream's first rate, each where its time stamps say."""
        position, zero = 0, self._zero()
        width = channels or self.channels
        for rate, frames in itertools.groupby(self._frames(), key=lambda frame: frame.sample_rate):
            stretch = self._stretch(frames, width, position, zero)
            for block in _at_rate(stretch, rate, self.rate):
                position += len(block)
                yield block

    def _stretch(
        self, frames: Iterator[AudioFrame], width: int, start: int, zero: Fraction
    ) -> Iterator[Block]:
        """The samples of frames of one rate, gaps between them filled."""
        done = 0
        for frame in frames:
            rate = frame.sample_rate
            position = start + done * self.rate // rate
            missing = self._missing(frame, position, zero) * rate // self.rate
            yield from _silence(missing, width)
            block = _remixed(_samples(frame), frame, width)
            done += missing + len(block)
            yield block

    def _missing(self, frame: AudioFrame, position: int, zero: Fraction) -> int:
        """Samples between ``position`` and where the frame says it belongs, if it is a gap."""
        if frame.pts is None or frame.time_base is None or self._is_bare:
            return 0
        tick = frame.time_base
        late_s = frame.pts * tick.numerator / tick.denominator - float(zero) - position / self.rate
        if not (_GAP_S if position else _FIRST_GAP_S) < late_s < _MAX_GAP_S:
            return 0
        return round((frame.pts * tick - zero) * self.rate) - position

    def _first(self) -> Fraction:
        start, tick = self.stream.start_time, self.stream.time_base
        return Fraction(0) if start is None else start * Fraction(tick)

    @property
    def _is_bare(self) -> bool:
        """Frames one after the other: the time stamps are made up by the demuxer."""
        return self.container.format.name in _BARE

    def _late_s(self) -> Fraction:
        return self._first() - self._zero()

    def _zero(self) -> Fraction:
        """The time stamp of time 0: where the container starts."""
        first = self._first()
        if len(self.container.streams) == 1 or self.container.start_time is None:
            return first
        return min(first, Fraction(self.container.start_time, av.time_base))

    def _frames(self) -> Iterator[AudioFrame]:
        damaged = decoded = 0
        try:
            for packet in self.container.demux(self.stream):
                try:
                    frames = packet.decode()
                except av.error.InvalidDataError:
                    damaged += 1
                    continue
                decoded += len(frames)
                yield from frames
        except (av.error.FFmpegError, OSError) as error:
            raise DecodeError(f"{self.name} cannot be read to its end: {error}") from error
        if damaged > max(_MAX_DAMAGED_PACKETS, decoded // 100) or (damaged and not decoded):
            raise DecodeError(f"{self.name} is damaged: {damaged} of its packets are unreadable")
        if damaged:
            _log.warning("%s: %d damaged packets were skipped", self.name, damaged)

    def _check_length(self, samples: int) -> None:
        declared = self.declared
        if not samples:
            raise DecodeError(f"{self.name} holds no samples")
        seconds = Fraction(samples, self.rate)
        if declared is not None and seconds < declared - max(Fraction(1, 4), declared / 100):
            self.check_unchanged()
            raise DecodeError(
                f"{self.name} is truncated: it ends after {float(seconds):.3f} of "
                f"{float(declared):.3f} seconds",
                hint="Copy or download it again.",
            )

    def _refuse_non_numbers(self, block: Block, start: int) -> None:
        bad = np.flatnonzero(~np.isfinite(block).all(axis=1))
        if len(bad):
            second = (start + int(bad[0])) / self.rate
            raise DecodeError(f"{self.name} holds samples that are not numbers (at {second:.3f} s)")

    def check_unchanged(self) -> None:
        """Refuse a file that somebody wrote to while we read it."""
        if self._identity() != self._stat:
            raise DecodeError(f"{self.name} changed while it was read", hint="Try again.")

    def _identity(self) -> tuple[int, int] | None:
        if isinstance(self._file, io.BytesIO):
            return None
        now = os.fstat(self._file.fileno())
        return now.st_size, now.st_mtime_ns


def _open_file(source: SoundSource, name: str) -> IO[bytes]:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if name.partition("://")[0].lower() in ("http", "https"):
        raise OptionError(f"{name} must be fetched before it can be decoded")
    path = Path(name.removeprefix("file://"))
    try:
        if stat.S_ISREG(path.stat().st_mode):
            return path.open("rb")
    except OSError as error:
        # A setting that there is not is a part of the name, which may hold commas.
        key, is_odd, _ = name.rpartition(",")[2].partition("=")
        meant = did_you_mean(key, TRACK_SETTINGS)
        hint = f"{meant}Settings of a sound are {', '.join(TRACK_SETTINGS)}." if is_odd else ""
        refusal = unread(name, path, error)
        raise OptionError(refusal.message, hint=hint or refusal.hint) from error
    except ValueError as error:
        raise OptionError(f"{name!r} is no file name: {error}") from error
    raise OptionError(f"{name} is not a file", hint="Name a sound, or a film that has one.")


def _samples(frame: AudioFrame) -> Block:
    """(n, channels) float32 of a frame in any sample format; integers scale to [-1, 1)."""
    data = frame.to_ndarray()
    data = data.T if frame.format.is_planar else data.reshape(-1, frame.layout.nb_channels)
    if data.dtype.kind == "f":
        return data.astype(np.float32)
    if data.dtype.kind == "u":
        return (data.astype(np.float32) - np.float32(128)) / np.float32(128)
    scale = np.float32(2.0 ** (1 - 8 * data.dtype.itemsize))
    return data.astype(np.float32) * scale


def _remixed(block: Block, frame: AudioFrame, channels: int) -> Block:
    if channels == block.shape[1]:
        return block
    if channels > 2:  # a stretch of other channels than the sound begins with
        return np.pad(block[:, :channels], ((0, 0), (0, max(channels - block.shape[1], 0))))
    names = tuple(channel.name for channel in frame.layout.channels)
    return block @ remix_matrix(names, channels)


def _silence(samples: int, channels: int) -> Iterator[Block]:
    for start in range(0, samples, _SILENCE):
        yield np.zeros((min(_SILENCE, samples - start), channels), np.float32)


def _resample(blocks: Iterator[Block], source: int, target: int) -> Iterator[Block]:
    """Convert the rate to ``ceil(n * target / source)`` samples; sample 0 stays sample 0.

    Channels go in pairs, since libswresample does not take every layout.
    """
    pairs: list[av.AudioResampler] = []
    count = made = 0
    for block in blocks:
        count += len(block)
        if not pairs:
            pairs = [av.AudioResampler("fltp", rate=target) for _ in range(0, block.shape[1], 2)]
        made += len(out := _push(pairs, block, source))
        yield out
    wanted = -(-count * target // source)
    tail = _push(pairs, None, source) if pairs else np.zeros((0, 1), np.float32)
    missing = max(wanted - made - len(tail), 0)
    yield np.pad(tail, ((0, missing), (0, 0)))[: max(wanted - made, 0)]


def _push(pairs: list[av.AudioResampler], block: Block | None, rate: int) -> Block:
    parts = []
    for index, resampler in enumerate(pairs):
        frame = None
        if block is not None:
            planes = np.ascontiguousarray(block[:, 2 * index : 2 * index + 2].T)
            layout = "stereo" if len(planes) == 2 else "mono"
            frame = AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
            frame.sample_rate = rate
        with contextlib.suppress(av.error.EOFError):
            converted = [out.to_ndarray().T for out in resampler.resample(frame)]
        parts.append(np.concatenate(converted) if converted else None)
    width = 2 if block is None else block.shape[1]
    if parts[0] is None:
        return np.zeros((0, width), np.float32)
    return np.concatenate([part for part in parts if part is not None], axis=1)

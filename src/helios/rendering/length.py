"""How long a film is that must not be as long as it likes."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from helios.model.facts import CompositionFacts
from helios.model.options import DEFAULT_FPS, RenderOptions
from helios.planning.resolve import DEFAULT_DURATION_S


class Song(Protocol):
    """What a length depends on of a sound file."""

    def duration_s(self, file: Path) -> Fraction: ...
    def end_within(self, file: Path, longest_s: Fraction) -> Fraction: ...


class SongOnDisk:
    """Reads sound files."""

    def duration_s(self, file: Path) -> Fraction:
        """Seconds.

        Raises:
            OptionError: it cannot be read.
        """
        from helios.media.sound import probe_sound

        return probe_sound(file).duration_s

    def end_within(self, file: Path, longest_s: Fraction) -> Fraction:
        """A good second to stop at, at most ``longest_s``."""
        from helios.rendering.cut import quiet_end, song_levels

        return quiet_end(song_levels(file, longest_s), longest_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthRule:
    """What an export says about its length: at most ``longest_s``, else as long as its song."""

    longest_s: Fraction | None = None
    song: Song = field(default_factory=SongOnDisk)

    def choose(self, options: RenderOptions, facts: CompositionFacts | None) -> Fraction | None:
        """The duration to ask for; None to leave it as it is declared.

        Raises:
            OptionError: the song cannot be read.
        """
        longest_s, declared_s = self.longest_s, facts.declared_duration_s if facts else None
        if options.duration is not None:
            return min(options.duration, longest_s or options.duration)
        song = _song_of(options)
        if song and longest_s and self.song.duration_s(song) > longest_s:
            return self.song.end_within(song, longest_s)
        if options.frame_count is not None:
            return None
        if declared_s is None and song is not None:
            whole_s = self.song.duration_s(song)
            return min(whole_s, longest_s or whole_s)
        fps = options.fps or (facts.declared_fps if facts else None) or DEFAULT_FPS
        planned_s = (declared_s or DEFAULT_DURATION_S) - options.start_frame / fps
        return longest_s if longest_s and planned_s > longest_s else None


def _song_of(options: RenderOptions) -> Path | None:
    """The first sound, if it is on this disk."""
    first = options.audio[0].file if options.audio else "://"
    return None if "://" in first else Path(first)

"""The length of a film that nothing else gives one: that of its song."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from helios.media.fetch import fetch_sound
from helios.media.sound import probe_sound
from helios.model.facts import CompositionFacts
from helios.model.options import DEFAULT_FPS, RenderOptions


def with_length_of_song(facts: CompositionFacts, options: RenderOptions) -> CompositionFacts:
    """The facts, with the end of the first sound as declared duration where there is no other.

    Some frames are of the film that the whole song is, unless they reach past its end.

    Raises:
        OptionError, DecodeError: the sound cannot be read.
    """
    if options.duration is not None or facts.declared_duration_s is not None:
        return facts
    asked = options.start_frame + (options.frame_count or 0)
    asked_s = asked / (options.fps or facts.declared_fps or DEFAULT_FPS)
    end_s = end_of_song_s(options)
    if end_s is None or (options.frame_count is not None and end_s < asked_s):
        return facts
    return replace(facts, declared_duration_s=end_s)


def end_of_song_s(options: RenderOptions) -> Fraction | None:
    """Seconds of film until the first sound ends; None without one, or if it never ends."""
    if not options.audio or options.audio[0].loop:
        return None
    track = options.audio[0]
    left_s = probe_sound(fetch_sound(track.file)).duration_s - track.seek
    end_s = track.offset + left_s / Fraction(track.rate).limit_denominator(1_000_000)
    return end_s if end_s > 0 else None

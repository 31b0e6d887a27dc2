"""Sounds of a render: checked before the work, kept where the mix finds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from fractions import Fraction
from math import ceil
from pathlib import Path

from helios.errors import HeliosError, OptionError
from helios.files.whole import new_file
from helios.model.audio import SAMPLE_RATE, AudioTrack
from helios.model.facts import CompositionFacts, Voice
from helios.model.options import RenderOptions
from helios.planning.digest import digest_of

_STEM_OFF_S = Fraction(1, 10)
"""Encoders add or leave out as much at the ends of a sound."""


def check_tracks(tracks: Iterable[AudioTrack]) -> None:
    """Make sure every sound can be read, before hours are spent on pictures.

    Raises:
        OptionError: one cannot; the message names it and says why.
    """
    for track in tracks:
        from helios.media.fetch import fetch_sound
        from helios.media.sound import probe_sound

        try:
            probe_sound(fetch_sound(track.file))
        except OptionError:
            raise
        except HeliosError as error:
            raise OptionError(f"--audio: {error.message}", hint=error.hint) from error


def check_stems(options: RenderOptions) -> None:
    """Make sure that stems are parts of the sound that the film follows.

    Raises:
        OptionError: there is no such sound, or a stem cannot be read or has another length.
    """
    if not options.stem:
        return
    followed = options.react_to or next(iter(options.audio), None)
    if followed is None:
        raise OptionError(
            "--stem: stems are parts of a sound, and there is none",
            hint="Give the whole song with --audio.",
        )
    whole_s = _length_s("--react-to" if options.react_to else "--audio", followed.file)
    for stem in options.stem:
        length_s = _length_s(f"--stem {stem.name}", stem.file)
        if abs(length_s - whole_s) > _STEM_OFF_S:
            raise OptionError(
                f"--stem {stem.name}: {Path(stem.file).name} has {float(length_s):.2f} s, "
                f"{Path(followed.file).name} has {float(whole_s):.2f} s",
                hint="Export every stem from the beginning to the end of the song.",
            )


def _length_s(flag: str, file: str) -> Fraction:
    from helios.media.fetch import fetch_sound
    from helios.media.sound import probe_sound

    try:
        return probe_sound(fetch_sound(file)).duration_s
    except HeliosError as error:
        raise OptionError(f"{flag}: {error.message}", hint=error.hint) from error


def with_mixed_sounds(facts: CompositionFacts, total_s: Fraction, folder: Path) -> CompositionFacts:
    """The facts with sounds that a mix can take: readable tracks only.

    What is none, such as a video without a sound track, is left out, and a warning names it.
    Voices become one more track, a file in ``folder``.
    """
    kept: list[AudioTrack] = []
    warnings = list(facts.warnings)
    for track in facts.sounds:
        if problem := _problem(track):
            warnings.append(problem)
        else:
            kept.append(track)
    files = {voice.file for voice in facts.voices}
    problems = {file: _problem(AudioTrack(file=file)) for file in files}
    warnings += sorted(problem for problem in problems.values() if problem)
    voices = tuple(voice for voice in facts.voices if not problems[voice.file])
    if voices:
        kept.append(AudioTrack(file=str(_write_voices(voices, total_s, folder))))
    return replace(facts, sounds=tuple(kept), voices=(), warnings=tuple(dict.fromkeys(warnings)))


def _problem(track: AudioTrack) -> str:
    try:
        check_tracks((track,))
    except OptionError as error:
        return f"left out of the sound: {error.message.removeprefix('--audio ')}"
    return ""


def _write_voices(voices: tuple[Voice, ...], total_s: Fraction, folder: Path) -> Path:
    from helios.audio.voices import sum_voices
    from helios.media.wave import wave_head

    total = ceil(total_s * SAMPLE_RATE)
    name = digest_of([[asdict(voice) for voice in voices], total])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"page-sound-{name[:24]}.wav"
    with new_file(path) as temporary, temporary.open("wb") as stream:
        stream.write(wave_head(SAMPLE_RATE, total * 8))
        for block in sum_voices(voices, total):
            stream.write(block.astype("<f4").tobytes())
    return path

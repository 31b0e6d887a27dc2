"""Sounds of a render: checked before the work, kept where the mix finds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from helios.errors import HeliosError, OptionError
from helios.model.audio import AudioTrack
from helios.model.facts import CompositionFacts


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
            raise OptionError(f"--audio {track.file}: {error.message}", hint=error.hint) from error


def with_readable_sounds(facts: CompositionFacts) -> CompositionFacts:
    """The facts without found sounds that are none, such as a video without a sound track.

    The film is made without them, and a warning names each.
    """
    kept, warnings = [], list(facts.warnings)
    for track in facts.sounds:
        try:
            check_tracks((track,))
        except OptionError as error:
            warnings.append(f"left out of the sound: {error.message.removeprefix('--audio ')}")
        else:
            kept.append(track)
    return replace(facts, sounds=tuple(kept), warnings=tuple(warnings))


def found_sounds_folder(output: Path) -> Path:
    """Where sounds that exist only inside a page (blob: and data: URLs) are written."""
    return output.parent / f".helios-sounds-{output.stem}"

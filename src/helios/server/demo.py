"""A short song of our own, to try templates with: made by arithmetic, no recording of anybody's."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

from helios.files.whole import new_file

DEMO_S = 26.0
DROP_S = 8.0
"""Where drums and bass come in: a moment that shows what a template can do."""
_RATE = 22_050
_BEAT_S = 0.5
_CHORD_S = 2.0
_CHORDS_HZ = (
    (110.0, 261.63, 329.63, 440.0),
    (87.31, 261.63, 349.23, 440.0),
    (130.81, 261.63, 329.63, 392.0),
    (98.0, 246.94, 293.66, 392.0),
)
"""A minor, F, C and G: a bass note and three above it."""
_BREAK_S = 18.0
_RETURN_S = 22.0


def write_demo_song(path: Path, duration_s: float = DEMO_S) -> None:
    """Quiet chords, a rise, drums, a rest, drums again; from the beginning where it is longer."""
    samples = _song(duration_s)
    with new_file(path) as temporary, wave.open(str(temporary), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(_RATE)
        out.writeframes(samples.tobytes())


def _song(duration_s: float) -> Any:
    import numpy as np

    number = np.arange(int(duration_s * _RATE))
    time_s = number / _RATE
    at_s = time_s % DEMO_S
    beat_s, off_beat_s = at_s % _BEAT_S, (at_s + _BEAT_S / 2) % _BEAT_S
    has_drums = ((at_s >= DROP_S) & (at_s < _BREAK_S)) | (at_s >= _RETURN_S)
    rise = np.clip((at_s - DROP_S / 2) / (DROP_S / 2), 0, 1) * (at_s < DROP_S)

    chord = np.array(_CHORDS_HZ)[(at_s // _CHORD_S).astype(int) % len(_CHORDS_HZ)].T
    bass_hz, voices_hz = chord[0], chord[1:]
    into_s = at_s % _CHORD_S
    swell = np.minimum(into_s / 0.08, 1) * np.minimum((_CHORD_S - into_s) / 0.08, 1)
    pad = swell * sum(np.sin(2 * np.pi * hz * into_s) for hz in voices_hz) / len(voices_hz)

    note = (at_s // (_BEAT_S / 2)).astype(int) % len(voices_hz)
    note_s = at_s % (_BEAT_S / 2)
    pluck_hz = 2 * np.take_along_axis(voices_hz, note[None], axis=0)[0]
    pluck = np.sin(2 * np.pi * pluck_hz * note_s) * np.exp(-note_s * 14)

    kick = np.sin(330 * np.exp(-beat_s * 9)) * np.exp(-beat_s * 6)
    bass = np.sin(2 * np.pi * bass_hz * into_s) * (1 - np.exp(-beat_s * 8)) * swell
    noise = number * 7919 % 4001 / 2000 - 1
    hat = noise * np.exp(-off_beat_s * 16)
    snare = noise * np.exp(-((at_s + _BEAT_S) % (2 * _BEAT_S)) * 11)

    drums = 0.42 * kick + 0.2 * bass + 0.11 * hat + 0.12 * snare
    mix = 0.2 * pad + 0.14 * pluck + has_drums * drums + 0.09 * rise**2 * noise
    ends = np.minimum(1, (DEMO_S - at_s) / 1.5)
    return np.rint(30_000 * np.clip(mix * ends, -1, 1)).astype("<i2")

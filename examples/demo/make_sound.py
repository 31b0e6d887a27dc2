"""Writes ``sound.ogg``, the music of the demo film: six bars at 120 beats a minute, 12 seconds.

Everything is computed: sines, noise from a fixed seed, a room made of decaying noise. Run it with
``python examples/demo/make_sound.py``; the film's pictures know the same beat grid.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 48_000
BEAT_S = 0.5
BARS = 6
LENGTH_S = BARS * 4 * BEAT_S
SAMPLES = int(LENGTH_S * RATE)
CHANCE = np.random.default_rng(7)

Sound = NDArray[np.float64]

# One chord per bar, as MIDI notes: D, then B flat, F, C, D minor, and home to F.
CHORDS = (
    (50, 57, 62, 69),
    (46, 58, 62, 65, 69),
    (53, 57, 60, 65, 72),
    (48, 60, 64, 67, 74),
    (50, 57, 62, 65, 72),
    (41, 53, 57, 60, 67, 72),
)


def hertz(note: float) -> float:
    """Frequency of a MIDI note in equal temperament."""
    return 440.0 * 2.0 ** ((note - 69.0) / 12.0)


def seconds(length_s: float) -> Sound:
    """Time stamps of a sound of this length."""
    return np.arange(int(length_s * RATE)) / RATE


def add(track: Sound, sound: Sound, at_s: float, pan: float = 0.0, level: float = 1.0) -> None:
    """Lay a mono sound on a stereo track (2, N); ``pan`` runs from -1 (left) to 1."""
    start = round(at_s * RATE)
    part = sound[: max(0, track.shape[1] - start)] * level
    angle = (pan + 1.0) * np.pi / 4.0
    track[0, start : start + len(part)] += part * np.cos(angle)
    track[1, start : start + len(part)] += part * np.sin(angle)


def pad(note: int, length_s: float, attack_s: float) -> Sound:
    """A soft detuned tone: five harmonics, three voices."""
    t = seconds(length_s)
    tone = np.zeros_like(t)
    for cents in (-7.0, 0.0, 8.0):
        base = hertz(note + cents / 100.0)
        for harmonic in range(1, 6):
            phase = CHANCE.uniform(0, 2 * np.pi)
            drift = 1.0 + 0.25 * np.sin(2 * np.pi * 0.31 * harmonic * t + phase)
            tone += np.sin(2 * np.pi * base * harmonic * t + phase) * drift / harmonic**1.8
    release = np.clip((length_s - t) / 0.9, 0.0, 1.0)
    return tone * np.clip(t / attack_s, 0.0, 1.0) ** 1.5 * release


def pluck(note: int) -> Sound:
    """A bell-like tone that is gone after half a second."""
    t = seconds(0.7)
    bend = 2.2 * np.exp(-t * 14.0) * np.sin(2 * np.pi * hertz(note) * 2.0 * t)
    return np.sin(2 * np.pi * hertz(note) * t + bend) * np.exp(-t * 7.0)


def kick() -> Sound:
    """A sine that falls from 150 to 46 Hz, with a click."""
    t = seconds(0.42)
    phase = 2 * np.pi * (46.0 * t + (150.0 - 46.0) / 28.0 * (1.0 - np.exp(-28.0 * t)))
    click = CHANCE.normal(0, 0.35, len(t)) * np.exp(-t * 420.0)
    return np.tanh(1.6 * np.sin(phase)) * np.exp(-t * 7.5) + click


def noise_hit(length_s: float, decay: float, brightness: int) -> Sound:
    """White noise with the lows taken out ``brightness`` times."""
    t = seconds(length_s)
    noise = CHANCE.normal(0, 1.0, len(t))
    for _ in range(brightness):
        noise = np.diff(noise, prepend=0.0) * 0.7
    return noise * np.exp(-t * decay)


def riser(length_s: float) -> Sound:
    """Noise and a gliding tone that swell into the next bar."""
    t = seconds(length_s)
    x = t / length_s
    tone = np.sin(2 * np.pi * (110.0 * t + 330.0 * t * x * x))
    return (CHANCE.normal(0, 0.35, len(t)) + 0.5 * tone) * x**3


def impact() -> Sound:
    """A low boom under a wash of noise."""
    t = seconds(2.4)
    wash = np.convolve(CHANCE.normal(0, 1.0, len(t)), np.ones(24) / 24, "same")
    boom = np.sin(2 * np.pi * (38.0 * t + 6.0 * (1.0 - np.exp(-9.0 * t)))) * np.exp(-t * 2.0)
    return boom + 0.8 * wash * np.exp(-t * 2.6)


def duck(track: Sound, beats: list[float]) -> None:
    """Let the pads breathe: down at every kick, back within a beat."""
    gain = np.ones(track.shape[1])
    for beat in beats:
        start = round(beat * BEAT_S * RATE)
        x = np.arange(min(round(0.4 * RATE), len(gain) - start)) / (0.4 * RATE)
        gain[start : start + len(x)] = np.minimum(gain[start : start + len(x)], 0.35 + 0.65 * x)
    track *= gain


def room(track: Sound) -> Sound:
    """Reverberation: convolution with two seconds of decaying noise, each ear its own."""
    t = seconds(2.0)
    size = 1 << (track.shape[1] + len(t)).bit_length()
    wet = np.empty_like(track)
    for ear in range(2):
        tail = CHANCE.normal(0, 1.0, len(t)) * np.exp(-t * 3.2) * np.clip(t / 0.012, 0, 1)
        tail = np.convolve(tail, np.ones(6) / 6, "same")
        tail /= np.sqrt(np.sum(tail**2))
        spectrum = np.fft.rfft(track[ear], size) * np.fft.rfft(tail, size)
        wet[ear] = np.fft.irfft(spectrum, size)[: track.shape[1]]
    return wet


def make_pads() -> Sound:
    """One chord a bar, overlapping, ducked under the kicks."""
    track = np.zeros((2, SAMPLES))
    for bar, chord in enumerate(CHORDS):
        for index, note in enumerate(chord):
            tone = pad(note, 2.9, 1.6 if bar == 0 else 0.25)
            add(track, tone, bar * 2.0, pan=(index % 3 - 1) * 0.6, level=0.055)
    return track


def make_drums(beats: list[float]) -> Sound:
    """Kicks on the beats, claps on two and four, hats between."""
    track = np.zeros((2, SAMPLES))
    for beat in beats:
        add(track, kick(), beat * BEAT_S, level=0.75)
    for beat in range(8, 20):
        if beat % 2:
            add(track, noise_hit(0.25, 22.0, 1), beat * BEAT_S, level=0.16)
        add(track, noise_hit(0.08, 60.0, 3), (beat + 0.5) * BEAT_S, pan=0.35, level=0.16)
        for quarter in (0.25, 0.75):
            hat = noise_hit(0.05, 90.0, 3)
            add(track, hat, (beat + quarter) * BEAT_S, pan=-0.35, level=0.07)
    return track


def make_melody() -> Sound:
    """An arpeggio in sixteenths over bars three to five, a last bell at the end."""
    track = np.zeros((2, SAMPLES))
    for step in range(32, 80):
        chord = CHORDS[step // 16]
        note = chord[1:][(step * 3) % (len(chord) - 1)] + 12 * (1 + (step % 5 == 0))
        add(track, pluck(note), step * BEAT_S / 4, pan=np.sin(step * 1.1) * 0.7, level=0.12)
    for index, note in enumerate((65, 72, 77, 79, 84)):
        add(track, pluck(note), 10.0 + index * BEAT_S / 4, pan=index * 0.3 - 0.6, level=0.2)
    for bar in range(1, 5):
        t = seconds(1.9)
        low = np.sin(2 * np.pi * hertz(CHORDS[bar][0] - 12) * t)
        add(track, np.tanh(2.0 * low) * np.exp(-t * 0.8), bar * 2.0 + 0.02, level=0.13)
    return track


def make_music() -> Sound:
    """The whole piece, (2, N) in [-1, 1]."""
    beats = [float(beat) for beat in range(4, 20)]
    pads, melody, drums = make_pads(), make_melody(), make_drums(beats)
    duck(pads, beats)
    effects = np.zeros((2, SAMPLES))
    add(effects, riser(1.6), 0.4, level=0.3)
    add(effects, riser(1.0), 9.0, level=0.25)
    for at_s in (2.0, 10.0):
        add(effects, impact(), at_s, level=0.55)
    music = pads + melody + drums + effects + 0.5 * room(0.8 * pads + melody + 0.5 * effects)
    music = np.tanh(1.1 * music)
    fade = np.clip((LENGTH_S - seconds(LENGTH_S)) / 1.2, 0.0, 1.0) ** 1.3
    music *= fade
    return music / np.max(np.abs(music)) * 0.68


def write(music: Sound, path: Path) -> None:
    """Encode as Opus in Ogg."""
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, layout="stereo")
        stream.bit_rate = 88_000
        frame = av.AudioFrame.from_ndarray(music.astype(np.float32), "fltp", "stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        container.mux([*stream.encode(frame), *stream.encode(None)])


if __name__ == "__main__":
    write(make_music(), Path(__file__).with_name("sound.ogg"))

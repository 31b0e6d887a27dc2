"""Real songs, two trackers: ``python benchmarks/songs.py SONG... --librosa PYTHON [--clicks DIR]``.

Nobody wrote down the beats of a real song; so ours stand beside librosa's, and where the two do
not agree it is shown what speaks for either: the delays after which the song's onsets repeat (a
beat divides the bar; one that is off by 5:4 does not), and how much kick, snare, hat and onset is
heard on the beats, a quarter, a half and three quarters between them. ``--clicks`` writes the song
with a click on each beat, ours left and librosa's right, to listen to.

librosa is not a dependency: ``PYTHON`` is that of an environment that has it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import wave
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from helios.audio.analyzer import analyze
from helios.audio.hops import HOPS_PER_S, RATE, join_hops, measure_hops
from helios.audio.metre import find_hits
from helios.audio.onsets import onset_strength
from helios.media.sound import decode_sound

Doubles = NDArray[np.float64]
LIBROSA = """
import json, sys, librosa
for path in sys.argv[1:]:
    sound, rate = librosa.load(path, sr=22050)
    _, beats = librosa.beat.beat_track(y=sound, sr=rate, units="time")
    print(json.dumps(beats.tolist()), flush=True)
"""
LATE_S = 0.038
"""How much later librosa's beats stand, on sounds whose attacks are known."""
SAME, NEAR_S, IN_PHASE = 0.03, 0.07, 0.6
"""librosa's tempi lie on a grid of up to 3 %."""


class Heard(NamedTuple):
    """What one tracker says."""

    bpm: float
    beats: Doubles


def in_phase(ours: Doubles, theirs: Doubles) -> float:
    """The share of our beats near which there is one of theirs."""
    away = np.abs(ours[:, None] - (theirs - LATE_S)).min(axis=1, initial=np.inf)
    return float((away < NEAR_S).mean()) if len(ours) else 0.0


def distances_ms(ours: Doubles, theirs: Doubles) -> Doubles:
    """How much later theirs stand, of those that mean the same beat."""
    away = theirs - ours[np.abs(theirs[:, None] - ours).argmin(axis=1)]
    near: Doubles = 1000 * away[np.abs(away) < 0.12]
    return near


def show_evidence(song: Path, heard: dict[str, Heard]) -> None:
    """What speaks for either."""
    hops = join_hops(list(measure_hops(decode_sound(str(song), sample_rate=RATE, channels=2))))
    strength = np.minimum(onset_strength(hops), 1)
    hits = find_hits(hops, strength)
    count = len(strength)
    power = np.abs(np.fft.rfft(strength - strength.mean(), 2 * count)) ** 2
    alike = np.fft.irfft(power)[:count]
    alike /= alike[0]
    near = 6
    peaks = [
        lag
        for lag in range(HOPS_PER_S // 5, min(16 * HOPS_PER_S, count - near))
        if alike[lag] == alike[lag - near : lag + near + 1].max()
    ]
    best = sorted(sorted(peaks, key=lambda lag: -alike[lag])[:12])
    print("    repeats after", ", ".join(f"{lag / HOPS_PER_S:.2f} s" for lag in best))
    for name, (_, beats) in heard.items():
        gaps = np.diff(beats)
        usual = gaps < 1.5 * np.median(gaps)
        shown = []
        for part in (0.0, 0.25, 0.5, 0.75):
            at = HOPS_PER_S * (beats[:-1] + part * gaps)[usual]
            around = [hits.values[np.abs(hits.hops - moment) < 4] for moment in at]
            loudest = np.array([rows.max(axis=0, initial=0) for rows in around])
            shown.append("/".join(f"{value:.2f}" for value in loudest.mean(axis=0)))
        print(f"    {name:8} kick/snare/hat/onset on it, at 1/4, 1/2, 3/4:", ", ".join(shown))


def write_clicks(song: Path, target: Path, left: Doubles, right: Doubles) -> None:
    """The song, quieter, with clicks."""
    blocks = decode_sound(str(song), sample_rate=RATE, channels=2)
    film = 0.5 * np.concatenate(list(blocks)).mean(axis=1, keepdims=True).repeat(2, axis=1)
    click = 0.5 * np.sin(np.arange(1200) * 0.26) * np.exp(-np.arange(1200) / 200)
    for channel, beats in enumerate((left, right)):
        for start in np.round(beats * RATE).astype(int):
            part = film[start : start + len(click), channel]
            part += click[: len(part)]
    with wave.open(str(target), "wb") as stream:
        stream.setparams((2, 2, RATE, 0, "NONE", ""))
        stream.writeframes((film.clip(-1, 1) * 32767).astype("<i2").tobytes())


def main() -> None:
    """Hear every song with both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("songs", nargs="+", type=Path, metavar="SONG")
    parser.add_argument("--librosa", required=True, metavar="PYTHON")
    parser.add_argument("--clicks", type=Path, metavar="DIR")
    given = parser.parse_args()
    said = subprocess.run(
        [given.librosa, "-c", LIBROSA, *given.songs], stdout=subprocess.PIPE, check=True, text=True
    ).stdout.splitlines()
    agreed = 0
    for song, line in zip(given.songs, said, strict=True):
        table = analyze(str(song), use_cache=False)
        theirs = np.array(json.loads(line))
        bpm = 60 / float(np.median(np.diff(theirs))) if len(theirs) > 1 else 0.0
        heard = {"ours": Heard(table.bpm or 0.0, table.beat_times), "librosa": Heard(bpm, theirs)}
        ratio = heard["ours"].bpm / bpm if bpm else 0.0
        phase = in_phase(table.beat_times, theirs)
        agree = abs(ratio - 1) < SAME and phase >= IN_PHASE
        agreed += agree
        later = distances_ms(table.beat_times, theirs) if len(table.beat_times) else np.zeros(0)
        print(
            f"{'same ' if agree else 'other'} {heard['ours'].bpm:6.1f} BPM"
            f" ({table.tempo_confidence:.0%}), librosa {bpm:6.1f}, {phase:4.0%} in phase,"
            f" {float(np.median(later)) if len(later) else 0.0:+4.0f} ms: {song.name}",
            flush=True,
        )
        if not agree:
            show_evidence(song, heard)
        if given.clicks is not None:
            given.clicks.mkdir(parents=True, exist_ok=True)
            target = given.clicks / f"{song.stem}.clicks.wav"
            write_clicks(song, target, table.beat_times, theirs - LATE_S)
    print(f"{agreed} of {len(given.songs)} alike")


if __name__ == "__main__":
    main()
